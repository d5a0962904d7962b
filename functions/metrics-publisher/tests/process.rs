//! Tests the function's own binary under a Runtime API: the API key, dead letters, its error messages, and that killing
//! it in any of its requests loses nothing and doubles nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::{Endpoints, Moment};
use cxtrace_test_support::runtime_api::{Function, Outcome, Process, Start};
use flow_metrics::FlowMetrics;
use serde_json::{Value, json};

/// A key that Datadog refuses.
const OTHER_KEY: &str = "ffffffffffffffffffffffffffffffff";

/// What the schedule sends.
const SWEEP: &str = r#"{"sweep":true}"#;

/// More than the number of changes in any of these worlds.
const ALL: usize = 10_000;

/// A world in which these events have been counted and not published.
async fn world(events: &[String]) -> Endpoints {
    let clock = Arc::new(SystemClock);
    let world = Endpoints::start(clock.clone()).await.unwrap();
    let settings = MetricSettings::read(&Environment::default()).unwrap();
    let ingest = FlowMetrics::new(world.table(), settings, clock);
    for event in events {
        ingest.handle(event).await.unwrap();
    }
    world
}

/// Three metrics of two series in a conversation, set at `at`.
fn event(conversation: &str, at: DateTime<Utc>) -> String {
    let text = |millis| (at + TimeDelta::milliseconds(millis)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let names = [("Entered", 0), ("Entered", 1), ("Left", 0)];
    let attributes: BTreeMap<_, _> =
        names.iter().map(|(metric, millis)| (format!("DoorMetric_{metric}({})", text(*millis)), "1")).collect();
    let detail = json!({
        "eventBody": { "conversationId": conversation, "attributes": attributes },
        "timestamp": text(5),
    });
    json!({ "detail-type": "v2.detail.events.conversation.{id}.attributes", "detail": detail }).to_string()
}

fn function(world: &Endpoints) -> Function {
    Function::new(env!("CARGO_BIN_EXE_metrics-publisher")).set_all(world.environment())
}

async fn start(world: &Endpoints) -> Process {
    function(world).start().await.unwrap()
}

fn held(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// Delivers `first` and then the whole stream. The process that makes request number `nth` is killed in it, and its
/// delivery is repeated to another process, as Lambda does. Returns that request, or `None` if there were fewer.
async fn publish_interrupted(world: &Endpoints, first: Option<&str>, nth: u64, moment: Moment) -> Option<String> {
    let mut interrupted = None;
    let mut held = world.hold(nth, moment);
    let mut process = start(world).await;
    let mut first = first.map(str::to_owned);
    while let Some(batch) = first.take().or_else(|| world.next_batch(ALL)) {
        loop {
            let delivery = process.deliver(batch.as_str());
            tokio::pin!(delivery);
            tokio::select! {
                request = &mut held, if interrupted.is_none() => {
                    interrupted = Some(request.unwrap());
                    process.kill().await;
                    assert_eq!(delivery.await, Outcome::ProcessDied);
                    process = start(world).await;
                }
                outcome = &mut delivery => {
                    assert_eq!(outcome, Outcome::Response(Value::Null));
                    break;
                }
            }
        }
    }
    interrupted
}

/// Interrupts the publication of these events in each of its requests, each time in a new world, and expects the same
/// counts in Datadog in all worlds. Returns the names of the requests.
async fn survives_every_kill(events: &[String], expected: &[(&str, u64)]) -> Vec<String> {
    survives_every_kill_in(async || world(events).await, None, expected).await
}

/// The same in worlds of any kind, beginning with the payload `first`.
async fn survives_every_kill_in(
    world: impl AsyncFn() -> Endpoints,
    first: Option<&str>,
    expected: &[(&str, u64)],
) -> Vec<String> {
    let expected = held(expected);
    let mut requests = Vec::new();
    for moment in [Moment::BeforeEffect, Moment::BeforeAnswer] {
        for nth in 1.. {
            let world = world().await;
            let interrupted = publish_interrupted(&world, first, nth, moment).await;
            assert_eq!(world.held(), expected, "request {nth} ({interrupted:?}), held {moment:?}");
            assert_eq!(world.dead_letters(), Vec::<Value>::new());
            match interrupted {
                Some(request) => requests.push(request),
                None => break,
            }
        }
    }
    requests.sort();
    requests.dedup();
    requests
}

#[tokio::test]
async fn killed_in_any_request_totals_stay_exact() {
    let now = SystemClock.now();
    let events = [event("one", now), event("two", now)];
    let expected = [("genesys.flow.Door.Entered", 4), ("genesys.flow.Door.Left", 2)];
    let requests = survives_every_kill(&events, &expected).await;
    assert_eq!(requests, ["GetSecretValue", "Query", "UpdateItem", "series"]);
}

#[tokio::test]
async fn killed_in_any_request_late_counts_are_carried_once() {
    let long_ago = "2023-03-05T08:18:04Z".parse().unwrap();
    let events = [event("one", long_ago)];
    let expected = [("cxtrace.occurrences.late", 3), ("genesys.flow.Door.Entered", 2), ("genesys.flow.Door.Left", 1)];
    let requests = survives_every_kill(&events, &expected).await;
    assert_eq!(requests, ["BatchWriteItem", "GetSecretValue", "Query", "UpdateItem", "series"]);
}

/// A world in which two events were counted `age` ago, and the stream has lost their records.
async fn forgotten(age: TimeDelta) -> Endpoints {
    let now = SystemClock.now();
    let clock = SimClock::at(now - age);
    let world = Endpoints::start(Arc::new(clock.clone())).await.unwrap();
    let settings = MetricSettings::read(&Environment::default()).unwrap();
    let ingest = FlowMetrics::new(world.table(), settings, Arc::new(clock.clone()));
    for conversation in ["one", "two"] {
        ingest.handle(&event(conversation, now - age)).await.unwrap();
    }
    assert!(world.next_batch(ALL).is_some() && world.next_batch(ALL).is_none());
    clock.advance_to(now);
    world
}

#[tokio::test]
async fn killed_in_any_request_of_a_sweep_lost_counts_are_published_once() {
    let swept = ("cxtrace.ledgers.republished", 2);
    let counts = [("genesys.flow.Door.Entered", 4), ("genesys.flow.Door.Left", 2)];
    for (minutes, late) in [(20, None), (120, Some(("cxtrace.occurrences.late", 6)))] {
        let expected: Vec<_> = late.into_iter().chain([swept]).chain(counts).collect();
        let world = async || forgotten(TimeDelta::minutes(minutes)).await;
        let requests = survives_every_kill_in(world, Some(SWEEP), &expected).await;
        assert!(requests.iter().any(|request| request == "Scan"), "{requests:?}");
    }
}

#[tokio::test]
async fn a_sweep_begins_once_in_its_time_and_tells_what_it_found() {
    let world = forgotten(TimeDelta::minutes(20)).await;
    let process = start(&world).await;
    for _ in 0..2 {
        assert_eq!(process.deliver(SWEEP).await, Outcome::Response(Value::Null));
    }
    assert_eq!(world.requests()["Scan"], 1);
    let log = process.kill().await;
    let values = |name: &str| -> Vec<f64> {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line[name].as_f64()).collect()
    };
    assert_eq!(values("LedgersUnpublished"), [2.0, 0.0]);
    let [oldest, 0.0] = values("LedgersUnpublishedSeconds")[..] else { panic!("{log}") };
    assert!((1_200.0..1_800.0).contains(&oldest), "{oldest}");
    assert_eq!(log.matches("counts that Datadog has not accepted were found").count(), 1, "{log}");
}

#[tokio::test]
async fn the_api_key_is_read_from_its_secret_once() {
    let now = SystemClock.now();
    let world = world(&[event("one", now), event("two", now)]).await;
    let process = start(&world).await;
    // Each occurrence is a batch.
    while world.engine().waiting(0) > 0 {
        if let Some(batch) = world.next_batch(1) {
            assert_eq!(process.deliver(batch).await, Outcome::Response(Value::Null));
        }
    }
    assert_eq!(world.requests()["GetSecretValue"], 1);
    // The first batch of a ledger publishes the whole ledger, and the others find nothing to do.
    assert_eq!(world.requests()["series"], 2);
    assert_eq!(world.held(), held(&[("genesys.flow.Door.Entered", 4), ("genesys.flow.Door.Left", 2)]));
}

#[tokio::test]
async fn a_refused_api_key_fails_the_batch_and_the_next_process_publishes_it() {
    let world = world(&[event("one", SystemClock.now())]).await;
    let batch = world.next_batch(ALL).unwrap();
    let revoked = function(&world).unset("DD_API_KEY_SECRET_ARN").set("DD_API_KEY", OTHER_KEY);
    let process = revoked.start().await.unwrap();
    let Outcome::Error(error) = process.deliver(batch.as_str()).await else { panic!("not an error") };
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.starts_with("2 of 2 totals were not accepted by Datadog: ") && message.contains("403"),
        "{message}"
    );
    assert!(!process.kill().await.contains(OTHER_KEY));
    assert_eq!(start(&world).await.deliver(batch).await, Outcome::Response(Value::Null));
    assert_eq!(world.held(), held(&[("genesys.flow.Door.Entered", 2), ("genesys.flow.Door.Left", 1)]));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_goes_to_the_dead_letter_queue_and_the_rest_is_published() {
    let world = world(&[event("one", SystemClock.now())]).await;
    let mut batch: Value = serde_json::from_str(&world.next_batch(ALL).unwrap()).unwrap();
    batch["Records"][1]["dynamodb"]["NewImage"] = json!({});
    assert_eq!(start(&world).await.deliver(batch.to_string()).await, Outcome::Response(Value::Null));
    let dead_letters = world.dead_letters();
    assert_eq!((dead_letters.len(), &dead_letters[0]["what"]), (1, &json!("stream record")));
    assert_eq!(dead_letters[0]["keys"]["sk"], batch["Records"][1]["dynamodb"]["Keys"]["sk"]);
}

#[tokio::test]
async fn a_batch_that_cannot_be_read_is_an_error() {
    let process = start(&world(&[]).await).await;
    let Outcome::Error(error) = process.deliver(r#"{"Records":7}"#).await else { panic!("not an error") };
    assert_eq!(error["errorType"], "PublishError");
    // The process continues.
    assert_eq!(process.deliver(r#"{"Records":[]}"#).await, Outcome::Response(Value::Null));
}

#[tokio::test]
async fn without_a_needed_setting_the_function_does_not_start_and_says_what_to_set() {
    let world = world(&[]).await;
    for (name, message) in [
        ("STATE_TABLE", "STATE_TABLE is not set. Set it to the name of the state table"),
        ("DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_QUEUE_URL is not set. Set it to the URL of an SQS queue"),
        ("DD_API_KEY_SECRET_ARN", "DD_API_KEY_SECRET_ARN is not set. Set it to the ARN of the Secrets Manager secret"),
    ] {
        let process = function(&world).unset(name).start().await.unwrap();
        assert!(!matches!(process.started().await, Start::Ready(_)), "{name}");
        let log = process.ended().await;
        assert!(log.contains(message) && log.contains(r#""level":"ERROR""#), "{log}");
    }
}
