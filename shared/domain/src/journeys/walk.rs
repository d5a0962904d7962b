//! Finds everything that belongs to one journey, starting from any of its ids. It does no I/O: [`Walk::needs`] says
//! what to read next, and the caller passes in the results.
//!
//! An id that one source links with too many others is a super-connector, such as a test account. The links of this source
//! join nothing there: see [`super::super_connector`]. A retracted edge joins nothing either.
//!
//! A walk that would follow more than [`MAX_IDS`] ids or read more than [`MAX_RANGES`] time ranges starts again, without the
//! links, codes and transfers of the source that has the most of them. So one sender's links cannot hide what others joined, and
//! cost a reader no more than these limits. A walk that reaches an id of [`KnownLimits`] starts again at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::clocks::Clocks;
use super::code::{self, CodeEvent};
use super::decision::{Decision, DecisionAct};
use super::fact::{CodeUse, Fact, Handoff, HandoffAct};
use super::gathered::{Delay, Edge, EdgeId, Evidence, Gathered, Rule};
use super::handoff::{self, HandoffEvent};
use super::id::Id;
use super::origin::{FactId, Source};
use super::source_limits::{Kind, MAX_IDS, MAX_RANGES};
use super::span::SpanKey;
use super::super_connector::{IgnoredSources, Neighbours, Proof};
use super::walk_limits::{KnownLimits, LeftOut, Limits};
use cxtrace_privacy::Pseudonym;

/// Something to be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// What is stored under an id: its retractions, its neighbours, and then its facts.
    Id(Id),
    /// Only what was decided about the edges of an id.
    Decisions(Id),
    /// The events of a code in a time range.
    Code {
        code: Id,
        /// Inclusive.
        from: DateTime<Utc>,
        /// Inclusive.
        to: DateTime<Utc>,
    },
    /// The hand-offs to a number in a time range.
    Number {
        number: Pseudonym,
        /// Only those that report this customer's number.
        customer: Option<Pseudonym>,
        /// Inclusive.
        from: DateTime<Utc>,
        /// Inclusive.
        to: DateTime<Utc>,
    },
}

/// Whether to read an id's facts, once its neighbours are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Read them.
    Wanted,
    /// Do not read them: the id is not joined to the journey.
    Quarantined,
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk {
    seed: Id,
    clocks: Clocks,
    gathered: Gathered,
    asked: BTreeSet<Need>,
    pending: Vec<Need>,
    /// The spans at the ends of hand-offs.
    ends: BTreeMap<HandoffEnd, SpanKey>,
    matched: BTreeSet<(EdgeId, HandoffEnd, HandoffEnd)>,
    /// The customers who were handed to a number in a window, as far as the facts of this journey say.
    customers: BTreeMap<(Pseudonym, Window), BTreeSet<Pseudonym>>,
    /// The windows in which a number has too many ends of hand-offs.
    crowded: BTreeSet<(Pseudonym, Window)>,
    /// Hand-offs, with the windows in which they were found.
    handed: WindowedPairs<HandoffEvent>,
    /// Hand-offs that cannot be matched before what was decided about their ends is known.
    undecided: Vec<(Need, Vec<HandoffEvent>)>,
    /// The ids whose decisions are known.
    decided: BTreeSet<Id>,
    /// What was decided about edges, whether they touch this journey or not.
    decisions: BTreeMap<EdgeId, BTreeSet<Decision>>,
    /// Uses of codes, with the windows in which they were found.
    used: WindowedPairs<CodeEvent>,
    /// Clock readings from answered calls, each with the anchor of the answer.
    delays: BTreeSet<(Id, Delay)>,
    /// Derived edges that do not touch this journey yet.
    pending_edges: BTreeSet<DerivedEdge>,
    /// The ids that were read, each with the sources whose links join nothing there.
    ignored: BTreeMap<Id, IgnoredSources>,
    /// How each id was reached from the journey.
    proofs: BTreeMap<Id, BTreeSet<Proof>>,
    /// The ids that were read and do not belong to the journey so far.
    rejected: BTreeSet<Id>,
    /// The number of ids that were asked for.
    ids: usize,
    /// The number of time ranges that were asked for.
    ranges: usize,
    /// How many time ranges the facts of each source asked for.
    ranges_of: BTreeMap<Source, usize>,
    /// Whether a limit was reached.
    is_beyond: bool,
    /// The limits that other walks have reached.
    known: Arc<KnownLimits>,
    /// The limit of an id that this walk has reached.
    reached_limit: Option<Arc<Limits>>,
    /// The narrowed walk's rules. `None` in a walk that follows everything.
    narrow: Option<Narrow>,
}

/// How a walk goes on that has reached a limit.
#[derive(Debug, Clone, Default)]
struct Narrow {
    /// The sources that join nothing.
    without: BTreeSet<Source>,
    /// The edges that another source proves, as far as the first walk has read. Of the entries of earlier versions, which do not
    /// say who proves them, only these are followed.
    known: BTreeSet<EdgeId>,
    /// The number of ids that all walks before asked for.
    ids: usize,
    /// What the walks before left out.
    left_out: LeftOut,
}

/// One end of a hand-off: the fact that reports it, and the time.
type HandoffEnd = (FactId, DateTime<Utc>, HandoffAct);

/// A time range, both ends inclusive.
type Window = (DateTime<Utc>, DateTime<Utc>);

/// Pairs that belong together, each with the windows in which it was found.
///
/// A window contains everything that matters for an event in its middle, but not for an event at its edges. So a pair
/// counts only if it is found in the windows of both its ends. The result does not depend on the start of the walk.
#[derive(Debug)]
struct WindowedPairs<E>(BTreeMap<(E, E), BTreeSet<Window>>);

impl<E: Clone + Ord> WindowedPairs<E> {
    fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    /// Notes that a pair with these windows was found in one of them. Returns whether both have been found.
    fn in_both(&mut self, (one, other): (&E, &E), windows: &[Window; 2], here: Window) -> bool {
        let found = self.0.entry((one.clone(), other.clone())).or_default();
        found.insert(here);
        windows.iter().all(|window| found.contains(window))
    }
}

/// An edge that no source reports. It is derived from codes or hand-offs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct DerivedEdge {
    one: Id,
    other: Id,
    rule: Rule,
    source: Source,
    evidence: Evidence,
    /// The sources of both its ends.
    proof: Proof,
}

impl Walk {
    /// A walk from `seed`, with the known offsets of `clocks`.
    #[must_use]
    pub fn from(seed: Id, clocks: Clocks) -> Self {
        let mut walk = Self {
            seed: seed.clone(),
            clocks,
            gathered: Gathered::default(),
            asked: BTreeSet::new(),
            pending: Vec::new(),
            ends: BTreeMap::new(),
            matched: BTreeSet::new(),
            customers: BTreeMap::new(),
            crowded: BTreeSet::new(),
            handed: WindowedPairs::nothing(),
            undecided: Vec::new(),
            decided: BTreeSet::new(),
            decisions: BTreeMap::new(),
            used: WindowedPairs::nothing(),
            delays: BTreeSet::new(),
            pending_edges: BTreeSet::new(),
            ignored: BTreeMap::new(),
            proofs: BTreeMap::new(),
            rejected: BTreeSet::new(),
            ids: 0,
            ranges: 0,
            ranges_of: BTreeMap::new(),
            is_beyond: false,
            known: Arc::default(),
            reached_limit: None,
            narrow: None,
        };
        walk.ask(Need::Id(seed));
        walk
    }

    /// A walk that does not read again what reached a limit before.
    #[must_use]
    pub fn knowing(self, known: Arc<KnownLimits>) -> Self {
        let reached_limit = known.of(&self.seed).cloned();
        Self { is_beyond: reached_limit.is_some(), reached_limit, known, ..self }
    }

    /// What to read next. All of it may be read at once. Empty when the walk is finished.
    pub fn needs(&mut self) -> Vec<Need> {
        if std::mem::take(&mut self.is_beyond)
            && let Some(narrowed) = self.narrowed()
        {
            *self = narrowed;
        }
        std::mem::take(&mut self.pending)
    }

    fn ask(&mut self, need: Need) {
        if self.asked.contains(&need) {
            return;
        }
        let (count, max) = match need {
            Need::Id(_) => (&mut self.ids, MAX_IDS),
            Need::Code { .. } | Need::Number { .. } | Need::Decisions(_) => (&mut self.ranges, MAX_RANGES),
        };
        if *count >= max {
            self.is_beyond = true;
            return;
        }
        *count += 1;
        if let Need::Id(id) = &need
            && let Some(limits) = self.known.of(id)
            && self.narrow.as_ref().is_none_or(|narrow| limits.sources.keys().any(|s| !narrow.without.contains(s)))
        {
            self.reached_limit = Some(Arc::clone(limits));
            self.is_beyond = true;
        }
        self.asked.insert(need.clone());
        self.pending.push(need);
    }

    /// The same walk from its beginning, without the source that asks for most. `None` if no source is left.
    fn narrowed(&self) -> Option<Self> {
        let mut narrow = self.narrow.clone().unwrap_or_default();
        let proving = |edge: &Edge| {
            let sources = edge.evidence.keys().map(|(_, source)| source.clone());
            sources.filter(|source| !narrow.without.contains(source)).collect::<BTreeSet<_>>()
        };
        let proved: Vec<_> = self.gathered.edges.iter().map(|(id, edge)| (*id, proving(edge))).collect();
        let more = match &self.reached_limit {
            Some(limits) => limits.sources.clone(),
            None => {
                let mut asks = self.ranges_of.clone();
                for (_, sources) in proved.iter().filter(|(_, sources)| sources.len() == 1) {
                    sources.iter().for_each(|source| *asks.entry(source.clone()).or_default() += 1);
                }
                let most = asks.into_iter().max_by_key(|(source, count)| (*count, source.clone()))?;
                BTreeMap::from([most])
            }
        };
        let others = proved.iter().filter(|(_, sources)| sources.iter().any(|source| !more.contains_key(source)));
        narrow.known = others.map(|(id, _)| *id).collect();
        narrow.ids = self.reached_limit.as_ref().map_or(narrow.ids + self.ids, |limits| limits.ids.max(narrow.ids));
        narrow.without.extend(more.keys().cloned());
        narrow.left_out.ids.extend(self.ignored.keys().filter(|id| !self.rejected.contains(id)).cloned());
        narrow.left_out.asked = narrow.ids;
        let mut walk = Self::from(self.seed.clone(), self.clocks.clone());
        walk.known = Arc::clone(&self.known);
        walk.gathered.kept_out = self.gathered.kept_out.links();
        for (source, count) in more {
            walk.gathered.kept_out.note(&source, Kind::Links, count);
            narrow.left_out.sources.insert(source, count);
        }
        walk.narrow = Some(narrow);
        Some(walk)
    }

    /// Whether a limit was reached, so that the walk began again without a source's links.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.narrow.is_some()
    }

    /// Notes that a fact of `source` is beyond the limit of its source, and was not folded.
    pub fn keep_out(&mut self, source: &Source) {
        self.gathered.kept_out.note(source, Kind::Facts, 1);
    }

    /// Takes the neighbours of `at`, which come after its decisions and before its facts.
    pub fn neighbours(&mut self, at: &Id, neighbours: Neighbours) -> Verdict {
        self.decided.insert(at.clone());
        let ignored = IgnoredSources::of(&neighbours);
        if !ignored.is_nothing() {
            self.gathered.super_connectors.insert(at.clone(), ignored.sources().collect());
        }
        let accepted = |proofs: &BTreeSet<Proof>| proofs.iter().any(|proof| ignored.accepts(proof));
        // A seed is a journey, whatever links it.
        let belongs = *at == self.seed || self.proofs.get(at).is_some_and(accepted);
        match belongs && !ignored.is_everything() {
            true => self.gathered.quarantined.remove(at),
            false => self.gathered.quarantined.insert(at.clone()),
        };
        let here = ignored.clone();
        self.ignored.insert(at.clone(), ignored);
        if !belongs {
            self.rejected.insert(at.clone());
            return Verdict::Quarantined;
        }
        self.rejected.remove(at);
        for (source, other) in neighbours.edges {
            let proof = Proof::from_iter(source);
            if here.accepts(&proof) {
                self.follow(at, other, proof);
            }
        }
        Verdict::Wanted
    }

    /// Takes what was decided about the edge between `at` and `other`. Decisions under an id come before its neighbours.
    pub fn decided(&mut self, at: &Id, other: &Id, decision: Decision) {
        self.decisions.entry(EdgeId::between(at, other)).or_default().insert(decision.clone());
        self.gathered.decide(at, other, decision);
    }

    /// Takes all that was decided about edges of `at`, which need not belong to the journey.
    pub fn decisions(&mut self, at: &Id, decisions: impl IntoIterator<Item = (Id, Decision)>) {
        for (other, decision) in decisions {
            self.decisions.entry(EdgeId::between(at, &other)).or_default().insert(decision);
        }
        self.decided.insert(at.clone());
        for (need, events) in std::mem::take(&mut self.undecided) {
            self.handoffs(&need, &events);
        }
    }

    /// Takes a fact that is stored under a needed id.
    pub fn fact(&mut self, fact: &Fact) {
        let known = self.gathered.facts.len();
        self.gathered.take(fact);
        if self.gathered.facts.len() == known || self.gathered.quarantined.contains(&fact.anchor) {
            return;
        }
        let joins = self.narrow.as_ref().is_none_or(|narrow| !narrow.without.contains(&fact.source));
        let ranges = self.ranges;
        for CodeUse { code, at, act } in fact.codes.iter().filter(|_| joins) {
            let (from, to) = code::window(*at, *act);
            self.ask(Need::Code { code: code.clone(), from, to });
        }
        for Handoff { number, at, act, span, customer, .. } in fact.handoffs.iter().filter(|_| joins) {
            let customer = customer.as_ref().map(|customer| customer.hash);
            self.ask_number(number.hash, customer, handoff::window(*at));
            if let Some(span) = span {
                self.ends.insert((fact.id(), *at, *act), span.clone());
            }
        }
        *self.ranges_of.entry(fact.source.clone()).or_default() += self.ranges - ranges;
        // A derived edge that did not touch this journey before may touch this fact.
        for derived in std::mem::take(&mut self.pending_edges) {
            self.derive_edge(derived);
        }
    }

    /// Takes the events of a code for `need`. Reading [`code::MAX_EVENTS`] + 1 events is enough to detect that there
    /// are too many.
    pub fn codes(&mut self, need: &Need, events: &[CodeEvent]) {
        let Need::Code { code, from, to } = need else { return };
        if events.len() > code::MAX_EVENTS {
            self.gathered.quarantined.insert(code.clone());
        }
        for (issued, used) in code::matches(events) {
            let windows = [issued, used].map(|event| code::window(event.at, event.act));
            if !windows.contains(&(*from, *to)) {
                continue;
            }
            if self.used.in_both((issued, used), &windows, (*from, *to)) {
                self.derive_edge(DerivedEdge {
                    one: issued.anchor.clone(),
                    other: used.anchor.clone(),
                    rule: Rule::VerificationCode,
                    source: used.source.clone(),
                    evidence: Evidence { at: used.at, fact: used.fact },
                    proof: Proof::from([issued.source.clone(), used.source.clone()]),
                });
            }
            for (from, to) in windows {
                self.ask(Need::Code { code: code.clone(), from, to });
            }
        }
    }

    /// Asks for the hand-offs to a number. If they are too many, asks for those of `customer`.
    fn ask_number(&mut self, number: Pseudonym, customer: Option<Pseudonym>, (from, to): Window) {
        self.ask(Need::Number { number, customer: None, from, to });
        let Some(customer) = customer else { return };
        self.customers.entry((number, (from, to))).or_default().insert(customer);
        if self.crowded.contains(&(number, (from, to))) {
            self.ask(Need::Number { number, customer: Some(customer), from, to });
        }
    }

    /// Takes the hand-offs of `need`. Reading [`handoff::MAX_ENDS`] + 1 is enough to detect that there are too many. Whether two ends
    /// with one customer's number match depends on the ends with this number alone, so then these are asked for.
    pub fn handoffs(&mut self, need: &Need, events: &[HandoffEvent]) {
        let Need::Number { number, customer, from, to } = need else { return };
        if customer.is_none() && events.len() > handoff::MAX_ENDS {
            self.crowded.insert((*number, (*from, *to)));
            for customer in self.customers.get(&(*number, (*from, *to))).cloned().unwrap_or_default() {
                self.ask_number(*number, Some(customer), (*from, *to));
            }
            return;
        }
        let unknown: Vec<_> =
            handoff::claimants(events).into_iter().filter(|id| !self.decided.contains(id)).cloned().collect();
        if !unknown.is_empty() {
            unknown.into_iter().for_each(|id| self.ask(Need::Decisions(id)));
            self.undecided.push((need.clone(), events.to_vec()));
            return;
        }
        let apart = self.apart();
        for (left, arrived) in handoff::compared(events, &apart) {
            if handoff::window(arrived.at) == (*from, *to) {
                let (sources, apart) = ((left.source.clone(), arrived.source.clone()), arrived.at - left.at);
                let delay = Delay { left: sources.0, arrived: sources.1, apart, fact: arrived.fact };
                self.delays.insert((arrived.anchor.clone(), delay));
            }
        }
        for (left, arrived) in handoff::matches(events, &self.clocks, &apart) {
            let windows = [handoff::window(left.at), handoff::window(arrived.at)];
            if !windows.contains(&(*from, *to)) {
                continue;
            }
            if self.handed.in_both((left, arrived), &windows, (*from, *to)) {
                let end = |event: &HandoffEvent| (event.fact, event.at, event.act);
                self.matched.insert((EdgeId::between(&left.anchor, &arrived.anchor), end(left), end(arrived)));
                self.derive_edge(DerivedEdge {
                    one: left.anchor.clone(),
                    other: arrived.anchor.clone(),
                    rule: Rule::NumberHandoff,
                    source: arrived.source.clone(),
                    evidence: Evidence { at: arrived.at, fact: arrived.fact },
                    proof: Proof::from([left.source.clone(), arrived.source.clone()]),
                });
            }
            let customer = left.customer.filter(|_| left.customer == arrived.customer);
            windows.into_iter().for_each(|window| self.ask_number(*number, customer, window));
        }
    }

    /// The edges that are retracted, as far as this walk knows.
    fn apart(&self) -> handoff::Apart {
        let is_retracted =
            |decisions: &BTreeSet<Decision>| decisions.last().is_some_and(|latest| latest.act == DecisionAct::Retract);
        let retracted = self.decisions.iter().filter(|(_, decisions)| is_retracted(decisions));
        retracted.map(|(edge, _)| *edge).collect()
    }

    /// A window also shows edges of other journeys. Only an edge that touches this journey counts.
    fn derive_edge(&mut self, derived: DerivedEdge) {
        let is_accepted = |id: &Id| self.ignored.get(id).is_none_or(|ignored| ignored.accepts(&derived.proof));
        let ours = |id: &Id| self.gathered.anchors.contains_key(id) && is_accepted(id);
        if !ours(&derived.one) && !ours(&derived.other) {
            self.pending_edges.insert(derived);
            return;
        }
        let DerivedEdge { one, other, rule, source, evidence, proof } = derived;
        self.gathered.join(&one, &other, rule, &source, evidence);
        self.follow(&one, other.clone(), proof.clone());
        self.follow(&other, one, proof);
    }

    /// Asks for `other`, to which an edge leads from `at`.
    fn follow(&mut self, at: &Id, other: Id, proof: Proof) {
        let edge = EdgeId::between(at, &other);
        let holds = self.narrow.as_ref().is_none_or(|narrow| match proof.is_empty() {
            true => narrow.known.contains(&edge),
            false => proof.is_disjoint(&narrow.without),
        });
        if !holds || self.gathered.retracted.contains(&edge) {
            return;
        }
        match self.ignored.get(&other) {
            // It was read and rejected, and this edge holds there.
            Some(ignored) if self.rejected.contains(&other) && ignored.accepts(&proof) => {
                self.rejected.remove(&other);
                self.asked.remove(&Need::Id(other.clone()));
            }
            Some(_) => return,
            None => {}
        }
        self.proofs.entry(other.clone()).or_default().insert(proof);
        self.ask(Need::Id(other));
    }

    /// The number of spans found so far.
    #[must_use]
    pub fn spans(&self) -> usize {
        self.gathered.spans.len()
    }

    /// The facts of the journey.
    #[must_use]
    pub fn finish(mut self) -> Gathered {
        if let Some(narrow) = self.narrow {
            let proves = |edge: &Edge| edge.evidence.keys().any(|(_, source)| !narrow.without.contains(source));
            self.gathered.edges.retain(|id, edge| proves(edge) || self.gathered.retracted.contains(id));
            self.gathered.ids_before_limit = narrow.ids;
            self.gathered.left_out = narrow.left_out;
        }
        for (_, ignored) in self.ignored.iter().filter(|(id, _)| !self.rejected.contains(id)) {
            for source in ignored.sources().flatten() {
                self.gathered.kept_out.note(&source, Kind::LinksOfId, 1);
            }
        }
        let ids = &self.gathered.ids;
        self.gathered.unconfirmed.retain(|id, _| !ids.contains_key(id));
        let retracted = &self.gathered.retracted;
        self.gathered.edges.iter_mut().for_each(|(id, edge)| edge.retracted = retracted.contains(id));
        self.gathered.edges.retain(|_, edge| edge.retracted || !edge.evidence.is_empty());
        let here = self.delays.into_iter().filter(|(anchor, _)| self.gathered.anchors.contains_key(anchor));
        self.gathered.delays = here.map(|(_, delay)| delay).collect();
        for (edge, left, arrived) in &self.matched {
            if let (false, Some(left), Some(arrived)) =
                (self.gathered.retracted.contains(edge), self.ends.get(left), self.ends.get(arrived))
            {
                self.gathered.handoffs.insert((left.clone(), arrived.clone()));
            }
        }
        self.gathered
    }
}
