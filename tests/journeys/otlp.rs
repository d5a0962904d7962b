//! Requests of Python's OpenTelemetry SDK become spans of the right journey, and leave nothing if they belong to none.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::Clocks;
use cxtrace_sources::delivery::Delivery;
use serde_json::Value;
use span_collector::TracesTaken;

use crate::journeys::support::{JourneyFixture, id};
use crate::layout::root;

const CONVERSATION: &str = "genesys.conversation:279c39cf-15fa-48e9-b435-f9667f4f96ba";

fn recorded(file: &str) -> Vec<Delivery> {
    let text = std::fs::read_to_string(root().join("events/opentelemetry").join(file)).unwrap();
    text.lines().map(|line| Delivery::from_recording(line).unwrap().unwrap()).collect()
}

async fn take(fixture: &JourneyFixture, file: &str) -> Vec<TracesTaken> {
    let collector = fixture.collector();
    let mut taken = Vec::new();
    for delivery in recorded(file) {
        taken.push(collector.take_traces(&delivery).await.unwrap());
    }
    taken
}

/// The keys of the spans of the conversation's journey.
async fn spans(fixture: &JourneyFixture) -> BTreeSet<String> {
    let gathered = fixture.table.gather(id(CONVERSATION), Clocks::default()).await.unwrap();
    gathered.spans.keys().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_trace_below_a_data_action_joins_the_conversation_that_it_names() {
    let fixture = JourneyFixture::new().await;
    let taken = take(&fixture, "data-action.ndjson").await;
    assert_eq!(taken, [TracesTaken { facts: 1, ..TracesTaken::default() }]);
    assert_eq!(spans(&fixture).await.len(), 2);
    // Sent again, it changes nothing.
    take(&fixture, "data-action.ndjson").await;
    assert_eq!(spans(&fixture).await.len(), 2);
}

#[tokio::test]
async fn a_trace_that_lost_its_parent_is_recovered_by_the_previous_trace() {
    let fixture = JourneyFixture::new().await;
    // Before its earlier trace is known, it belongs to nobody.
    assert_eq!(take(&fixture, "lost-traceparent.ndjson").await[0].irrelevant, 1);
    take(&fixture, "data-action.ndjson").await;
    assert_eq!(take(&fixture, "lost-traceparent.ndjson").await[0].facts, 1);
    assert_eq!(spans(&fixture).await.len(), 3);
}

#[tokio::test]
async fn a_trace_of_two_regions_is_known_in_the_second_request() {
    let fixture = JourneyFixture::new().await;
    let taken = take(&fixture, "two-regions.ndjson").await;
    assert_eq!(taken.iter().map(|taken| taken.facts).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(spans(&fixture).await.len(), 2);
}

#[tokio::test]
async fn an_unrelated_trace_costs_one_read_and_leaves_nothing() {
    let fixture = JourneyFixture::new().await;
    fixture.requests.take();
    let taken = take(&fixture, "unrelated.ndjson").await;
    assert_eq!(taken, [TracesTaken { irrelevant: 1, ..TracesTaken::default() }]);
    assert_eq!(fixture.requests.take(), "BatchGetItem×1");
}

#[tokio::test]
async fn personal_data_in_attributes_and_statuses_goes_no_further() {
    let fixture = JourneyFixture::new().await;
    for file in ["data-action.ndjson", "lost-traceparent.ndjson", "two-regions.ndjson"] {
        take(&fixture, file).await;
    }
    let stored: Vec<Value> = cxtrace_tests::sim::journeys::facts::scan(&fixture.engine, "correlation");
    let stored = Value::from(stored).to_string();
    assert!(stored.contains("http.request.method"));
    for personal in ["lovelace", "198.51.100.7", "7946", "phone", "upstream refused"] {
        assert!(!stored.contains(personal), "{personal}");
    }
}
