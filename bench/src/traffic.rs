//! Events of journeys: scenarios of the corpus, and journeys with an exact number of facts.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace::wiring::{Handler, of_event};
use cxtrace_corpus::Hour;
use cxtrace_domain::journeys::Fact;
use cxtrace_sources::{Context, Read, cxtrace_span};
use cxtrace_tests::sim::journeys::traffic::published;
use serde_json::{Value, json};

use crate::run::Failure;

/// The sources of a journey with an exact number of facts: a source, the kind of its ids, and the type of its spans.
const SOURCES: [(&str, &str, &str); 5] = [
    ("web", "web.session", "web"),
    ("sbc", "sip.call_id", "telephony"),
    ("voiceai", "voiceai.session", "ai_conversation"),
    ("sbc", "pbx.call", "telephony"),
    ("crm", "crm.case", "crm"),
];

/// The time between two events of such a journey.
pub(crate) const STEP: TimeDelta = TimeDelta::milliseconds(200);

/// The kind of an event, and the function that handles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A change of participant attributes, for `flow-metrics`.
    Attributes,
    /// Any other event of a Genesys conversation, for `span-collector`.
    Genesys,
    /// A span of another system, for `span-collector`.
    Span,
}

/// An event.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// When it arrives.
    pub(crate) at: DateTime<Utc>,
    pub(crate) class: Class,
    pub(crate) json: String,
}

/// An hour of a contact centre with this many journeys, in the order of arrival.
pub(crate) fn hour(journeys: u32, start: DateTime<Utc>) -> Vec<Arrival> {
    let hour = Hour { seed: 1, journeys, distractors: journeys * 7 / 10, test_calls: 0, start };
    let mut arrivals: Vec<_> = hour.corpus().events.into_iter().filter_map(arrival).collect();
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

fn arrival(json: String) -> Option<Arrival> {
    let event: Value = serde_json::from_str(&json).ok()?;
    let topic = event["detail-type"].as_str()?;
    let class = match of_event(Some(topic))? {
        Handler::FlowMetrics => Class::Attributes,
        _ if topic == cxtrace_span::DETAIL_TYPE => Class::Span,
        _ => Class::Genesys,
    };
    Some(Arrival { at: published(&json)?, class, json })
}

/// Event number `n` of a journey, published at `at`. Two events report a span: its start and its end, each with a point
/// on it. Five systems take turns, and all know the conversation.
pub(crate) fn event(journey: u64, n: u64, at: DateTime<Utc>) -> String {
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let (span, is_end) = (n / 2, n % 2 == 1);
    let (source, namespace, kind) = SOURCES[usize::try_from(span % SOURCES.len() as u64).unwrap_or(0)];
    let started = if is_end { at - STEP } else { at };
    let mut body = json!({
        "key": format!("s{span}"),
        "type": kind,
        "name": "inbound call",
        "started_at": written(started),
        "attributes": {"http.request.method": "GET", "http.response.status_code": "200"},
        "events": [{"name": "answered", "at": written(at)}],
    });
    if is_end {
        body["ended_at"] = json!(written(at));
        body["status"] = json!("ok");
    }
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": cxtrace_span::DETAIL_TYPE,
        "source": format!("com.example.{source}"),
        "account": "123456789012",
        "time": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "source": source,
            "id": format!("{namespace}:{journey:08x}-5f3c-4c1d-8a52-1d6be7f0c9a5"),
            "links": [{"id": conversation(journey)}],
            "observed_at": written(at),
            "span": body,
        },
    })
    .to_string()
}

/// The fact of an event.
pub(crate) fn fact(json: &str) -> Result<Fact, Failure> {
    match cxtrace_sources::read(json, &context()?)? {
        Read::Facts(facts) => facts.into_iter().next().ok_or_else(|| "the event has no fact".into()),
        Read::Foreign { topic } => Err(format!("an event of the topic {topic}").into()),
    }
}

/// The key of pseudonyms for generated numbers.
pub(crate) fn context() -> Result<Context, Failure> {
    let pseudonyms = cxtrace_corpus::reading::pseudonyms().ok_or("the corpus' key is too short")?;
    Ok(Context::new(pseudonyms, cxtrace_span::Allowlist::default()).with_examples())
}

/// Whether event `n` of a journey is the first one with its id.
pub(crate) fn has_new_id(n: u64) -> bool {
    n.is_multiple_of(2) && n / 2 < SOURCES.len() as u64
}

fn conversation(journey: u64) -> String {
    format!("genesys.conversation:{journey:08x}-5f3c-4c1d-8a52-1d6be7f0c9a4")
}
