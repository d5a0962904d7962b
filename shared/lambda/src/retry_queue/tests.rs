use std::sync::{Arc, Mutex};

use cxtrace_clock::Clock;
use serde_json::{Value, json};

use super::*;

/// Now, for every test.
const NOW: i64 = 1_700_000_000_000;

#[derive(Debug)]
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(NOW).unwrap()
    }

    fn sleep(&self, _: std::time::Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(future::ready(()))
    }
}

/// What was asked of the queues, in order.
#[derive(Debug, Clone, Default)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    fn note(&self, text: String) -> Requested<'_> {
        self.0.lock().unwrap().push(text);
        Box::pin(future::ready(Ok(())))
    }
}

impl Queues for Asked {
    fn delay(&self, receipt: &str, seconds: u32) -> Requested<'_> {
        self.note(format!("{receipt} waits {seconds} s"))
    }

    fn give_up(&self, body: &str, reason: &str) -> Requested<'_> {
        self.note(format!("{body} is given up: {reason}"))
    }
}

#[derive(Debug, thiserror::Error)]
enum EventError {
    #[error("the table does not answer")]
    Table,
    #[error("the event cannot be read")]
    Event,
}

/// Takes an event: those that hold these words fail.
async fn take(event: &str) -> Result<(), EventError> {
    match event {
        _ if event.contains("throttled") => Err(EventError::Table),
        _ if event.contains("broken") => Err(EventError::Event),
        _ => Ok(()),
    }
}

fn message(id: &str, body: &Value, received: u32, days: i64) -> Value {
    let sent = (NOW - TimeDelta::days(days).num_milliseconds()).to_string();
    let attributes = json!({"ApproximateReceiveCount": received.to_string(), "SentTimestamp": sent});
    json!({"messageId": id, "receiptHandle": format!("receipt of {id}"), "body": body.to_string(),
           "attributes": attributes, "eventSource": "aws:sqs"})
}

fn event(word: &str) -> Value {
    json!({"detail-type": "t", "detail": {"word": word}})
}

async fn handled(payload: &Value) -> (Result<Response, EventError>, Vec<String>) {
    let asked = Asked::default();
    let retries = Retries::new(asked.clone(), Arc::new(FixedClock));
    let is_permanent = |error: &EventError| matches!(error, EventError::Event);
    let response = retries.handle(&payload.to_string(), take, is_permanent).await;
    let asked = asked.0.lock().unwrap().clone();
    (response, asked)
}

fn failures(ids: &[&str]) -> Response {
    Response::Batch { failures: ids.iter().map(|id| Failed { id: (*id).to_owned() }).collect() }
}

#[tokio::test]
async fn a_direct_event_is_processed_or_fails() {
    let (response, asked) = handled(&event("fine")).await;
    assert_eq!((serde_json::to_value(response.unwrap()).unwrap(), asked.len()), (Value::Null, 0));
    let (response, asked) = handled(&event("throttled")).await;
    assert!(matches!(response, Err(EventError::Table)) && asked.is_empty());
    // Its own records are not those of a queue.
    let (response, _) = handled(&json!({"detail-type": "t", "detail": {"Records": ["throttled"]}})).await;
    assert!(response.is_err());
}

#[tokio::test]
async fn only_failed_events_of_a_batch_stay_in_the_queue_with_a_growing_delay() {
    let lambdas = |word| json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": event(word)});
    let batch = json!({"Records": [
        message("a", &event("fine"), 1, 0),
        message("b", &event("throttled"), 1, 0),
        message("c", &lambdas("throttled"), 3, 0),
        message("d", &lambdas("fine"), 9, 12),
        message("e", &lambdas("throttled"), 40, 12),
    ]});
    let (response, asked) = handled(&batch).await;
    assert_eq!(response.unwrap(), failures(&["b", "c", "e"]));
    assert_eq!(asked, ["receipt of b waits 30 s", "receipt of c waits 120 s", "receipt of e waits 1800 s"]);
}

#[test]
fn the_function_gives_an_event_up_before_sqs_moves_it() {
    let template = include_str!("../../../../template.yaml");
    let limits: Vec<u32> = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("maxReceiveCount: "))
        .map(|count| count.parse().unwrap())
        .collect();
    assert_eq!(limits.len(), 2, "one retry queue for each of two functions");
    for limit in limits {
        let seconds: i64 = (1..limit).map(|failures| i64::from(delay_after(failures))).sum();
        // Throttled invocations count as receives, too.
        assert!(TimeDelta::seconds(seconds) > MAX_AGE * 3 / 2, "{limit} receives take only {seconds} s");
    }
}

#[tokio::test]
async fn permanent_failures_and_thirteen_days_of_failures_go_to_the_dead_letter_queue() {
    let (broken, old, none) = (event("broken"), event("throttled"), json!({"DDBStreamBatchInfo": {}}));
    let batch = json!({"Records": [
        message("a", &broken, 1, 0),
        message("b", &old, 80, 14),
        message("c", &none, 1, 0),
    ]});
    let (response, asked) = handled(&batch).await;
    assert_eq!(response.unwrap(), failures(&[]));
    assert_eq!(
        asked,
        [
            format!("{broken} is given up: the event cannot be read"),
            format!("{old} is given up: the table does not answer"),
            format!("{none} is given up: it holds no event"),
        ]
    );
}
