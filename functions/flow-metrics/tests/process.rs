//! Tests the function's own binary under a Runtime API: its error messages, and that killing it in any of its requests
//! loses nothing and doubles nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cxtrace_clock::SystemClock;
use cxtrace_test_support::endpoints::{Endpoints, Moment};
use cxtrace_test_support::runtime_api::{Function, Outcome, Process, Start};
use serde_json::Value;

const BATCHED: &str = include_str!("../../../events/genesys/attributes/batched.json");
const MALFORMED_NAMES: &str = include_str!("../../../events/genesys/attributes/malformed-names.json");
const SKEWED_CLOCK: &str = include_str!("../../../events/genesys/attributes/skewed-clock.json");

async fn world() -> Endpoints {
    Endpoints::start(Arc::new(SystemClock)).await.unwrap()
}

fn function(world: &Endpoints) -> Function {
    Function::new(env!("CARGO_BIN_EXE_flow-metrics")).set_all(world.environment()).set("MEDIA_TYPE_TAG", "true")
}

async fn start(world: &Endpoints) -> Process {
    function(world).start().await.unwrap()
}

fn counts(expected: &[(&str, &str, usize)]) -> BTreeMap<(String, i64), usize> {
    let start = |bucket: &str| bucket.parse::<DateTime<Utc>>().unwrap().timestamp();
    expected.iter().map(|(name, bucket, count)| (((*name).to_owned(), start(bucket)), *count)).collect()
}

/// Delivers `event` and kills the process in its request number `nth`, then delivers the event again, as Lambda does.
/// Returns the request, or `None` if there are fewer.
async fn interrupt(world: &Endpoints, event: &str, nth: u64, moment: Moment) -> Option<String> {
    let process = start(world).await;
    let held = world.hold(nth, moment);
    let delivery = process.deliver(event);
    tokio::pin!(delivery);
    let request = tokio::select! {
        request = held => request.unwrap(),
        outcome = &mut delivery => {
            assert_eq!(outcome, Outcome::Response(Value::Null));
            return None;
        }
    };
    process.kill().await;
    assert_eq!(delivery.await, Outcome::ProcessDied);
    assert_eq!(start(world).await.deliver(event).await, Outcome::Response(Value::Null));
    Some(request)
}

/// Interrupts `event` in each of its requests, each time in a new world, and expects the same counts in all worlds.
/// Returns the names of the requests.
async fn survives_every_kill(event: &str, expected: &[(&str, &str, usize)]) -> Vec<String> {
    let expected = counts(expected);
    let mut requests = Vec::new();
    for moment in [Moment::BeforeEffect, Moment::BeforeAnswer] {
        for nth in 1.. {
            let world = world().await;
            let interrupted = interrupt(&world, event, nth, moment).await;
            assert_eq!(world.counted(), expected, "request {nth} ({interrupted:?}), held {moment:?}");
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
async fn flow_metrics_killed_in_any_request_counts_every_metric_once() {
    let expected = [
        ("genesys.flow.Billing_Disputes.Agent_wanted", "2023-03-05T10:29:50Z", 1),
        ("genesys.flow.Billing_Disputes.Entered", "2023-03-05T10:27:40Z", 1),
        ("genesys.flow.Billing_Disputes.Paid_card", "2023-03-05T10:28:10Z", 1),
        ("genesys.flow.Billing_Disputes.Paid_card", "2023-03-05T10:29:00Z", 1),
    ];
    let requests = survives_every_kill(BATCHED, &expected).await;
    assert_eq!(requests, ["BatchWriteItem", "GetItem", "Query", "UpdateItem"]);
}

#[tokio::test]
async fn killed_in_any_request_a_skewed_metric_counts_once() {
    let expected = [
        ("cxtrace.attributes.skewed", "2023-03-05T12:00:00Z", 2),
        ("genesys.flow.CustomerRouting.Identified", "2023-03-05T12:00:00Z", 1),
        ("genesys.flow.CustomerRouting.Transferred", "2023-03-05T12:01:00Z", 1),
        ("genesys.flow.CustomerRouting.Unknown", "2023-03-05T12:00:00Z", 1),
    ];
    let requests = survives_every_kill(SKEWED_CLOCK, &expected).await;
    assert_eq!(requests, ["BatchWriteItem", "GetItem", "Query", "TransactWriteItems", "UpdateItem"]);
}

#[tokio::test]
async fn killed_in_any_request_a_malformed_name_counts_once() {
    let expected = [
        ("cxtrace.attributes.malformed", "2023-03-05T11:00:00Z", 6),
        ("genesys.flow.CustomerRouting.Unknown", "2023-03-05T11:00:00Z", 1),
    ];
    let requests = survives_every_kill(MALFORMED_NAMES, &expected).await;
    assert_eq!(requests, ["BatchWriteItem", "GetItem", "Query", "TransactWriteItems", "UpdateItem"]);
}

#[tokio::test]
async fn one_process_takes_event_after_event_and_remembers_the_budget() {
    let world = world().await;
    let process = start(&world).await;
    for event in [BATCHED, SKEWED_CLOCK, MALFORMED_NAMES, BATCHED] {
        assert_eq!(process.deliver(event).await, Outcome::Response(Value::Null));
    }
    let before = world.requests();
    assert_eq!(process.deliver(SKEWED_CLOCK).await, Outcome::Response(Value::Null));
    let after = world.requests();
    let made: Vec<_> = after.iter().filter(|(name, count)| before.get(*name) != Some(count)).collect();
    assert_eq!(made, [(&"Query".to_owned(), &(before["Query"] + 1))]);
}

#[tokio::test]
async fn an_error_about_a_malformed_event_names_the_field() {
    let process = start(&world().await).await;
    let event = include_str!("../../../events/malformed/conversation-id-missing.json");
    let Outcome::Error(error) = process.deliver(event).await else { panic!("not an error") };
    assert_eq!(error["errorType"], "IngestError");
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("the event cannot be read: detail.eventBody.conversationId is missing."), "{message}");
    // The process continues.
    assert_eq!(process.deliver(BATCHED).await, Outcome::Response(Value::Null));
    let log = process.kill().await;
    assert!(log.contains(r#""level":"ERROR""#) && log.contains("detail.eventBody.conversationId is missing"), "{log}");
}

/// The runtime refuses it before the handler is called.
#[tokio::test]
async fn an_event_that_is_not_utf_8_is_an_error_and_the_next_one_is_taken() {
    let world = world().await;
    let process = start(&world).await;
    let mut event = BATCHED.as_bytes().to_vec();
    // The value of an attribute, in Latin-1. Nothing reads it.
    let value = BATCHED.find("0-000003").unwrap();
    event[value] = 0xe9;
    let Outcome::Error(error) = process.deliver(event).await else { panic!("not an error") };
    let (kind, message) = (error["errorType"].as_str().unwrap(), error["errorMessage"].as_str().unwrap());
    assert!(kind.ends_with("DeserializeError"), "{kind}");
    assert!(message.contains("invalid unicode code point at line ") && !message.contains("-000003"), "{message}");
    assert_eq!(world.requests(), BTreeMap::new());
    assert_eq!(process.deliver(BATCHED).await, Outcome::Response(Value::Null));
    assert_eq!(world.counted().values().sum::<usize>(), 4);
}

#[tokio::test]
async fn an_event_of_another_topic_is_counted_and_costs_no_request() {
    let world = world().await;
    let process = start(&world).await;
    let event = include_str!("../../../events/genesys/foreign/user-start.json");
    assert_eq!(process.deliver(event).await, Outcome::Response(Value::Null));
    assert_eq!(world.requests(), BTreeMap::new());
    let log = process.kill().await;
    assert!(log.contains(r#""EventsIgnored":1"#), "{log}");
}

#[tokio::test]
async fn without_its_table_the_function_does_not_start_and_says_what_to_set() {
    let process = function(&world().await).unset("STATE_TABLE").start().await.unwrap();
    assert!(!matches!(process.started().await, Start::Ready(_)));
    let log = process.ended().await;
    assert!(log.contains("STATE_TABLE is not set. Set it to the name of the state table"), "{log}");
    assert!(log.contains(r#""level":"ERROR""#), "{log}");
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named_before_any_event_is_taken() {
    let process = function(&world().await).set("MAX_SERIES", "many").start().await.unwrap();
    let delivery = process.deliver(BATCHED);
    let log = process.ended().await;
    assert_eq!(delivery.await, Outcome::ProcessDied);
    assert!(log.contains("MAX_SERIES must be a whole number"), "{log}");
}
