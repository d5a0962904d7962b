//! An independent reference for the partition: it compares every pair of facts and unites sets. It uses nothing of the
//! walk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use cxtrace_domain::journeys::{CodeAct, CodeUse, Fact, Handoff, HandoffAct, Id};

/// An event with a time, reported by a fact of an anchor.
type Said<'a, T> = (&'a Id, &'a T);

/// The sets of anchors that belong together, if clocks are correct.
pub(crate) fn partition(facts: &[Fact], cuts: &[(Id, Id)]) -> BTreeSet<BTreeSet<Id>> {
    let anchors: BTreeSet<&Id> = facts.iter().map(|fact| &fact.anchor).collect();
    let links: BTreeSet<(&Id, &Id)> =
        facts.iter().flat_map(|fact| fact.links.iter().map(|link| (&fact.anchor, &link.id))).collect();
    let mut neighbours: BTreeMap<&Id, BTreeSet<&Id>> = BTreeMap::new();
    for (one, other) in &links {
        neighbours.entry(one).or_default().insert(other);
        neighbours.entry(other).or_default().insert(one);
    }
    let crowded = |id: &Id| neighbours.get(id).is_some_and(|others| others.len() > 200);
    let is_cut = |one: &Id, other: &Id| cuts.iter().any(|(a, b)| (a, b) == (one, other) || (a, b) == (other, one));
    let mut pairs: Vec<(&Id, &Id)> = links.into_iter().collect();
    pairs.extend(codes(facts));
    pairs.extend(numbers(facts));
    let mut sets: Vec<BTreeSet<&Id>> = Vec::new();
    for (one, other) in pairs {
        if !crowded(one) && !crowded(other) && !is_cut(one, other) {
            let (joined, rest): (Vec<_>, Vec<_>) =
                sets.into_iter().partition(|set| set.contains(one) || set.contains(other));
            sets = rest;
            sets.push(joined.into_iter().flatten().chain([one, other]).collect());
        }
    }
    for anchor in &anchors {
        if !sets.iter().any(|set| set.contains(*anchor)) {
            sets.push([*anchor].into());
        }
    }
    let only_anchors = |set: BTreeSet<&Id>| set.intersection(&anchors).map(|id| (*id).clone()).collect();
    sets.into_iter().map(only_anchors).filter(|set: &BTreeSet<Id>| !set.is_empty()).collect()
}

fn codes(facts: &[Fact]) -> Vec<(&Id, &Id)> {
    let all: Vec<Said<'_, _>> =
        facts.iter().flat_map(|fact| fact.codes.iter().map(|code| (&fact.anchor, code))).collect();
    let is_told_again = |user: &Id, usage: &CodeUse| {
        let mut own = all.iter().filter(|(who, code)| *who == user && code.act == usage.act && code.code == usage.code);
        own.any(|(_, other)| other.at < usage.at && usage.at - other.at <= TimeDelta::days(1))
    };
    let all: Vec<_> =
        all.iter().filter(|(user, code)| code.act == CodeAct::Issued || !is_told_again(user, code)).collect();
    let mut pairs = Vec::new();
    for (user, usage) in all.iter().filter(|(_, code)| code.act == CodeAct::Used) {
        let issues = all.iter().filter(|(_, issue)| {
            issue.act == CodeAct::Issued
                && issue.code == usage.code
                && usage.at >= issue.at
                && usage.at - issue.at <= TimeDelta::minutes(15)
        });
        let Some(latest) = issues.clone().map(|(_, issue)| issue.at).max() else { continue };
        let owners: BTreeSet<_> = issues.filter(|(_, issue)| issue.at == latest).map(|(owner, _)| *owner).collect();
        let first_user = all
            .iter()
            .filter(|(_, other)| other.act == CodeAct::Used && other.code == usage.code && other.at >= latest)
            .map(|(other, code)| (code.at, *other))
            .min();
        let owner = owners.first().filter(|_| owners.len() == 1);
        let is_first = first_user.is_some_and(|(_, first)| first == *user);
        pairs.extend(owner.filter(|owner| is_first && ***owner != **user).map(|owner| (*owner, *user)));
    }
    pairs
}

fn numbers(facts: &[Fact]) -> Vec<(&Id, &Id)> {
    let mut ends: Vec<Said<'_, Handoff>> =
        facts.iter().flat_map(|fact| fact.handoffs.iter().map(|handoff| (&fact.anchor, handoff))).collect();
    let near = |one: &Handoff, other: &Handoff| (one.at - other.at).abs() <= TimeDelta::seconds(5);
    let all = ends.clone();
    let is_hidden = |(id, end): &Said<'_, Handoff>| {
        let is_same = |(other, of): &Said<'_, Handoff>| {
            other == id && of.act == end.act && of.number.hash == end.number.hash && near(of, end)
        };
        all.iter().any(|other| other.1.is_withheld && is_same(other))
    };
    // In the five minutes around each end of a pair, there are at most 200 ends that could matter for it.
    let are_few = |known: bool, (_, end): &Said<'_, Handoff>| {
        let hash = |end: &Handoff| end.customer.as_ref().map(|customer| customer.hash);
        let matters = |of: &Handoff| {
            of.number.hash == end.number.hash
                && (of.at - end.at).abs() <= TimeDelta::seconds(145)
                && (!known || hash(of) == hash(end))
        };
        all.iter().filter(|(_, of)| matters(of)).count() <= 200
    };
    let mut pairs = Vec::new();
    // First the ends with the customer's number, then the remaining ones without it.
    for known in [true, false] {
        let found = ends.iter().filter_map(|left| Some((*left, *partner(left, &ends, known)?)));
        let found: Vec<_> = found.filter(|(left, arrived)| known || !(is_hidden(left) && is_hidden(arrived))).collect();
        let countable = found.iter().filter(|(left, arrived)| are_few(known, left) && are_few(known, arrived));
        pairs.extend(countable.map(|(left, arrived)| (left.0, arrived.0)));
        ends.retain(|(id, end)| {
            let mut taken = found.iter().flat_map(|(left, arrived)| [left, arrived]);
            !taken.any(|(other, of)| other == id && of.act == end.act && of.number == end.number && near(of, end))
        });
    }
    pairs
}

/// The only possible other end of `left`. Of several ends of one anchor the first counts, and all ends that match it
/// must belong to one anchor.
fn partner<'a, 'b>(
    left: &Said<'a, Handoff>,
    ends: &'b [Said<'a, Handoff>],
    known: bool,
) -> Option<&'b Said<'a, Handoff>> {
    let fit = |(a, left): &Said<'_, Handoff>, (b, arrived): &Said<'_, Handoff>| {
        let customers = left.customer.as_ref().zip(arrived.customer.as_ref());
        let customers = if known { customers.is_some_and(|(one, other)| one == other) } else { customers.is_none() };
        a != b
            && left.act == HandoffAct::Left
            && arrived.act == HandoffAct::Arrived
            && left.number.hash == arrived.number.hash
            && (left.at - arrived.at).abs() <= TimeDelta::seconds(5)
            && customers
    };
    let arrived = || ends.iter().filter(|arrived| fit(left, arrived));
    let first = arrived().min_by_key(|(_, end)| (end.at, end.customer.as_ref().map(|customer| customer.hash)))?;
    let lefts = ends.iter().filter(|other| fit(other, first)).map(|(id, _)| *id);
    let one = |ids: BTreeSet<&Id>| ids.len() == 1;
    (one(arrived().map(|(id, _)| *id).collect()) && one(lefts.collect())).then_some(first)
}
