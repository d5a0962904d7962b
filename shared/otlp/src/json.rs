//! A request in OTLP's JSON encoding: ids in hexadecimal digits, 64-bit numbers as texts, enumerations as numbers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use crate::messages::{
    AnyValue, Event, ExportTraceServiceRequest, KeyValue, Link, ResourceSpans, ScopeSpans, Span, Value,
};

/// The JSON text of `request`.
#[must_use]
pub fn encode(request: &ExportTraceServiceRequest) -> String {
    json!({ "resourceSpans": list(&request.resource_spans, resource_spans) }).to_string()
}

fn list<T>(items: &[T], of: impl Fn(&T) -> Json) -> Json {
    Json::Array(items.iter().map(of).collect())
}

fn resource_spans(of: &ResourceSpans) -> Json {
    let attributes = of.resource.as_ref().map(|resource| attributes(&resource.attributes));
    json!({
        "resource": { "attributes": attributes.unwrap_or_else(|| json!([])) },
        "scopeSpans": list(&of.scope_spans, scope_spans),
    })
}

fn scope_spans(of: &ScopeSpans) -> Json {
    let spans = list(&of.spans, span);
    match &of.scope {
        Some(scope) => json!({ "scope": { "name": scope.name, "version": scope.version }, "spans": spans }),
        None => json!({ "spans": spans }),
    }
}

fn span(span: &Span) -> Json {
    let mut object = Map::new();
    let mut put = |name: &str, value: Json| object.insert(name.to_owned(), value);
    put("traceId", hex::encode(&span.trace_id).into());
    put("spanId", hex::encode(&span.span_id).into());
    if !span.parent_span_id.is_empty() {
        put("parentSpanId", hex::encode(&span.parent_span_id).into());
    }
    put("name", span.name.as_str().into());
    put("kind", span.kind.into());
    put("startTimeUnixNano", span.start_time_unix_nano.to_string().into());
    put("endTimeUnixNano", span.end_time_unix_nano.to_string().into());
    put("attributes", attributes(&span.attributes));
    put("events", list(&span.events, event));
    put("links", list(&span.links, link));
    if let Some(status) = &span.status {
        put("status", json!({ "code": status.code, "message": status.message }));
    }
    Json::Object(object)
}

fn event(event: &Event) -> Json {
    json!({
        "timeUnixNano": event.time_unix_nano.to_string(),
        "name": event.name,
        "attributes": attributes(&event.attributes),
    })
}

fn link(link: &Link) -> Json {
    json!({
        "traceId": hex::encode(&link.trace_id),
        "spanId": hex::encode(&link.span_id),
        "attributes": attributes(&link.attributes),
    })
}

fn attributes(of: &[KeyValue]) -> Json {
    list(of, |pair| match &pair.value {
        Some(value) => json!({ "key": pair.key, "value": any(value) }),
        None => json!({ "key": pair.key }),
    })
}

fn any(value: &AnyValue) -> Json {
    match &value.value {
        None => json!({}),
        Some(Value::String(text)) => json!({ "stringValue": text }),
        Some(Value::Bool(flag)) => json!({ "boolValue": flag }),
        Some(Value::Int(number)) => json!({ "intValue": number.to_string() }),
        Some(Value::Double(number)) => json!({ "doubleValue": number }),
        Some(Value::Array(array)) => json!({ "arrayValue": { "values": list(&array.values, any) } }),
        Some(Value::Object(object)) => json!({ "kvlistValue": { "values": attributes(&object.values) } }),
        Some(Value::Bytes(bytes)) => json!({ "bytesValue": BASE64.encode(bytes) }),
    }
}
