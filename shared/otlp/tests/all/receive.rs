//! Which spans of applications are taken, and in what form.

use std::collections::BTreeSet;
use std::io::Write;

use cxtrace_otlp::Encoding;
use cxtrace_otlp::messages::{
    ExportTraceServiceRequest, KeyValue, Link, Resource, ResourceSpans, ScopeSpans, Span, SpanKind, Status, StatusCode,
};
use cxtrace_otlp::receive::body::MAX_BYTES;
use cxtrace_otlp::receive::{Interactions, Received, Refusal, read};
use prost::Message;

const CONVERSATION: &str = "6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10";

fn span(trace: u8, id: u8, parent: u8) -> Span {
    let parent_span_id = if parent == 0 { Vec::new() } else { vec![parent; 8] };
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![id; 8],
        parent_span_id,
        name: "work".to_owned(),
        kind: SpanKind::Internal.into(),
        start_time_unix_nano: 1_700_000_000_000_000_000,
        end_time_unix_nano: 1_700_000_000_250_000_000,
        ..Span::default()
    }
}

fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let resource = Resource { attributes: vec![KeyValue::text("service.name", "shop")] };
    let scope_spans = vec![ScopeSpans { scope: None, spans }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: Some(resource), scope_spans }] }
}

fn hex(trace: u8) -> String {
    hex::encode([trace; 16])
}

fn relevant(request: &ExportTraceServiceRequest, known: &[u8]) -> Vec<String> {
    let names = Interactions::default();
    let known = known.iter().map(|trace| hex(*trace)).collect();
    Received::of(request, &names).relevant(&known).into_iter().map(|trace| trace.id).collect()
}

#[test]
fn a_trace_is_taken_if_it_names_an_interaction_or_is_known_or_related_to_one_that_is() {
    let mut named = span(1, 1, 0);
    named.attributes.push(KeyValue::text("interaction.id", CONVERSATION));
    let mut linked = span(2, 2, 0);
    linked.links.push(Link { trace_id: vec![3; 16], span_id: vec![3; 8], attributes: Vec::new() });
    let mut follows = span(4, 4, 0);
    let previous = format!("00-{}-0303030303030303-01", hex(2));
    follows.attributes.push(KeyValue::text("previous-trace-id", previous));
    let request = request(vec![named, linked, follows, span(5, 5, 0), span(6, 6, 0)]);
    assert_eq!(relevant(&request, &[]), [hex(1)]);
    assert_eq!(relevant(&request, &[6]), [hex(1), hex(6)]);
    // What is related to a trace of this request that belongs to a journey belongs to it, too.
    assert_eq!(relevant(&request, &[3]), [hex(1), hex(2), hex(4)]);
    let names = Interactions::default();
    let received = Received::of(&request, &names);
    let asked: BTreeSet<_> = [2, 3, 4, 5, 6].into_iter().map(hex).collect();
    assert_eq!(received.unknown(), asked);
    assert_eq!(received.irrelevant(&received.relevant(&BTreeSet::new())), 4);
}

#[test]
fn an_interaction_in_resource_scope_event_or_link_counts_under_configured_names_only() {
    let names = Interactions::read("x.contact=connect.contact").unwrap();
    let of = |request: &ExportTraceServiceRequest| {
        let traces = Received::of(request, &names).relevant(&BTreeSet::new());
        traces.first().map(|trace| trace.items[0]["interactions"][0].as_str().unwrap().to_owned())
    };
    let mut request = request(vec![span(1, 1, 0)]);
    assert_eq!(of(&request), None);
    request.resource_spans[0].resource.as_mut().unwrap().attributes.push(KeyValue::text("interaction.id", "x"));
    assert_eq!(of(&request), None);
    request.resource_spans[0].resource.as_mut().unwrap().attributes.push(KeyValue::text("x.contact", " c-1 "));
    assert_eq!(of(&request), Some("connect.contact:c-1".to_owned()));
    assert!(Interactions::read("x").is_err() && Interactions::read("x=Bad Namespace").is_err());
}

#[test]
fn a_span_that_links_many_traces_joins_none_of_them() {
    let mut batch = span(1, 1, 0);
    let link = |trace: u8| Link { trace_id: vec![trace; 16], span_id: vec![trace; 8], attributes: Vec::new() };
    batch.links = (2..=6).map(link).collect();
    assert_eq!(relevant(&request(vec![batch.clone()]), &[2, 3]), [""; 0]);
    batch.links.pop();
    assert_eq!(relevant(&request(vec![batch]), &[2, 3]), [hex(1)]);
}

#[test]
fn long_texts_and_deep_values_go_no_further() {
    let mut one = span(1, 1, 0);
    one.attributes.push(KeyValue::text("call.sid", "CA1"));
    one.attributes.push(KeyValue::text("gen_ai.input.messages", "hush".repeat(100)));
    let request = request(vec![one]);
    let names = Interactions::default();
    let trace = Received::of(&request, &names).relevant(&BTreeSet::new()).remove(0);
    let item = trace.items[0].to_string();
    assert!(item.contains("CA1") && !item.contains("hush"), "{item}");
}

#[test]
fn spans_with_invalid_ids_are_counted_and_stop_no_other() {
    let mut named = span(1, 1, 0);
    named.attributes.push(KeyValue::text("interaction.id", CONVERSATION));
    let (mut short, nil) = (span(2, 2, 0), span(0, 2, 0));
    short.trace_id.pop();
    let request = request(vec![short, nil, span(3, 0, 0), named]);
    let names = Interactions::default();
    let received = Received::of(&request, &names);
    assert_eq!((received.invalid, received.relevant(&BTreeSet::new()).len()), (3, 1));
}

#[test]
fn a_large_trace_keeps_entries_errors_calls_and_the_slow_and_counts_the_rest() {
    let mut spans = vec![span(1, 1, 0)];
    spans[0].attributes.push(KeyValue::text("call.sid", "CA1"));
    for id in 2..=200 {
        let mut one = span(1, id, id - 1);
        if id == 150 {
            one.status = Some(Status { message: "boom".to_owned(), code: StatusCode::Error.into() });
        }
        if id == 160 {
            one.kind = SpanKind::Client.into();
        }
        if id == 170 {
            one.end_time_unix_nano += 60_000_000_000;
        }
        spans.push(one);
    }
    spans.reverse();
    let request = request(spans);
    let names = Interactions::default();
    let trace = Received::of(&request, &names).relevant(&BTreeSet::new()).remove(0);
    assert_eq!((trace.items.len(), trace.left_out), (50, 150));
    let ids: BTreeSet<_> = trace.items.iter().map(|item| item["span"]["span_id"].as_str().unwrap()).collect();
    for id in [1, 150, 160, 170] {
        assert!(ids.contains(hex::encode([id; 8]).as_str()), "{id}");
    }
    for item in &trace.items {
        let parent = &item["span"]["parent_span_id"];
        assert!(parent.is_null() || ids.contains(parent.as_str().unwrap()), "{parent}");
    }
    let folded: Vec<_> = trace.items.iter().filter_map(|item| item["folded"].as_u64()).collect();
    assert_eq!(folded, [150]);
}

#[test]
fn an_item_has_the_documented_form() {
    let mut one = span(1, 2, 3);
    one.kind = SpanKind::Server.into();
    one.attributes.push(KeyValue::text("interaction.id", CONVERSATION));
    one.attributes.push(KeyValue::int("http.response.status_code", 504));
    one.attributes.push(KeyValue::texts("tags", ["a".to_owned()]));
    let request = request(vec![one]);
    let names = Interactions::default();
    let trace = Received::of(&request, &names).relevant(&BTreeSet::new()).remove(0);
    assert_eq!(
        trace.items[0],
        serde_json::json!({
            "resource": {"service.name": "shop"},
            "scope": {"name": "", "version": "", "attributes": {}},
            "span": {
                "trace_id": hex(1), "span_id": "0202020202020202", "parent_span_id": "0303030303030303",
                "name": "work", "kind": "server", "started_at": 1_700_000_000_000_u64, "ended_at": 1_700_000_000_250_u64,
                "status": "unset", "status_message": "",
                "attributes": {"interaction.id": CONVERSATION, "http.response.status_code": 504, "tags": ["a"]},
                "events": [], "links": [],
            },
            "interactions": [format!("genesys.conversation:{CONVERSATION}")],
            "related_traces": [],
        })
    );
}

#[test]
fn a_body_is_read_in_both_encodings_and_within_limits() {
    let request = request(vec![span(1, 1, 0)]);
    let zipped = Encoding::Protobuf.body(&request).unwrap();
    assert_eq!(read(Encoding::Protobuf, "gzip", &zipped).unwrap(), request);
    assert_eq!(read(Encoding::Protobuf, "", &request.encode_to_vec()).unwrap(), request);
    let json = cxtrace_otlp::json::encode(&request);
    assert_eq!(read(Encoding::Json, "identity", json.as_bytes()).unwrap(), request);
    assert_eq!(read(Encoding::Protobuf, "", b"").unwrap(), ExportTraceServiceRequest::default());
    assert_eq!(read(Encoding::Json, "zstd", b"{}"), Err(Refusal::ContentEncoding));
    for (encoding, body) in [(Encoding::Protobuf, b"{}".as_slice()), (Encoding::Json, b"x"), (Encoding::Json, b"[]")] {
        assert_eq!(read(encoding, "", body).unwrap_err().status(), 400);
    }
    // A small body that decompresses to a large one is refused before it is all in memory.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 50 * MAX_BYTES]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < MAX_BYTES / 10);
    assert_eq!(read(Encoding::Protobuf, "gzip", &bomb), Err(Refusal::TooLong));
}
