//! Requests of Python's OpenTelemetry SDK become spans of the right journey, and leave nothing if they belong to none.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::{Clocks, Namespace};
use cxtrace_otlp::Encoding;
use cxtrace_otlp::messages::{
    ExportTraceServiceRequest, InstrumentationScope, KeyValue, Link, Resource, ResourceSpans, ScopeSpans, Span,
};
use cxtrace_sources::delivery::{Delivery, Transport};
use cxtrace_sources::ids;
use cxtrace_tests::sim::journeys::traffic::context;
use serde_json::Value;
use span_collector::TracesTaken;

use crate::journeys::support::{JourneyFixture, at, id, linked};
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

/// A span of a trace, with its only attributes.
fn span(trace: u64, place: u64, attributes: &[(&str, &str)]) -> Span {
    Span {
        trace_id: [trace.to_be_bytes(), [7; 8]].concat(),
        span_id: (place + 1).to_be_bytes().to_vec(),
        parent_span_id: if place == 0 { Vec::new() } else { place.to_be_bytes().to_vec() },
        name: "GET /accounts".to_owned(),
        kind: 2,
        start_time_unix_nano: nanos(0),
        end_time_unix_nano: nanos(1),
        attributes: attributes.iter().map(|(name, value)| KeyValue::text(*name, *value)).collect(),
        ..Span::default()
    }
}

fn nanos(seconds: i64) -> u64 {
    u64::try_from(at(seconds).timestamp() * 1_000_000_000).unwrap()
}

/// Spans of a library as a request that arrives this many seconds after noon.
fn arriving(seconds: i64, scope: &str, resource: &[(&str, &str)], spans: Vec<Span>) -> Delivery {
    let scope = InstrumentationScope { name: scope.to_owned(), ..InstrumentationScope::default() };
    let resource = resource.iter().map(|(name, value)| KeyValue::text(*name, *value)).collect();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: resource }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans }],
        }],
    };
    let headers = [("content-type", Encoding::Protobuf.content_type()), ("content-encoding", "gzip")];
    Delivery {
        transport: Transport::Otlp,
        source: String::new(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: Default::default(),
        body: Encoding::Protobuf.body(&request).unwrap(),
        received_at: Some(at(seconds)),
        envelope: None,
    }
}

/// An id as it is stored. One whose digits could be a number is a keyed hash.
fn stored(of: &str) -> String {
    let (namespace, value) = of.split_once(':').unwrap();
    ids::read(Namespace::read(namespace).unwrap(), value, &context().pseudonyms).unwrap().to_string()
}

/// How many spans the journey of an id has.
async fn spans_of(fixture: &JourneyFixture, of: &str) -> usize {
    fixture.table.gather(id(of), Clocks::default()).await.unwrap().spans.len()
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

const INTERACTION: (&str, &str) = ("interaction.id", "279c39cf-15fa-48e9-b435-f9667f4f96ba");

#[tokio::test]
async fn spans_that_came_before_their_interaction_was_known_join_when_a_later_request_names_it() {
    let fixture = JourneyFixture::new().await;
    let collector = fixture.collector();
    // Spans come when they end, so the inner ones come first. The entry names the interaction.
    for (second, place) in [(2, 2), (3, 1)] {
        let taken = collector.take_traces(&arriving(second, "shop", &[], vec![span(1, place, &[])])).await.unwrap();
        assert_eq!(taken, TracesTaken { irrelevant: 1, ..TracesTaken::default() });
    }
    let mut other = span(2, 0, &[]);
    let link = Link { trace_id: span(1, 0, &[]).trace_id, span_id: vec![1; 8], attributes: Vec::new() };
    other.links.push(link);
    collector.take_traces(&arriving(4, "shop", &[], vec![other])).await.unwrap();
    assert_eq!(spans_of(&fixture, CONVERSATION).await, 0);
    let entry = arriving(5, "shop", &[], vec![span(1, 0, &[INTERACTION])]);
    let taken = collector.take_traces(&entry).await.unwrap();
    assert_eq!((taken.late, taken.irrelevant), (3, 0));
    assert_eq!(spans_of(&fixture, CONVERSATION).await, 4, "with the trace that links to it");
    let again = collector.take_traces(&entry).await.unwrap();
    assert_eq!((again.late, spans_of(&fixture, CONVERSATION).await), (0, 4), "sent again, it changes nothing");
}

#[tokio::test]
async fn spans_wait_for_a_fact_of_another_system_that_names_their_trace() {
    let fixture = JourneyFixture::new().await;
    let collector = fixture.collector();
    collector.take_traces(&arriving(2, "shop", &[], vec![span(1, 0, &[]), span(1, 1, &[])])).await.unwrap();
    // The flow stores the trace that the data action returned.
    let trace = stored(&format!("trace:{}", "0000000000000001".to_owned() + &"07".repeat(8)));
    fixture.append_and_assemble(&[linked("genesys", CONVERSATION, at(3), &trace)]).await;
    let before = spans_of(&fixture, CONVERSATION).await;
    let unrelated = |second| arriving(second, "shop", &[], vec![span(9, 0, &[])]);
    assert_eq!(collector.take_traces(&unrelated(11)).await.unwrap().late, 0, "too early to ask again");
    fixture.requests.take();
    assert_eq!(collector.take_traces(&unrelated(12)).await.unwrap().late, 1);
    // Another read is for the entries of the spans.
    assert!(fixture.requests.take().contains("BatchGetItem×2"), "with the same read");
    assert_eq!(spans_of(&fixture, CONVERSATION).await, before + 2);
}

#[tokio::test]
async fn a_library_says_what_its_attributes_name() {
    let fixture = JourneyFixture::new().await;
    let collector = fixture.collector();
    let own = "6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10";
    let own_id = ("conversation.id", own);
    let spans = vec![Span { name: "conversation".to_owned(), ..span(1, 0, &[own_id]) }];
    assert_eq!(collector.take_traces(&arriving(1, "pipecat", &[], spans)).await.unwrap().facts, 1);
    assert_eq!(spans_of(&fixture, &format!("pipecat.conversation:{own}")).await, 1);
    assert_eq!(spans_of(&fixture, &format!("genesys.conversation:{own}")).await, 0, "it is not Genesys's");
    // Elsewhere the name means what the setting says, and a resource's name means what its libraries say.
    collector.take_traces(&arriving(2, "shop", &[], vec![span(2, 0, &[own_id])])).await.unwrap();
    assert_eq!(spans_of(&fixture, &format!("genesys.conversation:{own}")).await, 1);
    let other = "7efd5506-3fd6-49a1-8a51-7c1b8a3f2d10";
    let turn = vec![Span { name: "turn".to_owned(), ..span(3, 0, &[]) }];
    collector.take_traces(&arriving(3, "pipecat.turn", &[("conversation.id", other)], turn)).await.unwrap();
    assert_eq!(spans_of(&fixture, &format!("genesys.conversation:{other}")).await, 0);
    assert_eq!(spans_of(&fixture, &format!("pipecat.conversation:{other}")).await, 1);
    // What a definition links is an interaction.
    let room = [("room_id", "RM_abcDEF123456"), ("job_id", "AJ_abcDEF123456")];
    let session = vec![Span { name: "agent_session".to_owned(), ..span(4, 0, &room) }];
    let taken = collector.take_traces(&arriving(4, "livekit-agents", &[], session)).await.unwrap();
    assert_eq!((taken.facts, taken.irrelevant), (1, 0));
    assert_eq!(spans_of(&fixture, "livekit.room:RM_abcDEF123456").await, 1);
    let elsewhere = arriving(5, "shop", &[], vec![span(5, 0, &room)]);
    assert_eq!(collector.take_traces(&elsewhere).await.unwrap().irrelevant, 1, "a hotel has rooms, too");
}

#[tokio::test]
async fn a_name_of_the_setting_joins_by_itself() {
    let fixture = JourneyFixture::new().await;
    let names = cxtrace_otlp::receive::Interactions::read("contact=web.session").unwrap();
    let collector = fixture.collector().with_interactions(names);
    let named = vec![span(1, 0, &[("contact", "4f1c8a52-1d6b-47f0-89a4-7c0b5a3e94d1")])];
    assert_eq!(collector.take_traces(&arriving(1, "shop", &[], named)).await.unwrap().facts, 1);
    assert_eq!(spans_of(&fixture, &stored("web.session:4f1c8a52-1d6b-47f0-89a4-7c0b5a3e94d1")).await, 1);
}

#[tokio::test]
async fn a_trace_that_is_too_large_for_one_document_is_stored_in_parts() {
    let fixture = JourneyFixture::new().await;
    let long = "/a".repeat(120);
    let attributes: Vec<_> = [
        "http.route",
        "url.template",
        "db.collection.name",
        "messaging.destination.name",
        "code.function.name",
        "rpc.method",
        "db.operation.name",
        "faas.name",
        "gen_ai.tool.name",
        "gen_ai.request.model",
    ]
    .map(|name| (name, long.as_str()))
    .into_iter()
    .chain([INTERACTION])
    .collect();
    let spans = (0..50).map(|place| span(1, place, &attributes)).collect();
    let taken = fixture.collector().take_traces(&arriving(2, "shop", &[], spans)).await.unwrap();
    assert!(taken.facts > 1 && taken.invalid == 0, "{taken:?}");
    assert_eq!(spans_of(&fixture, CONVERSATION).await, 50);
}

#[tokio::test]
async fn a_thousand_unrelated_traces_a_second_leave_no_row() {
    let fixture = JourneyFixture::new().await;
    let collector = fixture.collector();
    fixture.requests.take();
    for second in 0..12 {
        for half in 0..2_u64 {
            let first = u64::try_from(second).unwrap() * 1_000 + half * 500 + 1;
            let spans = (first..first + 500).flat_map(|trace| [span(trace, 0, &[]), span(trace, 1, &[])]).collect();
            let taken = collector.take_traces(&arriving(second, "shop", &[], spans)).await.unwrap();
            assert_eq!(taken, TracesTaken { irrelevant: 1_000, ..TracesTaken::default() });
        }
        // A read for each 100 traces. After ten seconds one more in each request asks about those that wait.
        let expected = if second < 10 { "BatchGetItem×10" } else { "BatchGetItem×12" };
        assert_eq!(fixture.requests.take(), expected, "in second {second}");
    }
    let rows = cxtrace_tests::sim::journeys::facts::scan(&fixture.engine, "correlation");
    assert!(rows.is_empty(), "{} rows", rows.len());
    let named = span(12_001, 0, &[INTERACTION]);
    assert_eq!(collector.take_traces(&arriving(13, "shop", &[], vec![named])).await.unwrap().facts, 1);
    assert_eq!(spans_of(&fixture, CONVERSATION).await, 1, "one that belongs to a journey is found among them");
}
