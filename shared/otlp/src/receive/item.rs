//! A span as the mapping of a definition sees it: ids in hexadecimal digits, times in milliseconds, attributes as objects.

use serde_json::{Map, Value as Json, json};

use crate::messages::{
    AnyValue, Event, InstrumentationScope, KeyValue, Link, Resource, Span, SpanKind, StatusCode, Value,
};

/// The deepest nesting of values. Deeper ones are left out.
const MAX_DEPTH: usize = 8;

/// The longest text of an attribute, in bytes. No id, route or name of a model is longer; prompts and queries are.
const MAX_TEXT: usize = 256;

/// The most attributes, events and links of a span: the limits of OpenTelemetry's SDKs.
const MAX_PARTS: usize = 128;

/// What stands beside a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) resource: Option<&'a Resource>,
    pub(super) scope: Option<&'a InstrumentationScope>,
    pub(super) interactions: &'a [String],
    pub(super) related: &'a [String],
    /// The number of spans that were left out, on the entry alone.
    pub(super) folded: usize,
}

/// The item of `span` below `parent`.
pub(super) fn item(span: &Span, parent: &[u8], around: Around<'_>) -> Json {
    let Around { resource, scope, interactions, related, folded } = around;
    let status = span.status.as_ref();
    let word = match status.map(|status| status.code) {
        Some(code) if code == i32::from(StatusCode::Ok) => "ok",
        Some(code) if code == i32::from(StatusCode::Error) => "error",
        _ => "unset",
    };
    let mut item = json!({
        "resource": resource.map(|of| attributes(&of.attributes)).unwrap_or_default(),
        "scope": {
            "name": scope.map(|of| of.name.as_str()).unwrap_or_default(),
            "version": scope.map(|of| of.version.as_str()).unwrap_or_default(),
            "attributes": scope.map(|of| attributes(&of.attributes)).unwrap_or_default(),
        },
        "span": {
            "trace_id": hex::encode(&span.trace_id),
            "span_id": hex::encode(&span.span_id),
            "parent_span_id": (parent.len() == 8 && parent != [0; 8]).then(|| hex::encode(parent)),
            "name": span.name,
            "kind": kind(span.kind),
            "started_at": millis(span.start_time_unix_nano),
            "ended_at": millis(span.end_time_unix_nano),
            "status": word,
            "status_message": status.map(|status| status.message.as_str()).unwrap_or_default(),
            "attributes": attributes(&span.attributes),
            "events": span.events.iter().take(MAX_PARTS).map(event).collect::<Vec<_>>(),
            "links": span.links.iter().take(MAX_PARTS).map(link).collect::<Vec<_>>(),
        },
        "interactions": interactions,
        "related_traces": related,
    });
    if folded > 0 {
        item["folded"] = folded.into();
    }
    item
}

fn kind(kind: i32) -> &'static str {
    match SpanKind::try_from(kind) {
        Ok(SpanKind::Server) => "server",
        Ok(SpanKind::Client) => "client",
        Ok(SpanKind::Producer) => "producer",
        Ok(SpanKind::Consumer) => "consumer",
        _ => "internal",
    }
}

/// Milliseconds with their fraction; null for a time that was not set.
fn millis(nanos: u64) -> Json {
    match nanos {
        0 => Json::Null,
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000).into(),
        _ => (nanos as f64 / 1e6).into(),
    }
}

fn event(event: &Event) -> Json {
    json!({ "name": event.name, "at": millis(event.time_unix_nano), "attributes": attributes(&event.attributes) })
}

fn link(link: &Link) -> Json {
    json!({
        "trace_id": hex::encode(&link.trace_id),
        "span_id": hex::encode(&link.span_id),
        "attributes": attributes(&link.attributes),
    })
}

/// Attributes as an object. Of two with one name the first counts.
fn attributes(of: &[KeyValue]) -> Map<String, Json> {
    let mut object = Map::new();
    for pair in of.iter().take(MAX_PARTS) {
        if let Some(value) = pair.value.as_ref().and_then(|value| any(value, MAX_DEPTH)) {
            object.entry(pair.key.clone()).or_insert(value);
        }
    }
    object
}

fn any(value: &AnyValue, depth: usize) -> Option<Json> {
    let deeper = depth.checked_sub(1)?;
    Some(match value.value.as_ref()? {
        Value::String(text) if text.len() > MAX_TEXT => return None,
        Value::String(text) => text.as_str().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::Array(array) => array.values.iter().take(MAX_PARTS).filter_map(|value| any(value, deeper)).collect(),
        Value::Object(object) => {
            let pairs = object.values.iter().take(MAX_PARTS);
            Json::Object(
                pairs.filter_map(|pair| Some((pair.key.clone(), any(pair.value.as_ref()?, deeper)?))).collect(),
            )
        }
        Value::Bytes(_) => return None,
    })
}
