//! An invocation as a request of OTLP in JSON. It is written here and not by `cxtrace-otlp`, so that functions that export nothing else
//! need no encoder of protobuf.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::work::{Call, Recorded};

/// The kinds of spans: a function serves its invocation, and is the client of other systems.
const SERVER: u8 = 2;
const CLIENT: u8 = 3;

const ERROR: u8 = 2;

/// An invocation that has ended.
#[derive(Debug)]
pub struct Invoked<'a> {
    pub request_id: &'a str,
    pub began: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    /// Whether it is the first one of this process.
    pub cold: bool,
    /// The type of the error that ended it. Its text is not sent.
    pub error: Option<&'a str>,
    pub counts: &'a BTreeMap<&'static str, u64>,
}

/// The request: the span of the invocation, and below it the spans of its requests.
pub(super) fn request(
    function: &str,
    resource: &BTreeMap<String, String>,
    invoked: &Invoked<'_>,
    recorded: &Recorded,
) -> Value {
    let trace = trace_id(invoked.request_id);
    let root = span_id(&trace, 0);
    let mut attributes = vec![
        attribute("faas.name", json!({"stringValue": function})),
        attribute("faas.invocation_id", json!({"stringValue": invoked.request_id})),
        attribute("faas.coldstart", json!({"boolValue": invoked.cold})),
    ];
    for (name, count) in invoked.counts {
        attributes.push(attribute(&format!("cx.count.{name}"), json!({"intValue": count.to_string()})));
    }
    if recorded.left_out > 0 {
        attributes.push(attribute("cx.folded_spans", json!({"intValue": recorded.left_out.to_string()})));
    }
    if let Some(error) = invoked.error {
        attributes.push(attribute("error.type", json!({"stringValue": error})));
    }
    let journeys = recorded.journeys.iter().filter(|id| is_trace_id(id));
    let links: Vec<_> = journeys
        .map(|id| {
            let attributes = [attribute("cx.journey.id", json!({"stringValue": id}))];
            json!({"traceId": id, "spanId": span_id(id, 0), "attributes": attributes})
        })
        .collect();
    let mut spans = vec![json!({
        "traceId": trace, "spanId": root, "name": function, "kind": SERVER,
        "startTimeUnixNano": nanos(invoked.began), "endTimeUnixNano": nanos(invoked.ended),
        "attributes": attributes, "links": links, "status": status(invoked.error.is_some()),
    })];
    spans.extend((1..).zip(&recorded.calls).map(|(number, call)| of_call(&trace, &root, number, call)));
    let resource: Vec<_> = [("service.name".to_owned(), function.to_owned())]
        .into_iter()
        .chain([("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())])
        .chain(resource.iter().map(|(name, value)| (name.clone(), value.clone())))
        .map(|(name, value)| attribute(&name, json!({"stringValue": value})))
        .collect();
    let scope = json!({"name": "cxtrace.invocation", "version": env!("CARGO_PKG_VERSION")});
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{"scope": scope, "spans": spans}],
    }]})
}

fn of_call(trace: &str, root: &str, number: u64, call: &Call) -> Value {
    let status_code =
        call.status.map(|code| attribute("http.response.status_code", json!({"intValue": code.to_string()})));
    let attributes: Vec<_> =
        [attribute("rpc.method", json!({"stringValue": call.name}))].into_iter().chain(status_code).collect();
    json!({
        "traceId": trace, "spanId": span_id(trace, number), "parentSpanId": root, "name": call.name, "kind": CLIENT,
        "startTimeUnixNano": nanos(call.began), "endTimeUnixNano": nanos(call.ended), "attributes": attributes,
        "status": status(call.status.is_none_or(|code| code >= 400)),
    })
}

fn attribute(key: &str, value: Value) -> Value {
    json!({"key": key, "value": value})
}

fn status(is_error: bool) -> Value {
    if is_error { json!({"code": ERROR}) } else { json!({}) }
}

fn nanos(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().unwrap_or_default().to_string()
}

/// The digits of Lambda's request id, which is a random UUID. So a log line leads to its trace.
fn trace_id(request_id: &str) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect();
    if is_trace_id(&digits) { digits } else { format!("{:032x}", digits.len().max(1)) }
}

fn is_trace_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte != b'0')
}

/// The `number`th id below a trace: the last half of the trace's id, moved on by the number.
fn span_id(trace: &str, number: u64) -> String {
    let half = trace.get(16..).and_then(|half| u64::from_str_radix(half, 16).ok()).unwrap_or_default();
    format!("{:016x}", half.wrapping_add(number).max(1))
}
