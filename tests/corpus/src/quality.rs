//! Measures how well journeys are joined: it compares pairs of anchors in one journey with the truth.
//!
//! *Precision* is the share of joined pairs that belong together. *Recall* is the share of pairs that belong together
//! which are joined, including pairs that no reported fact could join. A pair of anchors counts once.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::journeys::gathered::Edge;
use cxtrace_domain::journeys::handoff::TOLERANCE;
use cxtrace_domain::journeys::{Clocks, Fact, FactId, Gathered, Handoff, HandoffAct, Id, Rule};

use crate::scenarios::{Kind, Label, Truth};

/// Counted pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Pairs that belong together and are joined.
    pub joined: u64,
    /// Pairs that are joined and do not belong together.
    pub wrong: u64,
    /// Pairs that belong together and are not joined, although reported facts could join them.
    pub missed: u64,
    /// Pairs that belong together and are not joined, because no reported fact could join them.
    pub hidden: u64,
}

impl Score {
    /// The share of joined pairs that belong together; 1 when none is joined.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.joined, self.joined + self.wrong)
    }

    /// The share of the pairs that belong together which are joined; 1 when there are none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.joined, self.joined + self.missed + self.hidden)
    }

    /// The recall without the pairs that no reported fact could join.
    #[must_use]
    pub fn recall_of_known(&self) -> f64 {
        share(self.joined, self.joined + self.missed)
    }

    fn add(&mut self, other: Self) {
        self.joined += other.joined;
        self.wrong += other.wrong;
        self.missed += other.missed;
        self.hidden += other.hidden;
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// The result of joining one corpus or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quality {
    /// All pairs.
    pub overall: Score,
    /// By kind of scenario. A wrong pair counts for the kinds of both its anchors.
    pub kinds: BTreeMap<Kind, Score>,
    /// Edges whose only evidence is a phone number.
    pub by_number_alone: u64,
    /// How many true journeys have at least one fact.
    pub true_journeys: u64,
    /// How many journeys were found.
    pub journeys: u64,
    /// How many anchors there are.
    pub anchors: u64,
}

impl Quality {
    /// Compares `journeys`, which were gathered from `facts` with `clocks`, with `truth`.
    #[must_use]
    pub fn of(journeys: &[Gathered], facts: &[Fact], clocks: &Clocks, truth: &Truth) -> Self {
        let mut quality = Self { journeys: journeys.len() as u64, ..Self::default() };
        let mut found: BTreeMap<&Id, usize> = BTreeMap::new();
        for (number, journey) in journeys.iter().enumerate() {
            let labels: Vec<_> = journey.anchors.keys().filter_map(|anchor| truth.get(anchor)).collect();
            quality.anchors += labels.len() as u64;
            quality.score_joined(&labels);
            found.extend(journey.anchors.keys().map(|anchor| (anchor, number)));
        }
        let mut true_journeys: BTreeMap<u32, Vec<(usize, &Label)>> = BTreeMap::new();
        for (anchor, number) in &found {
            if let Some(label) = truth.get(anchor) {
                true_journeys.entry(label.journey).or_default().push((*number, label));
            }
        }
        quality.true_journeys = true_journeys.len() as u64;
        true_journeys.values().for_each(|members| quality.score_apart(members));
        let evidence = HandoffEvidence::of(facts, clocks);
        let edges = journeys.iter().flat_map(|journey| journey.edges.values());
        quality.by_number_alone = edges.filter(|edge| !edge.retracted && !evidence.supports(edge)).count() as u64;
        quality
    }

    fn count(&mut self, kinds: impl IntoIterator<Item = Kind>, score: Score) {
        self.overall.add(score);
        for kind in kinds.into_iter().collect::<BTreeSet<_>>() {
            self.kinds.entry(kind).or_default().add(score);
        }
    }

    /// Scores the pairs that one found journey joins.
    fn score_joined(&mut self, labels: &[&Label]) {
        for (one, other) in pairs(labels) {
            let right = one.journey == other.journey;
            let score = Score { joined: right.into(), wrong: (!right).into(), ..Score::default() };
            self.count([one.kind, other.kind], score);
        }
    }

    /// Scores the pairs of one true journey that are not joined.
    fn score_apart(&mut self, members: &[(usize, &Label)]) {
        for ((found, one), (other_found, other)) in pairs(members) {
            if found != other_found {
                let known = one.part == other.part;
                let score = Score { missed: known.into(), hidden: (!known).into(), ..Score::default() };
                self.count([one.kind], score);
            }
        }
    }

    /// Adds the result of another corpus.
    pub fn add(&mut self, other: &Self) {
        self.overall.add(other.overall);
        for (kind, score) in &other.kinds {
            self.kinds.entry(*kind).or_default().add(*score);
        }
        self.by_number_alone += other.by_number_alone;
        self.true_journeys += other.true_journeys;
        self.journeys += other.journeys;
        self.anchors += other.anchors;
    }
}

fn pairs<T>(all: &[T]) -> impl Iterator<Item = (&T, &T)> {
    all.iter().enumerate().flat_map(move |(index, one)| all.iter().skip(index + 1).map(move |other| (one, other)))
}

/// The hand-offs of all facts, to check whether an edge has more evidence than a phone number.
struct HandoffEvidence<'a> {
    facts: BTreeMap<FactId, &'a Fact>,
    left: BTreeMap<&'a Id, Vec<(&'a Fact, &'a Handoff)>>,
    clocks: &'a Clocks,
}

impl<'a> HandoffEvidence<'a> {
    fn of(facts: &'a [Fact], clocks: &'a Clocks) -> Self {
        let mut left: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for fact in facts {
            let handoffs = fact.handoffs.iter().filter(|handoff| handoff.act == HandoffAct::Left);
            left.entry(&fact.anchor).or_default().extend(handoffs.map(|handoff| (fact, handoff)));
        }
        Self { facts: facts.iter().map(|fact| (fact.id(), fact)).collect(), left, clocks }
    }

    /// Whether an edge has other evidence than a phone number: a shared id, a code, or a hand-off that both sides
    /// report at the same time.
    fn supports(&self, edge: &Edge) -> bool {
        edge.evidence.iter().any(|((rule, _), evidence)| {
            *rule != Rule::NumberHandoff || self.facts.get(&evidence.fact).is_some_and(|fact| self.answers(fact, edge))
        })
    }

    fn answers(&self, arrived: &Fact, edge: &Edge) -> bool {
        let other = if edge.a == arrived.anchor { &edge.b } else { &edge.a };
        let arrivals = arrived.handoffs.iter().filter(|handoff| handoff.act == HandoffAct::Arrived);
        let lefts = || self.left.get(other).into_iter().flatten();
        arrivals.flat_map(|to| lefts().map(move |from| (from, to))).any(|((left, from), to)| {
            let apart = self.clocks.corrected(&arrived.source, to.at) - self.clocks.corrected(&left.source, from.at);
            from.number.hash == to.number.hash && apart.abs() <= TOLERANCE
        })
    }
}
