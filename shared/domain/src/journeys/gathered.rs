//! What belongs to one journey: the facts of a connected component, folded as they are read, with the reason for
//! each connection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fact::{Fact, Link, Mention, PointEvent, Role};
use super::id::{Id, JourneyId};
use super::origin::{FactId, Source};
use super::span::{Merged, SpanKey};
use crate::digest::Digest128;

/// The identity of an edge: of the pair of ids that it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EdgeId(Digest128);

impl EdgeId {
    /// The edge between two ids, in either order.
    #[must_use]
    pub fn between(one: &Id, other: &Id) -> Self {
        let (a, b) = if one <= other { (one, other) } else { (other, one) };
        Self(Digest128::of([b"edge".as_slice(), a.to_string().as_bytes(), b.to_string().as_bytes()]))
    }

    /// Reads the 32 hexadecimal digits of [`fmt::Display`].
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Digest128::from_hex(text).map(Self)
    }
}

impl fmt::Display for EdgeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why two ids belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A source proves that they are the same.
    Same,
    /// A source names the one as the other's root.
    Root,
    /// A source names the one as the other's parent.
    Parent,
    /// A source names the one as what came before the other.
    Previous,
    /// A source names the one as related to the other.
    Related,
    /// A source carries the one as a reference in the other.
    Reference,
    /// A code shown in the one was used in the other.
    VerificationCode,
    /// The one was sent to a phone number, and the other answered there.
    NumberHandoff,
}

impl Rule {
    /// How sure it is: 1.0 where a source says so, less where it was concluded.
    #[must_use]
    pub fn confidence(self) -> f64 {
        match self {
            Self::VerificationCode => 0.95,
            Self::NumberHandoff => 0.9,
            _ => 1.0,
        }
    }
}

impl From<Role> for Rule {
    fn from(role: Role) -> Self {
        match role {
            Role::Same => Self::Same,
            Role::Root => Self::Root,
            Role::Parent => Self::Parent,
            Role::Previous => Self::Previous,
            Role::Related => Self::Related,
            Role::Reference => Self::Reference,
        }
    }
}

/// The earliest fact by which a rule of a source joins two ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// When it was observed.
    pub at: DateTime<Utc>,
    /// The fact.
    pub fact: FactId,
}

/// A connection, with everything that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The lesser id.
    pub a: Id,
    /// The greater.
    pub b: Id,
    /// Why, by rule and source.
    pub evidence: BTreeMap<(Rule, Source), Evidence>,
    /// Whether somebody has said that they do not belong together: then it joins nothing.
    pub retracted: bool,
}

/// How long after a call was sent to a number another source says that it was answered there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delay {
    /// Who sent it.
    pub left: Source,
    /// Who answered.
    pub arrived: Source,
    /// By their clocks. It may be negative.
    pub apart: TimeDelta,
    /// The fact of the answer.
    pub fact: FactId,
}

/// What one source told of the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// The first thing.
    pub first: DateTime<Utc>,
    /// The last.
    pub last: DateTime<Utc>,
}

/// The facts of one component, folded. Its size follows the spans, not the facts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// Sources' own ids with facts, each with the earliest time it tells of.
    pub anchors: BTreeMap<Id, DateTime<Utc>>,
    /// Every id in it, and what it is to an anchor; none for what is only an anchor.
    pub ids: BTreeMap<Id, BTreeSet<Role>>,
    /// Its spans.
    pub spans: BTreeMap<SpanKey, Merged>,
    /// Points that are still to be put on a span, with the anchor that they belong to.
    pub point_events: BTreeSet<(Id, PointEvent)>,
    /// Phone numbers.
    pub mentions: BTreeSet<Mention>,
    /// Why it belongs together.
    pub edges: BTreeMap<EdgeId, Edge>,
    /// The edges that somebody has retracted, whichever side tells of them.
    pub cut: BTreeSet<EdgeId>,
    /// Ids with too many edges to be followed, and codes that are used too often to be told apart.
    pub quarantined: BTreeSet<Id>,
    /// Hand-offs that were matched: the span that was left, and the one that arrived, with the sources.
    pub handoffs: BTreeSet<(SpanKey, SpanKey)>,
    /// What calls that were answered here, whoever sent them, say of clocks.
    pub delays: BTreeSet<Delay>,
    /// Which facts.
    pub facts: BTreeSet<FactId>,
    /// What each source told.
    pub sources: BTreeMap<Source, Reported>,
}

impl Gathered {
    /// Folds a fact in. Folding it again changes nothing.
    pub fn take(&mut self, fact: &Fact) {
        let id = fact.id();
        if !self.facts.insert(id) {
            return;
        }
        let earliest = fact.earliest();
        self.anchors.entry(fact.anchor.clone()).and_modify(|at| *at = earliest.min(*at)).or_insert(earliest);
        self.ids.entry(fact.anchor.clone()).or_default();
        for Link { id: other, role } in &fact.links {
            self.ids.entry(other.clone()).or_default().insert(*role);
            let evidence = Evidence { at: fact.observed_at, fact: id };
            self.join(&fact.anchor, other, Rule::from(*role), &fact.source, evidence);
        }
        for observation in &fact.spans {
            let merged = self.spans.entry(observation.key.clone()).or_default();
            merged.observe(observation, &fact.source, fact.observed_at, id);
        }
        self.point_events.extend(fact.point_events.iter().map(|point| (fact.anchor.clone(), point.clone())));
        self.mentions.extend(fact.mentions.iter().cloned());
        let reported = Reported { first: fact.observed_at, last: fact.observed_at };
        self.sources
            .entry(fact.source.clone())
            .and_modify(|all| {
                *all = Reported { first: all.first.min(reported.first), last: all.last.max(reported.last) }
            })
            .or_insert(reported);
    }

    /// Notes that `rule` of `source` joins two ids.
    pub fn join(&mut self, one: &Id, other: &Id, rule: Rule, source: &Source, evidence: Evidence) {
        let (a, b) = if one <= other { (one, other) } else { (other, one) };
        let edge = self.edges.entry(EdgeId::between(a, b)).or_insert_with(|| Edge {
            a: a.clone(),
            b: b.clone(),
            evidence: BTreeMap::new(),
            retracted: false,
        });
        edge.evidence.entry((rule, source.clone())).and_modify(|held| *held = evidence.min(*held)).or_insert(evidence);
    }

    /// The anchor that tells of the earliest time; `None` while there is no fact.
    #[must_use]
    pub fn oldest(&self) -> Option<&Id> {
        self.anchors.iter().min_by_key(|(id, at)| (**at, *id)).map(|(id, _)| id)
    }

    /// The journey's id: that of its oldest anchor. `None` while there is no fact.
    #[must_use]
    pub fn journey(&self) -> Option<JourneyId> {
        self.oldest().map(Id::journey)
    }

    /// What it is made of: a hash of the facts and of the edges that were retracted.
    #[must_use]
    pub fn content(&self) -> Digest128 {
        let facts = self.facts.iter().map(FactId::as_bytes);
        let retracted = self.edges.iter().filter(|(_, edge)| edge.retracted).map(|(id, _)| id.0.as_bytes());
        Digest128::of(facts.chain(retracted).map(<[u8; 16]>::as_slice))
    }
}
