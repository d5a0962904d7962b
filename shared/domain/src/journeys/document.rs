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
use super::source_limits::Kind;
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
    /// When the customer came. If no source reported that, the start of the first span.
    pub started_at: Time,
    /// When the customer left; absent while the customer is there. If no source reported that, the end of the last span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// The time from start to end, in milliseconds. It is the sum of the parts of [`Self::time`].
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
    /// If a call dropped: how each platform saw the last drop end, the first one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endings: Vec<CallEnding>,
    /// Times that no span covers.
    pub gaps: Vec<Gap>,
    pub insights: Vec<Insight>,
    /// How the customer's time was spent.
    pub time: TimeAccount,
    /// The duration of each part.
    pub segments: Vec<Segment>,
    /// How the sources' clocks were corrected.
    pub clocks: Vec<ClockLine>,
    /// Ids that too many share to be joined by.
    pub quarantined: Vec<Id>,
    /// Ids that sources named and may not prove alone, so nothing was joined by them; at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unconfirmed: Vec<UnconfirmedLine>,
    /// What was left out because a source sent too much of it. Without it, the journey is whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept_out: Vec<KeptOutLine>,
    /// When every source has had the time to report everything.
    pub settles_at: Time,
    /// The number of facts.
    pub facts: usize,
    /// How it ended, in one sentence.
    pub outcome: Ending,
    /// What happened, in plain words. It begins with the outcome and the waiting time.
    pub summary: String,
}

/// How a journey ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    pub kind: EndingKind,
    /// A sentence for people.
    pub text: String,
}

/// The kinds of endings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndingKind {
    /// It goes on.
    InProgress,
    /// Nothing unusual.
    Ended,
    /// The call dropped.
    Dropped,
    /// The customer left while waiting.
    Abandoned,
    /// A transfer reached nobody.
    FailedTransfer,
    /// The last activity failed.
    Fault,
    /// No source reported where the customer was.
    Unknown,
}

/// How the customer's time was spent: each moment from the start of the journey to its end is exactly one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TimeAccount {
    /// The time in queues and on hold, in milliseconds.
    pub waited_ms: i64,
    /// The time of each kind that occurs. The sum is the duration of the journey.
    pub parts: Vec<TimePart>,
    /// The times in order, without overlaps. The last one has no end while the journey goes on, and is in no sum.
    pub stretches: Vec<Stretch>,
}

/// The kinds of the customer's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeKind {
    /// Waiting in a queue.
    Queue,
    /// On hold.
    Hold,
    /// In an IVR, on a web site, writing messages or leaving a voicemail.
    SelfService,
    /// With an AI agent.
    Ai,
    /// With an agent, from the answer on, without holds.
    Agent,
    /// On the way: an agent's phone rings, or a step from one activity to the next.
    Transfer,
    /// No source reported where the customer was.
    Gap,
}

impl TimeKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Queue, Self::Hold, Self::SelfService, Self::Ai, Self::Agent, Self::Transfer, Self::Gap];

    /// Its name in documents and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Hold => "hold",
            Self::SelfService => "self_service",
            Self::Ai => "ai",
            Self::Agent => "agent",
            Self::Transfer => "transfer",
            Self::Gap => "gap",
        }
    }

    /// Whether the customer waits.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Queue | Self::Hold)
    }
}

/// The time of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimePart {
    pub kind: TimeKind,
    pub duration_ms: i64,
}

/// An uninterrupted time of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub kind: TimeKind,
    pub started_at: Time,
    /// Absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

impl Stretch {
    /// Its duration in milliseconds; `None` while it goes on.
    #[must_use]
    pub fn duration_ms(&self) -> Option<i64> {
        self.ended_at.map(|end| (end.0 - self.started_at.0).num_milliseconds())
    }
}

impl TimeAccount {
    /// The time of `kind`, in milliseconds, without a stretch that goes on.
    #[must_use]
    pub fn sum(&self, kind: TimeKind) -> i64 {
        self.stretches.iter().filter(|stretch| stretch.kind == kind).filter_map(Stretch::duration_ms).sum()
    }

    /// The time of `kind` from `from` to `to`, in milliseconds.
    #[must_use]
    pub fn within(&self, kind: TimeKind, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        let first = self.stretches.partition_point(|stretch| stretch.ended_at.is_some_and(|end| end.0 <= from));
        let inside = self.stretches.iter().skip(first).take_while(|stretch| stretch.started_at.0 < to);
        let length = |stretch: &Stretch| {
            let end = stretch.ended_at.map_or(to, |end| end.0.min(to));
            (end - stretch.started_at.0.max(from)).num_milliseconds().max(0)
        };
        inside.filter(|stretch| stretch.kind == kind).map(length).sum()
    }

    /// Whether some of the time was of `kind`, including a stretch that goes on.
    #[must_use]
    pub fn has(&self, kind: TimeKind) -> bool {
        self.stretches.iter().any(|stretch| stretch.kind == kind)
    }
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
    /// The address of its page in the system that issued it, if that is known. Readers add it; assembly does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
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
        Self { namespace: id.namespace().to_string(), value: id.value().to_owned(), role, console: None }
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
    /// Absent while it is open, and if its end was not reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// If no source reported the end, and the span is over: the time by which it had ended, which is the end of its line
    /// or of the journey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Time>,
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

/// An id that joins nothing until a source names it that may prove it alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnconfirmedLine {
    pub id: Id,
    /// The sources that named it.
    pub sources: Vec<Source>,
}

/// What was left out of a journey.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptOutLine {
    pub source: Source,
    /// What.
    pub what: Kind,
    /// How much.
    pub count: usize,
    /// A sentence for people.
    pub text: String,
}

/// A hand-off between two spans.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HandoffLine {
    /// The span before the hand-off.
    pub from: SpanKey,
    /// The span after the hand-off.
    pub to: SpanKey,
}

/// How one platform saw a dropped call end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallEnding {
    pub platform: String,
    /// The span that ended.
    pub span: SpanKey,
    /// When the platform says that it ended.
    pub ended_at: Time,
    /// How much later than the first ending, in milliseconds. Absent for the first one, and for others of which the clocks
    /// cannot tell that they were later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later_ms: Option<i64>,
    /// The reason, in the vendor's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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

/// The duration of a part of the journey. Overlaps count once. The kinds of the customer's time add up to the total.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// `carrier_latency`, `data_retrieval`, a kind of the customer's time, or `total`.
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
