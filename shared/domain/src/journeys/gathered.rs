//! Everything that belongs to one journey: the facts of a connected component, folded as they are read, with the
//! evidence for each edge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::decision::{Decision, DecisionAct};
use super::fact::{Fact, Link, Mention, PointEvent, Role};
use super::id::{Id, JourneyId};
use super::origin::{FactId, Source};
use super::source_limits::{KeptOut, Kind, MAX_SPANS_OF_SOURCE};
use super::span::{Merged, SpanKey};
use super::walk_limits::LeftOut;
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
    /// A source names one as the root of the other.
    Root,
    /// A source names one as the parent of the other.
    Parent,
    /// A source names one as the predecessor of the other.
    Previous,
    /// A source names one as related to the other.
    Related,
    /// A source names one as a reference in the other.
    Reference,
    /// A code that was shown in one was used in the other.
    VerificationCode,
    /// One was sent to a phone number, and the other answered there.
    NumberHandoff,
}

impl Rule {
    /// The confidence: 1.0 for a source's statement, less for a conclusion.
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
    pub at: DateTime<Utc>,
    pub fact: FactId,
}

/// An edge, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The lesser id.
    pub a: Id,
    /// The greater id.
    pub b: Id,
    /// The evidence, by rule and source.
    pub evidence: BTreeMap<(Rule, Source), Evidence>,
    /// Whether an operator has retracted it. A retracted edge joins nothing.
    pub retracted: bool,
}

/// The time between one source sending a call to a number and another source answering there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delay {
    /// The source that sent it.
    pub left: Source,
    /// The source that answered.
    pub arrived: Source,
    /// The difference of their times. It may be negative.
    pub apart: TimeDelta,
    /// The fact of the answer.
    pub fact: FactId,
}

/// When one source reported something about the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// The first report.
    pub first: DateTime<Utc>,
    /// The last report.
    pub last: DateTime<Utc>,
}

/// The facts of one component, folded. Its size depends on the number of spans, not of facts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// The sources' own ids, each with the earliest time in its facts.
    pub anchors: BTreeMap<Id, DateTime<Utc>>,
    /// Every id, with its relation to an anchor. An id that is only an anchor has none.
    pub ids: BTreeMap<Id, BTreeSet<Role>>,
    pub spans: BTreeMap<SpanKey, Merged>,
    /// Point events without a span, each with its anchor.
    pub point_events: BTreeSet<(Id, PointEvent)>,
    pub mentions: BTreeSet<Mention>,
    /// The edges, with their evidence.
    pub edges: BTreeMap<EdgeId, Edge>,
    /// The edges that an operator has retracted. Either side knows about them.
    pub retracted: BTreeSet<EdgeId>,
    /// What operators decided about edges.
    pub decisions: BTreeMap<EdgeId, BTreeSet<Decision>>,
    /// Ids with too many edges, and codes with too many uses. They join nothing to this journey.
    pub quarantined: BTreeSet<Id>,
    /// Ids that one source links with too many others, each with these sources. `None` stands for every source. The links of these
    /// sources join nothing there.
    pub super_connectors: BTreeMap<Id, BTreeSet<Option<Source>>>,
    /// Matched hand-offs: the span before it, and the span after it.
    pub handoffs: BTreeSet<(SpanKey, SpanKey)>,
    /// Clock readings from the calls that were answered here.
    pub delays: BTreeSet<Delay>,
    /// The ids of the facts.
    pub facts: BTreeSet<FactId>,
    /// The times of each source's reports.
    pub sources: BTreeMap<Source, Reported>,
    /// The sum of the ids of each source's facts. It changes with every fact that the source adds.
    pub said: BTreeMap<Source, u128>,
    /// The anchors of each source.
    pub anchors_of: BTreeMap<Source, BTreeSet<Id>>,
    /// Ids that sources named and may not prove alone, with these sources. Nothing is joined by them.
    pub unconfirmed: BTreeMap<Id, BTreeSet<Source>>,
    /// What is beyond the limits of a source.
    pub kept_out: KeptOut,
    /// How many ids were read before a limit was reached; 0 if none was.
    pub ids_before_limit: usize,
    /// What was left out because of this limit. Empty if another walk had found it before.
    pub left_out: LeftOut,
    /// How many spans each source has, by the source's name.
    pub spans_of: BTreeMap<String, usize>,
}

impl Gathered {
    /// Folds a fact in. Folding it again changes nothing.
    pub fn take(&mut self, fact: &Fact) {
        let id = fact.id();
        if !self.facts.insert(id) {
            return;
        }
        let said = self.said.entry(fact.source.clone()).or_default();
        *said = said.wrapping_add(u128::from_be_bytes(*id.as_bytes()));
        let earliest = fact.earliest();
        self.anchors.entry(fact.anchor.clone()).and_modify(|at| *at = earliest.min(*at)).or_insert(earliest);
        self.ids.entry(fact.anchor.clone()).or_default();
        self.anchors_of.entry(fact.source.clone()).or_default().insert(fact.anchor.clone());
        for Link { id: other, role } in fact.links.iter().filter(|link| !fact.unconfirmed.contains(&link.id)) {
            self.ids.entry(other.clone()).or_default().insert(*role);
            let evidence = Evidence { at: fact.observed_at, fact: id };
            self.join(&fact.anchor, other, Rule::from(*role), &fact.source, evidence);
        }
        for other in &fact.unconfirmed {
            self.unconfirmed.entry(other.clone()).or_default().insert(fact.source.clone());
        }
        for observation in &fact.spans {
            if !self.spans.contains_key(&observation.key) {
                let count = self.spans_of.entry(observation.key.source().to_owned()).or_default();
                if *count >= MAX_SPANS_OF_SOURCE {
                    self.kept_out.note(&fact.source, Kind::Spans, 1);
                    continue;
                }
                *count += 1;
            }
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

    /// Notes what was decided about the edge between two ids. The latest decision holds. The edge is known from then on, although
    /// the fact that reports it may belong to another journey.
    pub fn decide(&mut self, one: &Id, other: &Id, decision: Decision) {
        let edge = EdgeId::between(one, other);
        self.edge(one, other);
        let decisions = self.decisions.entry(edge).or_default();
        decisions.insert(decision);
        match decisions.last().map(|latest| latest.act) {
            Some(DecisionAct::Retract) => self.retracted.insert(edge),
            _ => self.retracted.remove(&edge),
        };
    }

    /// Notes that `rule` of `source` joins two ids.
    pub fn join(&mut self, one: &Id, other: &Id, rule: Rule, source: &Source, evidence: Evidence) {
        let edge = self.edge(one, other);
        edge.evidence.entry((rule, source.clone())).and_modify(|held| *held = evidence.min(*held)).or_insert(evidence);
    }

    fn edge(&mut self, one: &Id, other: &Id) -> &mut Edge {
        let (a, b) = if one <= other { (one, other) } else { (other, one) };
        self.edges.entry(EdgeId::between(a, b)).or_insert_with(|| Edge {
            a: a.clone(),
            b: b.clone(),
            evidence: BTreeMap::new(),
            retracted: false,
        })
    }

    /// The ids at which the links of a source join nothing, each with the source; `None` stands for every source.
    pub fn quarantines(&self) -> impl Iterator<Item = (&Id, Option<&Source>)> {
        self.super_connectors.iter().flat_map(|(id, sources)| sources.iter().map(move |source| (id, source.as_ref())))
    }

    /// The anchor with the earliest time. `None` if there is no fact.
    #[must_use]
    pub fn oldest(&self) -> Option<&Id> {
        self.anchors.iter().min_by_key(|(id, at)| (**at, *id)).map(|(id, _)| id)
    }

    /// The journey's id: that of its oldest anchor. `None` if there is no fact.
    #[must_use]
    pub fn journey(&self) -> Option<JourneyId> {
        self.oldest().map(Id::journey)
    }

    /// Whether a source links `id` with too many others, or too many observations share it.
    #[must_use]
    pub fn is_shared(&self, id: &Id) -> bool {
        self.quarantined.contains(id) || self.super_connectors.contains_key(id)
    }

    /// The ids that are joined to `seed` by edges that hold, with `seed` itself. Ids that a source links with too many others
    /// are not among them: they belong to many journeys.
    #[must_use]
    pub fn joined_to(&self, seed: &Id) -> BTreeSet<Id> {
        let mut joined = BTreeSet::from([seed.clone()]);
        let holds = |edge: &&Edge| !edge.retracted && ![&edge.a, &edge.b].into_iter().any(|id| self.is_shared(id));
        let edges: Vec<_> = self.edges.values().filter(holds).collect();
        loop {
            let before = joined.len();
            for edge in &edges {
                match (joined.contains(&edge.a), joined.contains(&edge.b)) {
                    (true, false) => drop(joined.insert(edge.b.clone())),
                    (false, true) => drop(joined.insert(edge.a.clone())),
                    _ => {}
                }
            }
            if joined.len() == before {
                return joined;
            }
        }
    }

    /// A hash of the facts and of the retracted edges that they report.
    #[must_use]
    pub fn content(&self) -> Digest128 {
        let facts = self.facts.iter().map(FactId::as_bytes);
        Digest128::of(facts.chain(self.retracted()).map(<[u8; 16]>::as_slice))
    }

    /// The retracted edges that the facts report.
    pub(super) fn retracted(&self) -> impl Iterator<Item = &[u8; 16]> {
        let retracted = self.edges.iter().filter(|(_, edge)| edge.retracted && !edge.evidence.is_empty());
        retracted.map(|(id, _)| id.0.as_bytes())
    }
}
