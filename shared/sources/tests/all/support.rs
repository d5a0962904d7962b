//! Reads events in tests, and folds several of them.

use cxtrace_domain::journeys::gathered::Gathered;
use cxtrace_domain::journeys::{Fact, Observation};
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::{Context, Read, SourceError};
use serde_json::{Value, json};

pub(crate) const CONVERSATION: &str = "279c39cf-15fa-48e9-b435-f9667f4f96ba";
pub(crate) const SESSION: &str = "a0ada15d-0ab1-4285-a80b-c11663084cd9";
/// A time: 2023-03-05T08:26:40Z.
pub(crate) const AT: i64 = 1_678_004_800_000;

pub(crate) fn context() -> Context {
    context_with("")
}

pub(crate) fn context_with(span_attributes: &str) -> Context {
    Context::new(Pseudonyms::try_new(&[7; 32]).unwrap(), Allowlist::read(span_attributes).unwrap()).with_examples()
}

/// The text of a file under `events`.
pub(crate) fn sample(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../events/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A minimal envelope.
pub(crate) fn envelope(detail_type: &str, detail: &Value) -> String {
    json!({"detail-type": detail_type, "source": "example.telemetry", "time": "2023-03-05T08:26:41Z", "detail": detail})
        .to_string()
}

/// An event of Genesys whose body has `fields` in addition to the ids and the time.
pub(crate) fn genesys(topic: &str, fields: &Value) -> String {
    let mut body = json!({"eventTime": AT, "conversationId": CONVERSATION, "sessionId": SESSION});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let detail = json!({"timestamp": "2023-03-05T08:26:40.262Z", "eventBody": body});
    envelope(&format!("v2.detail.events.conversation.{{id}}.{topic}"), &detail)
}

pub(crate) fn try_facts(json: &str) -> Result<Vec<Fact>, SourceError> {
    match cxtrace_sources::read(json, &context())? {
        Read::Facts(facts) => Ok(facts),
        Read::Foreign { topic } => panic!("{topic} is foreign"),
    }
}

/// The one fact of an event.
pub(crate) fn fact(json: &str) -> Fact {
    let facts = try_facts(json).unwrap();
    let [fact] = facts.as_slice() else { panic!("{facts:?}") };
    fact.clone()
}

/// The one span of an event.
pub(crate) fn span(json: &str) -> Observation {
    let fact = fact(json);
    let [span] = fact.spans.as_slice() else { panic!("{fact:?}") };
    span.clone()
}

/// The field and the problem of an unreadable event.
pub(crate) fn refusal(json: &str) -> String {
    let error = try_facts(json).unwrap_err();
    format!("{} {}", error.field(), error.problem())
}

pub(crate) fn gathered(facts: &[Fact]) -> Gathered {
    let mut gathered = Gathered::default();
    for fact in facts {
        gathered.take(fact);
    }
    gathered
}

/// `millis` after [`AT`], as in a document.
pub(crate) fn at(millis: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(AT + millis).unwrap()
}
