//! The journey as everyone reads it: the API, `cxtrace replay --format json` and exports.
//!
//! Times are RFC 3339 in UTC with milliseconds; an absent end means that it is still open. Durations are in
//! milliseconds.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    /// Its id.
    pub id: JourneyId,
    /// How often it has been settled; 0 before the first time.
    pub revision: u32,
    /// How final it is.
    pub status: Status,
    /// The start of its first span.
    pub started_at: Time,
    /// The end of its last; absent while one is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// From start to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Its platforms, in the order in which they appear.
    pub platforms: Vec<String>,
    /// Everything that identifies it.
    pub ids: Vec<NativeId>,
    /// Phone numbers, as they may be read.
    pub phones: Vec<PhoneLine>,
    /// The runs of one platform.
    pub legs: Vec<Leg>,
    /// What took time.
    pub spans: Vec<Span>,
    /// From the end of one span to the start of another that it was handed to.
    pub handoffs: Vec<HandoffLine>,
    /// When nothing took time.
    pub gaps: Vec<Gap>,
    /// What is worth knowing.
    pub insights: Vec<Insight>,
    /// How long each part took.
    pub segments: Vec<Segment>,
    /// How the sources' clocks were corrected.
    pub clocks: Vec<ClockLine>,
    /// Ids that too many share to be joined by.
    pub quarantined: Vec<Id>,
    /// When every source will have told what it has.
    pub settles_at: Time,
    /// How many facts it is made of.
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
    /// It is over, but a source may still tell more.
    Provisional,
    /// Every source has had its time.
    Settled,
    /// A fact has come after that.
    Revised,
}

/// An id of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NativeId {
    /// Its namespace.
    pub namespace: String,
    /// Its value.
    pub value: String,
    /// `self` for what a source calls its own, else what it is to that.
    pub role: &'static str,
}

impl NativeId {
    /// The id `id`, as what it is to an anchor.
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

/// A phone number of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhoneLine {
    /// `customer` or `centre`.
    pub party: super::fact::Party,
    /// `•••• 23`.
    pub masked: String,
}

/// A run of one platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// From 1.
    pub number: usize,
    /// Which.
    pub platform: String,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// Something that took time. Where the source's clock was corrected, these are the corrected times, and `raw` holds
/// what the source said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    /// Its key.
    pub key: SpanKey,
    /// The span that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<SpanKey>,
    /// What it is.
    #[serde(rename = "type")]
    pub span_type: SpanType,
    /// Its lane.
    pub platform: String,
    /// What to call it.
    pub name: String,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// What the source said, where its clock was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawTimes>,
    /// How it ended; absent while it is open or nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Outcome>,
    /// Why, in the vendor's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is doubtful of it: `ends_before_it_starts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<&'static str>,
    /// Who observed it.
    pub sources: Vec<Source>,
    /// What else is known of it.
    pub attributes: BTreeMap<String, String>,
    /// Points on it.
    pub events: Vec<Event>,
}

/// Times as a source gave them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RawTimes {
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// A point on a span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// What.
    pub name: String,
    /// When.
    pub at: Time,
    /// More of it.
    pub attributes: BTreeMap<String, String>,
}

/// A hand-off between two spans.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HandoffLine {
    /// The span that was left.
    pub from: SpanKey,
    /// The span that went on.
    pub to: SpanKey,
}

/// A time that no span covers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// The end of what was before.
    pub started_at: Time,
    /// The start of what came then.
    pub ended_at: Time,
    /// What it is.
    pub class: GapClass,
    /// Why that is thought.
    pub reason: String,
}

/// What a gap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapClass {
    /// What a step from one to the next takes.
    ExpectedTransition,
    /// The customer waited, as far as the spans around tell.
    QueueOrHold,
    /// A source may still tell of it.
    DataDelay,
    /// A source should have told of it, and did not.
    MissingData,
    /// It is no longer than clocks differ.
    ClockArtefact,
}

/// Something worth knowing, with what shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Insight {
    /// Which rule found it.
    pub rule: InsightRule,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in plain words.
    pub text: String,
    /// The spans that show it.
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

/// How long a part of the journey took, overlaps counted once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// `carrier_latency`, `ivr`, `queue`, `data_retrieval`, `agent` or `total`.
    pub name: &'static str,
    /// How long.
    pub duration_ms: i64,
}

/// How the times of one source were corrected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockLine {
    /// Whose.
    pub source: Source,
    /// By how much its times were moved, in milliseconds; positive is later.
    pub shift_ms: i64,
    /// By comparison with whom.
    pub reference: Source,
}

/// Why two ids are in one journey.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EdgeLine {
    /// The edge, as it can be retracted by.
    pub id: EdgeId,
    /// The one id.
    pub a: Id,
    /// The other.
    pub b: Id,
    /// Whether it has been retracted: then it joins nothing.
    pub retracted: bool,
    /// What proves it.
    pub evidence: Vec<EvidenceLine>,
}

/// What proves an edge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceLine {
    /// By which rule.
    pub rule: Rule,
    /// From 0 to 1.
    pub confidence: f64,
    /// Who says so.
    pub source: Source,
    /// In which fact, the first of its kind.
    pub fact: FactId,
    /// When.
    pub at: Time,
}
