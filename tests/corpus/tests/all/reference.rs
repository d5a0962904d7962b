//! A slow reference for joins: all facts at once, every pair compared, and a union-find.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Clocks, CodeAct, CodeUse, Fact, HandoffAct, Id};
use cxtrace_privacy::Pseudonym;

/// The anchors of each journey.
pub(crate) fn partition(facts: &[Fact], cuts: &[(Id, Id)], clocks: &Clocks) -> BTreeSet<BTreeSet<Id>> {
    let mut sets = Sets::default();
    facts.iter().for_each(|fact| drop(sets.root(&fact.anchor)));
    let crowded = crowded(facts);
    let links = facts.iter().flat_map(|fact| fact.links.iter().map(|link| (fact.anchor.clone(), link.id.clone())));
    for (a, b) in links.chain(codes(facts)).chain(handoffs(facts, clocks)) {
        let is_cut = cuts.contains(&(a.clone(), b.clone())) || cuts.contains(&(b.clone(), a.clone()));
        if !is_cut && !crowded.contains(&a) && !crowded.contains(&b) {
            sets.join(&a, &b);
        }
    }
    let anchors: BTreeSet<_> = facts.iter().map(|fact| fact.anchor.clone()).collect();
    let mut journeys: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for anchor in anchors {
        journeys.entry(sets.root(&anchor)).or_default().insert(anchor);
    }
    journeys.into_values().collect()
}

/// Ids with more than 200 neighbours.
fn crowded(facts: &[Fact]) -> BTreeSet<Id> {
    let mut neighbours: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for fact in facts {
        for link in &fact.links {
            neighbours.entry(fact.anchor.clone()).or_default().insert(link.id.clone());
            neighbours.entry(link.id.clone()).or_default().insert(fact.anchor.clone());
        }
    }
    neighbours.into_iter().filter(|(_, all)| all.len() > 200).map(|(id, _)| id).collect()
}

/// A code belongs to the session that last showed it within a quarter of an hour, if it was not used since and not
/// shown by two sessions at once.
fn codes(facts: &[Fact]) -> Vec<(Id, Id)> {
    let all: Vec<_> = facts.iter().flat_map(|fact| fact.codes.iter().map(move |code| (code, &fact.anchor))).collect();
    // A repetition by the same call within a day is not another use.
    let again = |used: &CodeUse, caller: &Id| {
        all.iter().any(|(code, who)| {
            *who == caller
                && (code.act, &code.code) == (CodeAct::Used, &used.code)
                && (used.at - TimeDelta::days(1)..used.at).contains(&code.at)
        })
    };
    let all: Vec<_> =
        all.iter().filter(|(code, who)| code.act == CodeAct::Issued || !again(code, who)).copied().collect();
    let mut joined = Vec::new();
    for (used, caller) in all.iter().filter(|(code, _)| code.act == CodeAct::Used) {
        let same = || all.iter().filter(|(code, _)| code.code == used.code);
        let shown = same().filter(|(code, _)| code.act == CodeAct::Issued && code.at <= used.at);
        let shown: Vec<_> = shown.filter(|(code, _)| used.at - code.at <= TimeDelta::minutes(15)).collect();
        let Some(latest) = shown.iter().map(|(code, _)| code.at).max() else { continue };
        let whose: BTreeSet<_> = shown.iter().filter(|(code, _)| code.at == latest).map(|(_, who)| *who).collect();
        let taken = same().any(|(code, who)| {
            code.act == CodeAct::Used && who != caller && code.at >= latest && (code.at, *who) < (used.at, *caller)
        });
        if let (1, Some(who), false) = (whose.len(), whose.first(), taken) {
            joined.push(((**who).clone(), (**caller).clone()));
        }
    }
    joined
}

struct End<'a> {
    at: DateTime<Utc>,
    raw: DateTime<Utc>,
    act: HandoffAct,
    number: Pseudonym,
    customer: Option<Pseudonym>,
    is_withheld: bool,
    anchor: &'a Id,
}

/// A call that was sent to a number, and a call that was answered there within five seconds, if no other call fits:
/// first by the customer's number, then the remaining ones without it.
fn handoffs(facts: &[Fact], clocks: &Clocks) -> Vec<(Id, Id)> {
    let all = facts.iter().flat_map(|fact| fact.handoffs.iter().map(move |handoff| (fact, handoff)));
    let mut ends: Vec<_> = all
        .map(|(fact, handoff)| End {
            at: clocks.corrected(&fact.source, handoff.at),
            raw: handoff.at,
            act: handoff.act,
            number: handoff.number.hash,
            customer: handoff.customer.as_ref().map(|customer| customer.hash),
            is_withheld: handoff.is_withheld,
            anchor: &fact.anchor,
        })
        .collect();
    let near = |end: &End<'_>, raw: DateTime<Utc>| (end.raw - raw).abs() <= TimeDelta::seconds(5);
    let hidden: Vec<_> =
        ends.iter().filter(|end| end.is_withheld).map(|end| (end.act, end.number, end.anchor, end.raw)).collect();
    let is_hidden = |end: &End<'_>| {
        hidden.iter().any(|(act, number, anchor, raw)| {
            (end.act, end.number, end.anchor) == (*act, *number, *anchor) && near(end, *raw)
        })
    };
    let mut joined = Vec::new();
    for known in [true, false] {
        let mut over = Vec::new();
        for from in ends.iter().filter(|end| end.act == HandoffAct::Left) {
            let Some(to) = partner(from, &ends, known) else { continue };
            if !known && is_hidden(from) && is_hidden(to) {
                continue;
            }
            joined.push((from.anchor.clone(), to.anchor.clone()));
            over.extend([(from.act, from.number, from.anchor, from.raw), (to.act, to.number, to.anchor, to.raw)]);
        }
        ends.retain(|end| {
            !over.iter().any(|(act, number, anchor, raw)| {
                (end.act, end.number, end.anchor) == (*act, *number, *anchor) && near(end, *raw)
            })
        });
    }
    joined
}

/// The only possible other end of `from`.
fn partner<'a, 'b>(from: &End<'a>, ends: &'b [End<'a>], known: bool) -> Option<&'b End<'a>> {
    let fit = |left: &End<'_>, arrived: &End<'_>| {
        let customers = [left.customer, arrived.customer];
        let by_customer =
            if known { customers[0].is_some() && customers[0] == customers[1] } else { customers.contains(&None) };
        let acts = (left.act, arrived.act) == (HandoffAct::Left, HandoffAct::Arrived);
        let near = (arrived.at - left.at).abs() <= TimeDelta::seconds(5);
        acts && near && by_customer && left.number == arrived.number && left.anchor != arrived.anchor
    };
    let answers: Vec<_> = ends.iter().filter(|to| fit(from, to)).collect();
    let first = *answers.iter().min_by_key(|to| (to.raw, to.customer))?;
    let whose: BTreeSet<_> = answers.iter().map(|to| to.anchor).collect();
    let senders: BTreeSet<_> = ends.iter().filter(|other| fit(other, first)).map(|other| other.anchor).collect();
    (whose.len() == 1 && senders.len() == 1).then_some(first)
}

/// A union-find.
#[derive(Default)]
struct Sets(BTreeMap<Id, Id>);

impl Sets {
    fn root(&mut self, id: &Id) -> Id {
        let parent = self.0.entry(id.clone()).or_insert_with(|| id.clone()).clone();
        if parent == *id { parent } else { self.root(&parent) }
    }

    fn join(&mut self, a: &Id, b: &Id) {
        let (a, b) = (self.root(a), self.root(b));
        self.0.insert(a, b);
    }
}
