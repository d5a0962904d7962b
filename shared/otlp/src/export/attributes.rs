//! The attributes of exported spans.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::document::{Event as JourneyEvent, Span as JourneySpan};
use cxtrace_domain::journeys::{Journey, Namespace, Outcome};
use serde_json::json;

use super::conventions as cx;
use crate::messages::{Event, KeyValue, SpanKind};

/// The attributes that semantic conventions define as whole numbers.
const WHOLE_NUMBERS: [&str; 9] = [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "http.request.body.size",
    "http.request.resend_count",
    "http.response.body.size",
    "http.response.status_code",
    "http.status_code",
    "rpc.grpc.status_code",
    "server.port",
];

/// The time in nanoseconds.
pub(super) fn nanos(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default().saturating_mul(1_000_000)
}

/// The word that a type of the journey's document has in JSON.
pub(super) fn word(value: impl serde::Serialize) -> String {
    match json!(value) {
        serde_json::Value::String(word) => word,
        other => other.to_string(),
    }
}

/// The attributes that every exported span has.
pub(super) fn of_journey(journey: &Journey) -> Vec<KeyValue> {
    vec![
        KeyValue::text(cx::JOURNEY_ID, journey.id.to_string()),
        KeyValue::int(cx::JOURNEY_REVISION, i64::from(journey.revision)),
    ]
}

/// The attributes of a root, beside those of every span.
pub(super) fn of_root(journey: &Journey) -> Vec<KeyValue> {
    let mut all = vec![
        KeyValue::text(cx::JOURNEY_STATUS, word(journey.status)),
        KeyValue::texts(cx::JOURNEY_PLATFORMS, journey.platforms.iter().cloned()),
    ];
    if let Some(millis) = journey.duration_ms {
        all.push(KeyValue::int(cx::JOURNEY_DURATION_MS, millis));
    }
    if !journey.insights.is_empty() {
        let rules = journey.insights.iter().map(|insight| insight.rule.as_str().to_owned());
        all.push(KeyValue::texts(cx::JOURNEY_INSIGHTS, rules));
    }
    let traces: Vec<_> = journey.ids.iter().filter(|id| id.namespace == Namespace::TRACE.as_str()).collect();
    if !traces.is_empty() {
        all.push(KeyValue::texts(cx::JOURNEY_TRACES, traces.into_iter().map(|id| id.value.clone())));
    }
    let segment = |segment: &cxtrace_domain::journeys::document::Segment| {
        KeyValue::int(format!("{}{}_ms", cx::SEGMENT, segment.name), segment.duration_ms)
    };
    all.extend(journey.segments.iter().map(segment));
    all
}

/// The attributes of an activity, beside those of every span.
pub(super) fn of_span(span: &JourneySpan) -> Vec<KeyValue> {
    let mut all = vec![
        KeyValue::text(cx::SPAN_KEY, span.key.as_str()),
        KeyValue::text(cx::SPAN_TYPE, word(span.span_type)),
        KeyValue::texts(cx::SOURCES, span.sources.iter().map(ToString::to_string)),
    ];
    if span.ended_at.is_none() {
        all.push(KeyValue::of(cx::SPAN_OPEN, crate::messages::Value::Bool(true)));
    }
    if let Some(outcome) = span.status {
        all.push(KeyValue::text(cx::OUTCOME, word(outcome)));
    }
    if let Some(reason) = &span.reason {
        all.push(KeyValue::text(cx::END_REASON, reason));
    }
    if !span.flags.is_empty() {
        all.push(KeyValue::texts(cx::SPAN_FLAGS, span.flags.iter().map(|flag| (*flag).to_owned())));
    }
    if let Some(raw) = &span.raw {
        let shift = span.started_at.0 - raw.started_at.0;
        all.push(KeyValue::int(cx::CLOCK_SHIFT_MS, shift.num_milliseconds()));
    }
    all.extend(span.attributes.iter().map(|(name, value)| typed(name, value)));
    all
}

/// A point on an activity.
pub(super) fn event(event: &JourneyEvent) -> Event {
    Event {
        time_unix_nano: nanos(event.at.0),
        name: event.name.clone(),
        attributes: event.attributes.iter().map(|(name, value)| typed(name, value)).collect(),
    }
}

/// The side of a call: as the application reported it, or else by the type of the span.
pub(super) fn kind(span: &JourneySpan) -> SpanKind {
    use cxtrace_domain::journeys::SpanType;
    match span.attributes.get("span.kind").map(|kind| kind.to_ascii_lowercase()).as_deref() {
        Some("server") => SpanKind::Server,
        Some("client") => SpanKind::Client,
        Some("producer") => SpanKind::Producer,
        Some("consumer") => SpanKind::Consumer,
        Some("internal") => SpanKind::Internal,
        _ if span.span_type == SpanType::Backend => SpanKind::Client,
        _ => SpanKind::Internal,
    }
}

/// Whether a fault ended the activity. If the customer leaves, the operation has no fault.
pub(super) fn is_error(span: &JourneySpan) -> bool {
    span.status == Some(Outcome::Error)
}

fn typed(name: &str, value: &str) -> KeyValue {
    match value.parse::<i64>() {
        Ok(number) if WHOLE_NUMBERS.contains(&name) => KeyValue::int(name, number),
        _ => KeyValue::text(name, value),
    }
}
