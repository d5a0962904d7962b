//! A correlation table in memory: what the walk reads, in the form in which it is stored.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::code::CodeEvent;
use cxtrace_domain::journeys::handoff::HandoffEvent;
use cxtrace_domain::journeys::{Clocks, Fact, FactId, Gathered, Id, Need, Verdict, Walk};
use cxtrace_privacy::Pseudonym;

#[derive(Debug, Default)]
pub(crate) struct Table {
    facts: BTreeMap<Id, BTreeMap<FactId, Fact>>,
    neighbours: BTreeMap<Id, BTreeSet<Id>>,
    cuts: BTreeMap<Id, BTreeSet<Id>>,
    codes: BTreeMap<Id, BTreeSet<CodeEvent>>,
    numbers: BTreeMap<Pseudonym, BTreeSet<HandoffEvent>>,
}

impl Table {
    pub(crate) fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut table = Self::default();
        for fact in facts {
            table.insert(fact);
        }
        table
    }

    pub(crate) fn insert(&mut self, fact: &Fact) {
        let id = fact.id();
        self.facts.entry(fact.anchor.clone()).or_default().insert(id, fact.clone());
        for link in &fact.links {
            self.neighbours.entry(fact.anchor.clone()).or_default().insert(link.id.clone());
            self.neighbours.entry(link.id.clone()).or_default().insert(fact.anchor.clone());
        }
        for code in &fact.codes {
            self.codes.entry(code.code.clone()).or_default().insert(CodeEvent {
                at: code.at,
                anchor: fact.anchor.clone(),
                act: code.act,
                source: fact.source.clone(),
                fact: id,
            });
        }
        for handoff in &fact.handoffs {
            self.numbers.entry(handoff.number.hash).or_default().insert(HandoffEvent {
                at: handoff.at,
                anchor: fact.anchor.clone(),
                act: handoff.act,
                customer: handoff.customer.as_ref().map(|customer| customer.hash),
                source: fact.source.clone(),
                fact: id,
            });
        }
    }

    pub(crate) fn cut(&mut self, one: &Id, other: &Id) {
        self.cuts.entry(one.clone()).or_default().insert(other.clone());
        self.cuts.entry(other.clone()).or_default().insert(one.clone());
    }

    pub(crate) fn anchors(&self) -> impl Iterator<Item = &Id> {
        self.facts.keys()
    }

    pub(crate) fn gather(&self, seed: &Id, clocks: &Clocks) -> Gathered {
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
        let within = |at: DateTime<Utc>, from: &DateTime<Utc>, to: &DateTime<Utc>| *from <= at && at <= *to;
        match need {
            Need::Id(id) => {
                let under = |of: &BTreeMap<Id, BTreeSet<Id>>| of.get(id).cloned().unwrap_or_default();
                if walk.neighbours(id, under(&self.cuts), under(&self.neighbours)) == Verdict::Wanted {
                    self.facts.get(id).into_iter().flatten().for_each(|(_, fact)| walk.fact(fact));
                }
            }
            Need::Code { code, from, to } => {
                let events = self.codes.get(code).into_iter().flatten().filter(|event| within(event.at, from, to));
                walk.codes(need, &events.cloned().collect::<Vec<_>>());
            }
            Need::Number { number, from, to } => {
                let events = self.numbers.get(number).into_iter().flatten().filter(|event| within(event.at, from, to));
                walk.handoffs(need, &events.cloned().collect::<Vec<_>>());
            }
        }
    }
}
