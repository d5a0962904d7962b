//! What a request of the largest size costs: `cargo run --release -p cxtrace-otlp --example cost`. Prints the time to decode, to choose
//! and to reduce, for each span, and the greatest memory of the process.
#![allow(clippy::unwrap_used, reason = "a failure ends this program")]

use std::collections::BTreeSet;
use std::time::Instant;

use cxtrace_otlp::messages::{ExportTraceServiceRequest, KeyValue, Resource, ResourceSpans, ScopeSpans, Span};
use cxtrace_otlp::receive::body::MAX_BYTES;
use cxtrace_otlp::receive::{Interactions, Received, read};
use cxtrace_otlp::{Encoding, json};
use prost::Message;

/// A request of about `bytes` bytes in protobuf, with 20 spans in each trace.
fn request(bytes: usize) -> ExportTraceServiceRequest {
    let span = |number: u64| {
        let mut trace_id = (number / 20 + 1).to_be_bytes().to_vec();
        trace_id.extend([7; 8]);
        let attribute = |n: usize| KeyValue::text(format!("http.attribute.{n}"), format!("/accounts/{number}"));
        Span {
            trace_id,
            span_id: (number + 1).to_be_bytes().to_vec(),
            parent_span_id: number.to_be_bytes().to_vec(),
            name: "GET /accounts/{id}".to_owned(),
            kind: 2,
            start_time_unix_nano: 1_700_000_000_000_000_000 + number,
            end_time_unix_nano: 1_700_000_000_250_000_000 + number,
            attributes: (0..8).map(attribute).collect(),
            ..Span::default()
        }
    };
    let each = span(1_000).encoded_len() + 4;
    let spans = (0..(bytes / each) as u64).map(span).collect();
    let resource = Resource { attributes: vec![KeyValue::text("service.name", "shop")] };
    let scope_spans = vec![ScopeSpans { scope: None, spans }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: Some(resource), scope_spans }] }
}

/// The greatest memory of this process so far, in megabytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn main() {
    let encoding =
        if std::env::args().any(|argument| argument == "json") { Encoding::Json } else { Encoding::Protobuf };
    let share = if encoding == Encoding::Json { 3 } else { 1 };
    let (body, spans) = {
        let request = request(MAX_BYTES * 95 / 100 / share);
        let spans = request.resource_spans[0].scope_spans[0].spans.len();
        let body = match encoding {
            Encoding::Protobuf => request.encode_to_vec(),
            Encoding::Json => json::encode(&request).into_bytes(),
        };
        (body, spans)
    };
    let names = Interactions::default();
    let before = peak();
    let start = Instant::now();
    let request = read(encoding, "", &body).unwrap();
    let decoded = start.elapsed();
    let received = Received::of(&request, &names);
    let asked = received.unknown();
    let none = received.relevant(&BTreeSet::new());
    let chosen = start.elapsed() - decoded;
    let all = received.relevant(&asked);
    let reduced = start.elapsed() - decoded - chosen;
    let micros = |time: std::time::Duration| time.as_micros() as f64 / spans as f64;
    println!("{} bytes, {spans} spans, {} traces, {} relevant", body.len(), asked.len(), none.len() + all.len());
    println!(
        "decode {:.2} µs, choose {:.2} µs, items {:.2} µs a span",
        micros(decoded),
        micros(chosen),
        micros(reduced)
    );
    println!("peak {} MB, {} MB before", peak(), before);
}
