//! Finding everything that belongs to one journey, from any id of it, without doing I/O: what is to be read next is
//! asked with [`Walk::needs`], and what was read is told back.
//!
//! An id with more than [`MAX_EDGES`] neighbours is a super-connector, such as a test account's: it is
//! quarantined, which means that nothing is joined through it. A cut edge joins nothing either.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::clocks::Clocks;
use super::code::{self, CodeEvent};
use super::fact::{CodeUse, Fact, Handoff, HandoffAct};
use super::gathered::{Delay, EdgeId, Evidence, Gathered, Rule};
use super::handoff::{self, HandoffEvent};
use super::id::Id;
use super::origin::{FactId, Source};
use super::span::SpanKey;
use cxtrace_privacy::Pseudonym;

/// An id with more neighbours than this joins nothing.
pub const MAX_EDGES: usize = 200;

/// Something to be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// What is stored under an id: its cuts, its neighbours, and then its facts.
    Id(Id),
    /// What happened with a code in a time.
    Code {
        /// The code.
        code: Id,
        /// From, inclusive.
        from: DateTime<Utc>,
        /// To, inclusive.
        to: DateTime<Utc>,
    },
    /// The hand-offs to a number in a time.
    Number {
        /// The number.
        number: Pseudonym,
        /// From, inclusive.
        from: DateTime<Utc>,
        /// To, inclusive.
        to: DateTime<Utc>,
    },
}

/// Whether an id's facts are wanted, now that its neighbours are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Read them.
    Wanted,
    /// Do not: nothing is joined through it.
    Quarantined,
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk {
    seed: Id,
    clocks: Clocks,
    gathered: Gathered,
    asked: BTreeSet<Need>,
    open: Vec<Need>,
    /// The spans at the ends of hand-offs.
    ends: BTreeMap<End, SpanKey>,
    matched: BTreeSet<(EdgeId, End, End)>,
    /// Hand-offs, and in which windows they were found.
    handed: WindowedPairs<HandoffEvent>,
    /// Uses of codes, and in which windows they were found.
    used: WindowedPairs<CodeEvent>,
    /// What calls that were answered say of clocks, with the anchor of the answer.
    delays: BTreeSet<(Id, Delay)>,
    /// Joins that touch nothing of this journey yet.
    elsewhere: BTreeSet<DerivedEdge>,
}

/// One end of a hand-off: the fact that tells of it, and when.
type End = (FactId, DateTime<Utc>, HandoffAct);

/// A time, both ends inclusive.
type Window = (DateTime<Utc>, DateTime<Utc>);

/// Pairs that were found to belong together, each with the windows in which it was.
///
/// A window shows everything that matters for what happened in its middle, and not for what happened at its edges. So a
/// pair counts when it is found in the window of each of its ends: whichever of them the walk began with, the answer is
/// the same.
#[derive(Debug)]
struct WindowedPairs<E>(BTreeMap<(E, E), BTreeSet<Window>>);

impl<E: Clone + Ord> WindowedPairs<E> {
    fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    /// Notes that a pair, of these windows, was found in the one. Says whether it was in both by now.
    fn in_both(&mut self, (one, other): (&E, &E), windows: &[Window; 2], here: Window) -> bool {
        let found = self.0.entry((one.clone(), other.clone())).or_default();
        found.insert(here);
        windows.iter().all(|window| found.contains(window))
    }
}

/// A join that no source says: it follows from what happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct DerivedEdge {
    one: Id,
    other: Id,
    rule: Rule,
    source: Source,
    proof: Evidence,
}

impl Walk {
    /// A walk from `seed`, believing `clocks`.
    #[must_use]
    pub fn from(seed: Id, clocks: Clocks) -> Self {
        let mut walk = Self {
            seed: seed.clone(),
            clocks,
            gathered: Gathered::default(),
            asked: BTreeSet::new(),
            open: Vec::new(),
            ends: BTreeMap::new(),
            matched: BTreeSet::new(),
            handed: WindowedPairs::nothing(),
            used: WindowedPairs::nothing(),
            delays: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
        };
        walk.ask(Need::Id(seed));
        walk
    }

    /// What is to be read now; all of it may be read at once. Empty when the walk is over.
    pub fn needs(&mut self) -> Vec<Need> {
        std::mem::take(&mut self.open)
    }

    fn ask(&mut self, need: Need) {
        if self.asked.insert(need.clone()) {
            self.open.push(need);
        }
    }

    /// Tells what stands under `at` before its facts: the ids it was cut from, and its neighbours. Of more than
    /// [`MAX_EDGES`] neighbours one more is enough to know.
    pub fn neighbours(
        &mut self,
        at: &Id,
        cut: impl IntoIterator<Item = Id>,
        neighbours: impl IntoIterator<Item = Id>,
    ) -> Verdict {
        for other in cut {
            self.gathered.cut.insert(EdgeId::between(at, &other));
        }
        let neighbours: BTreeSet<_> = neighbours.into_iter().collect();
        if neighbours.len() > MAX_EDGES {
            self.gathered.quarantined.insert(at.clone());
            // What is asked about is a journey all the same: its own facts, and nothing else's.
            return if *at == self.seed { Verdict::Wanted } else { Verdict::Quarantined };
        }
        for other in neighbours {
            self.follow(at, other);
        }
        Verdict::Wanted
    }

    /// Tells a fact that stands under an id that was asked for.
    pub fn fact(&mut self, fact: &Fact) {
        let known = self.gathered.facts.len();
        self.gathered.take(fact);
        if self.gathered.facts.len() == known || self.gathered.quarantined.contains(&fact.anchor) {
            return;
        }
        for CodeUse { code, at, act } in &fact.codes {
            let (from, to) = code::window(*at, *act);
            self.ask(Need::Code { code: code.clone(), from, to });
        }
        for Handoff { number, at, act, span, .. } in &fact.handoffs {
            let (from, to) = handoff::window(*at);
            self.ask(Need::Number { number: number.hash, from, to });
            if let Some(span) = span {
                self.ends.insert((fact.id(), *at, *act), span.clone());
            }
        }
        // What touched nothing of this journey may touch this.
        for derived in std::mem::take(&mut self.elsewhere) {
            self.derive_edge(derived);
        }
    }

    /// Tells what happened with a code in the time that `need` asked for. Of more than [`code::MAX_EVENTS`] events one more is
    /// enough to know.
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
                    proof: Evidence { at: used.at, fact: used.fact },
                });
            }
            for (from, to) in windows {
                self.ask(Need::Code { code: code.clone(), from, to });
            }
        }
    }

    /// Tells the hand-offs that `need` asked for. Of more than [`handoff::MAX_ENDS`] one more is enough to know.
    pub fn handoffs(&mut self, need: &Need, events: &[HandoffEvent]) {
        let Need::Number { number, from, to } = need else { return };
        for (left, arrived) in handoff::compared(events) {
            if handoff::window(arrived.at) == (*from, *to) {
                let (sources, apart) = ((left.source.clone(), arrived.source.clone()), arrived.at - left.at);
                let delay = Delay { left: sources.0, arrived: sources.1, apart, fact: arrived.fact };
                self.delays.insert((arrived.anchor.clone(), delay));
            }
        }
        for (left, arrived) in handoff::matches(events, &self.clocks) {
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
                    proof: Evidence { at: arrived.at, fact: arrived.fact },
                });
            }
            for (from, to) in windows {
                self.ask(Need::Number { number: *number, from, to });
            }
        }
    }

    /// A window tells of others' joins too: only what touches this journey counts.
    fn derive_edge(&mut self, derived: DerivedEdge) {
        let ours = |id: &Id| self.gathered.anchors.contains_key(id) && !self.gathered.quarantined.contains(id);
        if !ours(&derived.one) && !ours(&derived.other) {
            self.elsewhere.insert(derived);
            return;
        }
        let DerivedEdge { one, other, rule, source, proof } = derived;
        self.gathered.join(&one, &other, rule, &source, proof);
        self.follow(&one, other.clone());
        self.follow(&other, one);
    }

    fn follow(&mut self, at: &Id, other: Id) {
        if !self.gathered.cut.contains(&EdgeId::between(at, &other)) {
            self.ask(Need::Id(other));
        }
    }

    /// How many spans it has found so far.
    #[must_use]
    pub fn spans(&self) -> usize {
        self.gathered.spans.len()
    }

    /// What belongs to the journey.
    #[must_use]
    pub fn finish(mut self) -> Gathered {
        for id in &self.gathered.cut {
            if let Some(edge) = self.gathered.edges.get_mut(id) {
                edge.retracted = true;
            }
        }
        let here = self.delays.into_iter().filter(|(anchor, _)| self.gathered.anchors.contains_key(anchor));
        self.gathered.delays = here.map(|(_, delay)| delay).collect();
        for (edge, left, arrived) in &self.matched {
            if let (false, Some(left), Some(arrived)) =
                (self.gathered.cut.contains(edge), self.ends.get(left), self.ends.get(arrived))
            {
                self.gathered.handoffs.insert((left.clone(), arrived.clone()));
            }
        }
        self.gathered
    }
}
