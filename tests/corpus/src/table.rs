//! A correlation table in memory: what the real one holds, and how a walk reads it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::code::CodeEvent;
use cxtrace_domain::journeys::handoff::HandoffEvent;
use cxtrace_domain::journeys::walk::MAX_EDGES;
use cxtrace_domain::journeys::{Clocks, CodeUse, Fact, FactId, Gathered, Handoff, Id, Need, Verdict, Walk};
use cxtrace_privacy::Pseudonym;

/// Everything under one id.
#[derive(Debug, Clone, Default)]
struct Shelf {
    facts: BTreeMap<FactId, Fact>,
    neighbours: BTreeSet<Id>,
    cut: BTreeSet<Id>,
}

/// What happened with something, by its time.
type Timeline<T> = BTreeMap<DateTime<Utc>, BTreeSet<T>>;

/// The table. Its content is a function of the set of facts and retractions that it was given.
#[derive(Debug, Clone, Default)]
pub struct Table {
    shelves: BTreeMap<Id, Shelf>,
    codes: BTreeMap<Id, Timeline<CodeEvent>>,
    numbers: BTreeMap<Pseudonym, Timeline<HandoffEvent>>,
}

impl Table {
    /// Stores a fact. Storing it again changes nothing.
    pub fn insert(&mut self, fact: &Fact) {
        let id = fact.id();
        for link in &fact.links {
            self.shelf(&fact.anchor).neighbours.insert(link.id.clone());
            self.shelf(&link.id).neighbours.insert(fact.anchor.clone());
        }
        for CodeUse { code, at, act } in &fact.codes {
            let (at, act) = (*at, *act);
            let event = CodeEvent { at, anchor: fact.anchor.clone(), act, source: fact.source.clone(), fact: id };
            self.codes.entry(code.clone()).or_default().entry(at).or_default().insert(event);
        }
        for Handoff { number, at, act, customer, .. } in &fact.handoffs {
            let event = HandoffEvent {
                at: *at,
                anchor: fact.anchor.clone(),
                act: *act,
                customer: customer.as_ref().map(|customer| customer.hash),
                source: fact.source.clone(),
                fact: id,
            };
            self.numbers.entry(number.hash).or_default().entry(*at).or_default().insert(event);
        }
        self.shelf(&fact.anchor).facts.insert(id, fact.clone());
    }

    /// Cuts the edge between two ids for good.
    pub fn retract(&mut self, one: &Id, other: &Id) {
        self.shelf(one).cut.insert(other.clone());
        self.shelf(other).cut.insert(one.clone());
    }

    fn shelf(&mut self, id: &Id) -> &mut Shelf {
        self.shelves.entry(id.clone()).or_default()
    }

    /// The sources' own ids that something is known of.
    pub fn anchors(&self) -> impl Iterator<Item = &Id> {
        self.shelves.iter().filter(|(_, shelf)| !shelf.facts.is_empty()).map(|(id, _)| id)
    }

    /// The journey that `seed` belongs to.
    #[must_use]
    pub fn gather(&self, seed: &Id, clocks: &Clocks) -> Gathered {
        let mut walk = Walk::from(seed.clone(), clocks.clone());
        loop {
            let needs = walk.needs();
            if needs.is_empty() {
                return walk.finish();
            }
            for need in needs {
                self.answer(&mut walk, &need);
            }
        }
    }

    fn answer(&self, walk: &mut Walk, need: &Need) {
        match need {
            Need::Id(id) => {
                let Some(shelf) = self.shelves.get(id) else { return };
                let neighbours = shelf.neighbours.iter().take(MAX_EDGES + 1).cloned();
                if walk.neighbours(id, shelf.cut.iter().cloned(), neighbours) == Verdict::Wanted {
                    shelf.facts.values().for_each(|fact| walk.fact(fact));
                }
            }
            Need::Code { code, from, to } => walk.codes(need, &within(self.codes.get(code), *from, *to)),
            Need::Number { number, from, to } => walk.handoffs(need, &within(self.numbers.get(number), *from, *to)),
        }
    }

    /// Every journey, by the least of its anchors. Each anchor is in one of them.
    #[must_use]
    pub fn partition(&self, clocks: &Clocks) -> Vec<Gathered> {
        let mut seen = BTreeSet::new();
        let mut journeys = Vec::new();
        for anchor in self.anchors() {
            if !seen.contains(anchor) {
                let journey = self.gather(anchor, clocks);
                seen.extend(journey.anchors.keys().cloned());
                journeys.push(journey);
            }
        }
        journeys
    }
}

fn within<T: Clone>(timeline: Option<&Timeline<T>>, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<T> {
    let days = timeline.into_iter().flat_map(|timeline| timeline.range(from..=to));
    days.flat_map(|(_, events)| events.iter().cloned()).collect()
}
