//! Reads a request in OTLP's JSON encoding, tolerantly: ids in any case, 64-bit numbers as texts or numbers, fields in
//! camel case or in the names of the protobuf files, and unknown fields ignored.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json};

use crate::messages::{
    AnyValue, ArrayValue, Event, ExportTraceServiceRequest, InstrumentationScope, KeyValue, KeyValueList, Link,
    Resource, ResourceSpans, ScopeSpans, Span, Status, Value,
};

/// The request in `body`.
///
/// # Errors
/// When `body` is not a JSON object, or is nested deeper than 127 levels. A value of a wrong type counts as absent.
pub fn decode(body: &[u8]) -> Result<ExportTraceServiceRequest, serde_json::Error> {
    let object: Map<String, Json> = serde_json::from_slice(body)?;
    Ok(ExportTraceServiceRequest { resource_spans: list(&object, "resourceSpans", "resource_spans", resource_spans) })
}

fn resource_spans(of: &Map<String, Json>) -> ResourceSpans {
    let resource = of.get("resource").and_then(Json::as_object);
    ResourceSpans {
        resource: resource.map(|resource| Resource { attributes: attributes(resource) }),
        scope_spans: list(of, "scopeSpans", "scope_spans", scope_spans),
    }
}

fn scope_spans(of: &Map<String, Json>) -> ScopeSpans {
    let scope = of.get("scope").and_then(Json::as_object).map(|scope| InstrumentationScope {
        name: text(scope, "name"),
        version: text(scope, "version"),
        attributes: attributes(scope),
    });
    ScopeSpans { scope, spans: list(of, "spans", "spans", span) }
}

fn span(of: &Map<String, Json>) -> Span {
    let status = of.get("status").and_then(Json::as_object);
    Span {
        trace_id: id(of, "traceId", "trace_id"),
        span_id: id(of, "spanId", "span_id"),
        parent_span_id: id(of, "parentSpanId", "parent_span_id"),
        name: text(of, "name"),
        kind: word(of, "kind"),
        start_time_unix_nano: time(of, "startTimeUnixNano", "start_time_unix_nano"),
        end_time_unix_nano: time(of, "endTimeUnixNano", "end_time_unix_nano"),
        attributes: attributes(of),
        events: list(of, "events", "events", event),
        links: list(of, "links", "links", link),
        status: status.map(|status| Status { message: text(status, "message"), code: word(status, "code") }),
    }
}

fn event(of: &Map<String, Json>) -> Event {
    Event {
        time_unix_nano: time(of, "timeUnixNano", "time_unix_nano"),
        name: text(of, "name"),
        attributes: attributes(of),
    }
}

fn link(of: &Map<String, Json>) -> Link {
    Link { trace_id: id(of, "traceId", "trace_id"), span_id: id(of, "spanId", "span_id"), attributes: attributes(of) }
}

fn attributes(of: &Map<String, Json>) -> Vec<KeyValue> {
    list(of, "attributes", "attributes", pair)
}

fn pair(of: &Map<String, Json>) -> KeyValue {
    KeyValue { key: text(of, "key"), value: of.get("value").and_then(Json::as_object).map(any) }
}

/// A value. If it has several types, the first of the specification's order counts.
fn any(of: &Map<String, Json>) -> AnyValue {
    let get = |camel: &str, plain: &str| of.get(camel).or_else(|| of.get(plain)).filter(|value| !value.is_null());
    let inner = |camel: &str, plain: &str| get(camel, plain).and_then(Json::as_object);
    let value = None
        .or_else(|| get("stringValue", "string_value")?.as_str().map(|text| Value::String(text.to_owned())))
        .or_else(|| get("boolValue", "bool_value")?.as_bool().map(Value::Bool))
        .or_else(|| whole(get("intValue", "int_value")?).map(Value::Int))
        .or_else(|| number(get("doubleValue", "double_value")?).map(Value::Double))
        .or_else(|| {
            let values = inner("arrayValue", "array_value")?.get("values").and_then(Json::as_array);
            let values = values.map(|values| values.iter().filter_map(Json::as_object).map(any).collect());
            Some(Value::Array(ArrayValue { values: values.unwrap_or_default() }))
        })
        .or_else(|| {
            let values = list(inner("kvlistValue", "kvlist_value")?, "values", "values", pair);
            Some(Value::Object(KeyValueList { values }))
        })
        .or_else(|| BASE64.decode(get("bytesValue", "bytes_value")?.as_str()?).ok().map(Value::Bytes));
    AnyValue { value }
}

fn list<T>(of: &Map<String, Json>, camel: &str, plain: &str, read: impl Fn(&Map<String, Json>) -> T) -> Vec<T> {
    let items = of.get(camel).or_else(|| of.get(plain)).and_then(Json::as_array);
    items.map(|items| items.iter().filter_map(Json::as_object).map(read).collect()).unwrap_or_default()
}

fn text(of: &Map<String, Json>, name: &str) -> String {
    of.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// An id. One that is not hexadecimal is empty, which makes its span invalid.
fn id(of: &Map<String, Json>, camel: &str, plain: &str) -> Vec<u8> {
    let text = of.get(camel).or_else(|| of.get(plain)).and_then(Json::as_str);
    text.and_then(|text| hex::decode(text).ok()).unwrap_or_default()
}

fn time(of: &Map<String, Json>, camel: &str, plain: &str) -> u64 {
    let value = of.get(camel).or_else(|| of.get(plain));
    let read = |value: &Json| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    value.and_then(read).unwrap_or_default()
}

fn word(of: &Map<String, Json>, name: &str) -> i32 {
    of.get(name).and_then(whole).and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
}

fn whole(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_any_case_numbers_as_texts_and_unknown_fields_are_read() {
        let body =
            br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
            "scopeSpans":[{"scope":{"name":"s"},"new":1,"spans":[{"traceId":"0AF7651916CD43DD8448EB211C80319C",
            "spanId":"b7ad6b7169203331","name":"GET","kind":2,"startTimeUnixNano":"1700000000000000000",
            "endTimeUnixNano":1700000000500000000,"attributes":[{"key":"n","value":{"intValue":"7","newValue":1}},
            {"key":"empty","value":{}},{"key":"b","value":{"bytesValue":"Zm9v"}}],"status":{"code":2}}]}]}]}"#;
        let request = decode(body).unwrap();
        let span = &request.resource_spans[0].scope_spans[0].spans[0];
        assert_eq!(hex::encode(&span.trace_id), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 500_000_000);
        assert_eq!((span.kind, span.status.as_ref().unwrap().code), (2, 2));
        let values: Vec<_> = span.attributes.iter().map(|pair| pair.value.as_ref().unwrap().value.clone()).collect();
        assert_eq!(values, [Some(Value::Int(7)), None, Some(Value::Bytes(b"foo".to_vec()))]);
    }

    #[test]
    fn a_body_that_is_no_object_is_an_error_and_wrong_types_are_absent() {
        assert!(decode(b"[]").is_err() && decode(b"").is_err() && decode(&b"{\"a\":".repeat(200)).is_err());
        assert_eq!(decode(br#"{"resourceSpans":7}"#).unwrap(), ExportTraceServiceRequest::default());
        assert_eq!(decode(b"{}").unwrap(), ExportTraceServiceRequest::default());
    }
}
