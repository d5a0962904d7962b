//! The extent of a journey: quarantine, retraction, and the evidence of links.

use cxtrace_domain::journeys::document::InsightRule;
use cxtrace_domain::journeys::{Clocks, CodeAct, Fact, Id, Role, Rule, assemble, edges};

use crate::builder::{FactBuilder, at, conversation, id, policy};
use cxtrace_fixtures::MemoryTable;

fn case() -> Id {
    id("crm.case:c-1")
}

/// Conversations that all have the same case.
fn sharing(count: u32) -> Vec<Fact> {
    let one = |n| FactBuilder::of("genesys", &conversation(n), f64::from(n)).linking(&case(), Role::Reference).fact();
    (1..=count).map(one).collect()
}

#[test]
fn two_hundred_may_share_an_id_and_two_hundred_and_one_may_not() {
    let table = MemoryTable::of(&sharing(200));
    assert_eq!(table.gather(&conversation(1), &Clocks::default()).anchors.len(), 200);
    let table = MemoryTable::of(&sharing(201));
    let gathered = table.gather(&conversation(1), &Clocks::default());
    assert_eq!(gathered.anchors.len(), 1);
    assert_eq!(gathered.quarantined.iter().collect::<Vec<_>>(), [&case()]);
    let journey = assemble(&gathered, &policy(), None, at(1_000.0)).unwrap();
    assert_eq!(journey.quarantined, [case()]);
    let [insight] = journey.insights.as_slice() else { panic!("one insight") };
    assert_eq!(insight.rule, InsightRule::QuarantinedId);
    assert_eq!(insight.text, "Too many journeys share the same crm.case, so it joined nothing.");
}

/// One event with two conversations, of a sender that may not prove links alone.
#[test]
fn an_unconfirmed_link_joins_nobody_until_a_source_that_may_prove_it_reports_it() {
    let (one, two) = (conversation(1), conversation(2));
    let own = id("evil.thing:t-1");
    let mut fact = FactBuilder::of("evil", &own, 5.0).linking(&one, Role::Same).linking(&two, Role::Same).fact();
    fact.unconfirmed = [one.clone(), two.clone()].into();
    let calls = [FactBuilder::of("genesys", &one, 1.0).fact(), FactBuilder::of("genesys", &two, 2.0).fact()];
    let mut facts = vec![calls[0].clone(), calls[1].clone(), fact];
    let table = MemoryTable::of(&facts);
    for seed in [&one, &two, &own] {
        let gathered = table.gather(seed, &Clocks::default());
        assert_eq!(gathered.anchors.keys().collect::<Vec<_>>(), [seed]);
        assert!(gathered.edges.is_empty());
    }
    facts.push(FactBuilder::of("genesys", &one, 6.0).linking(&own, Role::Reference).fact());
    let gathered = MemoryTable::of(&facts).gather(&own, &Clocks::default());
    assert_eq!(gathered.anchors.len(), 2, "the conversation's own source names the same link");
}

#[test]
fn a_quarantined_anchor_is_a_journey_of_its_own() {
    let mut facts = sharing(201);
    let own = FactBuilder::of("crm", &case(), 500.0).code("4711", CodeAct::Issued, 500.0).fact();
    facts.push(own);
    facts.push(FactBuilder::of("genesys", &conversation(900), 510.0).code("4711", CodeAct::Used, 510.0).fact());
    let table = MemoryTable::of(&facts);
    assert_eq!(table.gather(&case(), &Clocks::default()).anchors.keys().collect::<Vec<_>>(), [&case()]);
    assert_eq!(table.gather(&conversation(900), &Clocks::default()).anchors.len(), 1);
}

#[test]
fn a_retraction_splits_a_journey_and_is_shown() {
    let (one, two) = (conversation(1), conversation(2));
    let mut table = MemoryTable::of(&sharing(2));
    assert_eq!(table.gather(&one, &Clocks::default()).anchors.len(), 2);
    let before = table.gather(&one, &Clocks::default()).content();
    table.retract(&two, &case());
    let gathered = table.gather(&one, &Clocks::default());
    assert_eq!(gathered.anchors.keys().collect::<Vec<_>>(), [&one]);
    let other = table.gather(&two, &Clocks::default());
    assert_eq!(other.anchors.keys().collect::<Vec<_>>(), [&two]);
    assert_ne!(other.content(), before);
    let lines = edges(&other);
    assert_eq!(lines.iter().map(|line| (line.retracted, &line.a)).collect::<Vec<_>>(), [(true, &case())]);
    // An id that only a retracted edge leads to does not belong to the journey.
    let journey = assemble(&other, &policy(), None, at(1_000.0)).unwrap();
    assert_eq!(journey.ids.iter().map(|id| id.namespace.as_str()).collect::<Vec<_>>(), ["genesys.conversation"]);
}

#[test]
fn a_join_by_a_code_can_be_retracted_too() {
    let (web, call) = (id("web.session:s-1"), conversation(1));
    let mut table = MemoryTable::of(&[
        FactBuilder::of("portal", &web, 0.0).code("4711", CodeAct::Issued, 0.0).fact(),
        FactBuilder::of("genesys", &call, 60.0).code("4711", CodeAct::Used, 60.0).fact(),
    ]);
    table.retract(&web, &call);
    let gathered = table.gather(&web, &Clocks::default());
    assert_eq!(gathered.anchors.len(), 1);
    assert!(edges(&gathered).iter().all(|line| line.retracted));
}

#[test]
fn a_journey_keeps_the_id_of_its_oldest_anchor() {
    let facts = sharing(3);
    let table = MemoryTable::of(&facts);
    let gathered = table.gather(&conversation(3), &Clocks::default());
    assert_eq!(gathered.journey(), Some(conversation(1).journey()));
}

#[test]
fn every_edge_has_a_rule_a_source_and_a_confidence() {
    let facts = [
        FactBuilder::of("genesys", &conversation(1), 9.0).linking(&case(), Role::Reference).fact(),
        FactBuilder::of("genesys", &conversation(1), 5.0).linking(&case(), Role::Reference).fact(),
        FactBuilder::of("crm", &case(), 7.0).linking(&conversation(1), Role::Same).fact(),
    ];
    let lines = edges(&MemoryTable::of(&facts).gather(&case(), &Clocks::default()));
    let [line] = lines.as_slice() else { panic!("one edge") };
    assert_eq!((&line.a, &line.b), (&case(), &conversation(1)));
    let read: Vec<_> = line.evidence.iter().map(|proof| (proof.rule, proof.source.as_str(), proof.at.0)).collect();
    // For one rule and source, the earliest fact counts.
    assert_eq!(read, [(Rule::Reference, "genesys", at(5.0)), (Rule::Same, "crm", at(7.0))]);
    assert!(line.evidence.iter().all(|proof| (proof.confidence - 1.0).abs() < f64::EPSILON));
}

/// Two calls used one code at the same time, and the first in order has it. The walk finds this before it knows that
/// this call belongs to the journey.
#[test]
fn an_early_found_join_is_kept() {
    let (web, first, second) = (id("web.session:s-1"), conversation(1), conversation(2));
    let used = |call: &Id| {
        FactBuilder::of("genesys", call, 60.0)
            .code("4711", CodeAct::Used, 60.0)
            .linking(&case(), Role::Reference)
            .fact()
    };
    let issued = FactBuilder::of("portal", &web, 0.0).code("4711", CodeAct::Issued, 0.0).fact();
    let table = MemoryTable::of(&[issued, used(&first), used(&second)]);
    for seed in [&second, &first, &web] {
        let gathered = table.gather(seed, &Clocks::default());
        assert_eq!(gathered.anchors.keys().collect::<Vec<_>>(), [&first, &second, &web], "{seed}");
    }
}
