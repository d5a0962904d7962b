//! The journey as everyone reads it: the API, `cxtrace replay --format json` and exports.
//!
//! Times are RFC 3339 in UTC with milliseconds; an absent end means that it is still open. Durations are in
//! milliseconds.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decision::{DecisionAct, Reason};
use super::fact::Role;
use super::gathered::{EdgeId, Rule};
use super::id::{Id, JourneyId};
pub use super::insight_rule::InsightRule;
use super::origin::{FactId, Source};
use super::span::{Outcome, SpanKey, SpanType};

/// A point in time, written with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Self)
    }
}

/// A whole journey.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Journey {
    pub id: JourneyId,
    /// How often it has been settled; 0 before the first time.
    pub revision: u32,
    /// How final it is.
    pub status: Status,
    /// The start of the first span.
    pub started_at: Time,
    /// The end of the last span; absent while a span is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// The time from start to end, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// The platforms, in the order of their first spans.
    pub platforms: Vec<String>,
    /// All ids that identify it.
    pub ids: Vec<NativeId>,
    /// Phone numbers, masked.
    pub phones: Vec<PhoneLine>,
    /// The legs: consecutive times on one platform.
    pub legs: Vec<Leg>,
    pub spans: Vec<Span>,
    /// Hand-offs, each from the end of one span to the start of another.
    pub handoffs: Vec<HandoffLine>,
    /// Times that no span covers.
    pub gaps: Vec<Gap>,
    pub insights: Vec<Insight>,
    /// The duration of each part.
    pub segments: Vec<Segment>,
    /// How the sources' clocks were corrected.
    pub clocks: Vec<ClockLine>,
    /// Ids that too many share to be joined by.
    pub quarantined: Vec<Id>,
    /// When every source has had the time to report everything.
    pub settles_at: Time,
    /// The number of facts.
    pub facts: usize,
    /// What happened, in plain words.
    pub summary: String,
}

/// How final a journey is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Something is still going on.
    Live,
    /// It is over, but a source may still report something.
    Provisional,
    /// It is over, and every source has had the time to report everything.
    Settled,
    /// A fact arrived after it was settled.
    Revised,
}

/// An id of a journey.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeId {
    pub namespace: String,
    pub value: String,
    /// `self` for the source's own id, otherwise the relation to that id.
    pub role: &'static str,
}

impl NativeId {
    /// The id `id` with its relation to an anchor. `None` is an anchor itself.
    #[must_use]
    pub fn of(id: &Id, role: Option<Role>) -> Self {
        let role = match role {
            None => "self",
            Some(Role::Same) => "same",
            Some(Role::Root) => "root",
            Some(Role::Parent) => "parent",
            Some(Role::Previous) => "previous",
            Some(Role::Related) => "related",
            Some(Role::Reference) => "reference",
        };
        Self { namespace: id.namespace().to_string(), value: id.value().to_owned(), role }
    }
}

/// A phone number of a journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhoneLine {
    /// `customer` or `centre`.
    pub party: super::fact::Party,
    /// The masked number, such as `•••• 23`.
    pub masked: String,
}

/// A leg: consecutive time on one platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Its number, counted from 1.
    pub number: usize,
    pub platform: String,
    pub started_at: Time,
    /// Absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// An activity with a duration. If the source's clock was corrected, these are the corrected times, and `raw` has the
/// reported ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    pub key: SpanKey,
    /// The span that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<SpanKey>,
    #[serde(rename = "type")]
    pub span_type: SpanType,
    /// The lane in which it is drawn.
    pub platform: String,
    /// The name that is shown.
    pub name: String,
    pub started_at: Time,
    /// Absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// The reported times, if the source's clock was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawTimes>,
    /// How it ended; absent while it is open or if it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Outcome>,
    /// The reason, in the vendor's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Doubts about it, such as `ends_before_it_starts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<&'static str>,
    /// The sources that observed it.
    pub sources: Vec<Source>,
    pub attributes: BTreeMap<String, String>,
    /// Point events on it.
    pub events: Vec<Event>,
}

/// Times as a source gave them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RawTimes {
    pub started_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// A point in time on a span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    pub name: String,
    pub at: Time,
    pub attributes: BTreeMap<String, String>,
}

/// A hand-off between two spans.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HandoffLine {
    /// The span before the hand-off.
    pub from: SpanKey,
    /// The span after the hand-off.
    pub to: SpanKey,
}

/// A time that no span covers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// The end of the activity before it.
    pub started_at: Time,
    /// The start of the activity after it.
    pub ended_at: Time,
    /// Its class.
    pub class: GapClass,
    /// Why it has this class.
    pub reason: String,
}

/// The class of a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapClass {
    /// A step between two activities usually takes this long.
    ExpectedTransition,
    /// The customer was waiting, as the spans around it show.
    QueueOrHold,
    /// A source may still report what happened.
    DataDelay,
    /// A source should have reported what happened, and did not.
    MissingData,
    /// It is no longer than the difference of two clocks.
    ClockArtefact,
}

/// A finding about the journey, with the spans that show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Insight {
    /// The rule that found it.
    pub rule: InsightRule,
    pub severity: Severity,
    /// A sentence for people.
    pub text: String,
    pub spans: Vec<SpanKey>,
}

/// How bad an insight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// The customer noticed.
    Warning,
    /// The customer was let down.
    Error,
}

/// The duration of a part of the journey. Overlaps count once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// `carrier_latency`, `ivr`, `queue`, `data_retrieval`, `agent` or `total`.
    pub name: &'static str,
    pub duration_ms: i64,
}

/// How the times of one source were corrected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockLine {
    pub source: Source,
    /// By how much its times were moved, in milliseconds. Positive values moved them later.
    pub shift_ms: i64,
    /// The source that it was compared with.
    pub reference: Source,
}

/// Why two ids are in one journey.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EdgeLine {
    /// The edge's id, by which it can be retracted.
    pub id: EdgeId,
    pub a: Id,
    pub b: Id,
    /// Whether it has been retracted. A retracted edge joins nothing.
    pub retracted: bool,
    /// What operators decided about it, the latest first. At most the last twenty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionLine>,
    /// What proves it.
    pub evidence: Vec<EvidenceLine>,
}

/// What an operator decided about an edge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionLine {
    /// What.
    pub act: DecisionAct,
    /// When.
    pub at: Time,
    /// Who: the subject of the decider's token, or a keyed hash of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What proves an edge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceLine {
    pub rule: Rule,
    /// Its confidence, from 0 to 1.
    pub confidence: f64,
    /// The source that reported it.
    pub source: Source,
    /// The fact that reported it; if there are several, the earliest.
    pub fact: FactId,
    /// The time of that report.
    pub at: Time,
}
