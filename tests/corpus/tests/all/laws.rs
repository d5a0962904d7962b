//! Joins depend only on the set of facts: order, repetition and batching change nothing, and the result matches a slow
//! reference.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_corpus::Hour;
use cxtrace_corpus::reading::pseudonyms;
use cxtrace_domain::journeys::{
    Clocks, CodeAct, CodeUse, Fact, Gathered, Handoff, HandoffAct, Id, Link, Role, Rule, Source,
};
use cxtrace_fixtures::{MemoryTable, SeededRng};
use cxtrace_privacy::Telephone;
use proptest::prelude::*;

use crate::quality::{read, start};
use crate::reference;

/// `facts` in another order, some of them repeated.
fn disturbed(facts: &[Fact], rng: &mut SeededRng) -> Vec<Fact> {
    let mut disturbed: Vec<_> = facts.to_vec();
    for fact in facts {
        (0..rng.below(3)).for_each(|_| disturbed.push(fact.clone()));
    }
    for place in (1..disturbed.len()).rev() {
        disturbed.swap(place, rng.below(place as u64 + 1) as usize);
    }
    disturbed
}

/// A table of `facts`, which arrive in batches and are walked in between.
fn in_portions(facts: &[Fact], cuts: &[(Id, Id)], clocks: &Clocks, rng: &mut SeededRng) -> MemoryTable {
    let mut table = MemoryTable::default();
    let mut cuts = cuts.iter();
    let mut rest = facts;
    while !rest.is_empty() {
        let (portion, later) = rest.split_at(rest.len().min(rng.between(1, 9) as usize));
        portion.iter().for_each(|fact| table.insert(fact));
        if let Some((a, b)) = cuts.next() {
            table.retract(a, b);
        }
        drop(table.gather(&portion[0].anchor, clocks));
        rest = later;
    }
    cuts.for_each(|(a, b)| table.retract(a, b));
    table
}

fn anchors(journeys: &[Gathered]) -> BTreeSet<BTreeSet<Id>> {
    journeys.iter().map(|journey| journey.anchors.keys().cloned().collect()).collect()
}

/// Facts of a few sources about a few ids, crowded into ten minutes, so that codes and hand-offs collide.
fn crowd(rng: &mut SeededRng) -> Vec<Fact> {
    let count = rng.between(4, 40);
    (0..count).map(|_| one(rng)).collect()
}

fn one(rng: &mut SeededRng) -> Fact {
    let at = moment(rng);
    let source = rng.pick(&["genesys", "sbc", "web", "outsourcer"]);
    let anchor = id(&format!("{source}.thing:t{}", rng.below(6)));
    let mut fact = Fact::of(Source::read(source).unwrap(), anchor, at, "test");
    match rng.below(4) {
        0 => {
            let other = rng.pick(&["crm.case:c1", "crm.case:c2", "web.thing:t1", "genesys.thing:t2", "trace:x1"]);
            let role = rng.pick(&[Role::Reference, Role::Same, Role::Parent]);
            let link = Link { id: id(other), role };
            fact.links.extend((link.id != fact.anchor).then_some(link));
        }
        1 => {
            let code = id(&format!("web.code:{}", 10 + rng.below(2)));
            let act = rng.pick(&[CodeAct::Issued, CodeAct::Used]);
            fact.codes.push(CodeUse { code, at: at - TimeDelta::minutes(7) * rng.below(3) as i32, act });
        }
        _ => {
            let number = rng.pick(&["+441134960200", "+442079460180"]);
            let customer = rng.pick(&[None, Some("+447700900001"), Some("+447700900002")]).map(telephone);
            let act = rng.pick(&[HandoffAct::Left, HandoffAct::Arrived]);
            let is_withheld = customer.is_none() && rng.below(6) == 0;
            fact.handoffs.push(Handoff { number: telephone(number), at, act, customer, is_withheld, span: None });
        }
    }
    fact
}

fn moment(rng: &mut SeededRng) -> DateTime<Utc> {
    // Coarse, so that times are sometimes equal.
    start() + TimeDelta::milliseconds(500 * rng.below(1_200) as i64)
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

fn telephone(number: &str) -> Telephone {
    Telephone::read(number, &pseudonyms().unwrap()).unwrap()
}

/// Clocks of some sources, which may change in between.
fn clocks(rng: &mut SeededRng) -> Clocks {
    let mut clocks = Clocks::default();
    for source in ["sbc", "outsourcer"] {
        for _ in 0..rng.below(3) {
            let ahead = rng.seconds(0, 20) - TimeDelta::seconds(10);
            clocks.note(Source::read(source).unwrap(), moment(rng), ahead);
        }
    }
    clocks
}

/// Retracted pairs: linked ones, and random ones.
fn cuts(facts: &[Fact], rng: &mut SeededRng) -> Vec<(Id, Id)> {
    let link = |fact: &Fact| Some((fact.anchor.clone(), fact.links.first()?.id.clone()));
    let mut cuts: Vec<_> = facts.iter().filter_map(link).filter(|_| rng.chance(150)).collect();
    for (one, other) in facts.iter().zip(facts.iter().skip(1)) {
        if one.anchor != other.anchor && rng.chance(60) {
            cuts.push((one.anchor.clone(), other.anchor.clone()));
        }
    }
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_a_crowd_of_facts_gives_what_the_slow_way_gives(seed: u64) {
        let mut rng = SeededRng::new(seed, 0);
        let facts = crowd(&mut rng);
        let (clocks, cuts) = (clocks(&mut rng), cuts(&facts, &mut rng));
        let first = in_portions(&facts, &cuts, &clocks, &mut rng).partition(&clocks);
        prop_assert_eq!(anchors(&first), reference::partition(&facts, &cuts, &clocks));

        let other = in_portions(&disturbed(&facts, &mut rng), &cuts, &clocks, &mut rng);
        prop_assert_eq!(&other.partition(&clocks), &first);
        for journey in &first {
            for anchor in journey.anchors.keys() {
                prop_assert_eq!(&other.gather(anchor, &clocks), journey, "from {}", anchor);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_stories_gives_what_the_slow_way_gives(seed: u64) {
        let mut rng = SeededRng::new(seed, 1);
        let corpus = Hour { seed, journeys: 14, distractors: 10, test_calls: 2, start: start() }.corpus();
        let (facts, table) = read(&corpus);
        let first = table.partition(&corpus.clocks);
        prop_assert_eq!(anchors(&first), reference::partition(&facts, &[], &corpus.clocks));
        let other = in_portions(&disturbed(&facts, &mut rng), &[], &corpus.clocks, &mut rng);
        prop_assert_eq!(&other.partition(&corpus.clocks), &first);
    }
}

#[test]
fn crowded_facts_use_every_rule_and_exceed_limits() {
    let (mut rules, mut apart, mut cut) = (std::collections::BTreeMap::new(), 0, 0);
    for seed in 0..200 {
        let mut rng = SeededRng::new(seed, 0);
        let facts = crowd(&mut rng);
        let (clocks, cuts) = (clocks(&mut rng), cuts(&facts, &mut rng));
        let journeys = in_portions(&facts, &cuts, &clocks, &mut rng).partition(&clocks);
        apart += journeys.len();
        for edge in journeys.iter().flat_map(|journey| journey.edges.values()) {
            cut += usize::from(edge.retracted);
            edge.evidence.keys().for_each(|(rule, _)| *rules.entry(*rule).or_insert(0) += 1);
        }
    }
    for rule in [Rule::Same, Rule::Parent, Rule::Reference, Rule::VerificationCode, Rule::NumberHandoff] {
        assert!(rules.get(&rule).is_some_and(|count| *count > 20), "{rule:?} {rules:?}");
    }
    assert!(apart > 300 && cut > 20, "{apart} {cut}");
}

#[test]
fn an_id_with_too_many_neighbours_splits_as_in_the_reference() {
    for (tests, journeys) in [(200, 1), (201, 201)] {
        let fact = |number: u32| {
            let mut fact =
                Fact::of(cxtrace_sources::genesys::SOURCE, id(&format!("genesys.thing:t{number}")), start(), "test");
            fact.links.push(Link { id: id("crm.case:TEST-1"), role: Role::Reference });
            fact
        };
        let facts: Vec<_> = (0..tests).map(fact).collect();
        let mut table = MemoryTable::default();
        facts.iter().for_each(|fact| table.insert(fact));
        let partition = table.partition(&Clocks::default());
        assert_eq!(partition.len(), journeys);
        assert_eq!(anchors(&partition), reference::partition(&facts, &[], &Clocks::default()));
    }
}

#[test]
fn a_retraction_splits_and_no_later_fact_joins_again() {
    let fact = |minute: i64| {
        let at = start() + TimeDelta::minutes(minute);
        let mut fact = Fact::of(cxtrace_sources::genesys::SOURCE, id("genesys.thing:t1"), at, "test");
        fact.links.push(Link { id: id("web.thing:t2"), role: Role::Reference });
        fact
    };
    let other = Fact::of(Source::read("web").unwrap(), id("web.thing:t2"), start(), "test");
    let mut table = MemoryTable::default();
    [&fact(0), &other].into_iter().for_each(|fact| table.insert(fact));
    assert_eq!(table.partition(&Clocks::default()).len(), 1);
    table.retract(&other.anchor, &fact(0).anchor);
    table.insert(&fact(1));
    let partition = table.partition(&Clocks::default());
    assert_eq!(partition.len(), 2);
    assert!(partition.iter().any(|journey| journey.edges.values().any(|edge| edge.retracted)));
}
