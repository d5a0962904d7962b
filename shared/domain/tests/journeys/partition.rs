//! Journeys depend only on the set of facts, and match an independent reference.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::{Clocks, CodeAct, Fact, HandoffAct, Id, Role, SpanType, assemble, edges};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::builder::{FactBuilder, at, conversation, id, policy};
use crate::reference;
use cxtrace_fixtures::MemoryTable;

/// The ids of scenarios: few, so that they collide.
fn ids() -> Vec<Id> {
    let other = ["web.session:s-1", "web.session:s-2", "sip.call_id:a1@sbc", "crm.case:c-1", "trace:t-1"];
    (1..=5).map(conversation).chain(other.map(id)).collect()
}

pub(crate) fn facts() -> impl Strategy<Value = FactBuilder> {
    let time = (0_u32..2_400).prop_map(|time| f64::from(time) / 2.0);
    let nothing = (select(ids()), time.clone(), select(vec!["genesys", "sbc", "portal"]));
    let what = (0_u8..10, select(ids()), any::<Index>(), time, any::<bool>(), 0_u8..4);
    (nothing, what).prop_map(|((anchor, now, by), (kind, other, pick, when, flag, third))| {
        let facts = FactBuilder::of(by, &anchor, now);
        let roles = [Role::Same, Role::Root, Role::Parent, Role::Previous, Role::Related, Role::Reference];
        let types =
            [SpanType::Telephony, SpanType::Ivr, SpanType::Queue, SpanType::AgentInteraction, SpanType::Backend];
        match kind {
            0 | 1 if other != anchor => facts.linking(&other, *pick.get(&roles)),
            2 | 3 => {
                let act = if flag { CodeAct::Issued } else { CodeAct::Used };
                facts.code(["4711", "0815"][usize::from(third % 2)], act, when)
            }
            4 | 5 => {
                let act = if flag { HandoffAct::Left } else { HandoffAct::Arrived };
                let customers = [None, Some("+15555550111"), Some("+15555550122"), Some("anonymous")];
                let customer = customers[usize::from(third)];
                facts.observing(*pick.get(&types), "end", Some(now), Some(when)).handoff(
                    "+15555550199",
                    act,
                    when,
                    customer,
                )
            }
            6 => facts.moment("Step", *pick.get(&types), when),
            _ => facts.observing(
                *pick.get(&types),
                ["a", "b", "c", "d"][usize::from(third)],
                Some(now),
                flag.then_some(when),
            ),
        }
    })
}

fn anchors_of(table: &MemoryTable, seed: &Id) -> BTreeSet<Id> {
    table.gather(seed, &Clocks::default()).anchors.into_keys().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: Some(Box::new(proptest::test_runner::FileFailurePersistence::WithSource("regressions"))), ..ProptestConfig::default() })]

    /// For any order, any duplication and any start id, the facts, edges and journey are the same.
    #[test]
    fn a_journey_is_a_function_of_the_set_of_its_facts(facts in proptest::collection::vec(facts(), 1..25), again in proptest::collection::vec(any::<Index>(), 0..10), seed in any::<u64>()) {
        let facts: Vec<Fact> = facts.into_iter().map(FactBuilder::fact).collect();
        let table = MemoryTable::of(&facts);
        let mut shuffled: Vec<&Fact> = facts.iter().chain(again.iter().map(|index| index.get(&facts))).collect();
        // A shuffle without a random generator: by a hash of the position and the seed.
        let place = |n: usize| (n as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let mut order: Vec<usize> = (0..shuffled.len()).collect();
        order.sort_by_key(|n| place(*n));
        shuffled = order.into_iter().map(|n| shuffled[n]).collect();
        let other = MemoryTable::of(shuffled);
        let clocks = Clocks::default();
        for anchor in table.anchors() {
            let gathered = table.gather(anchor, &clocks);
            prop_assert_eq!(&other.gather(anchor, &clocks), &gathered);
            for member in gathered.anchors.keys() {
                prop_assert_eq!(&table.gather(member, &clocks), &gathered);
            }
            // Folding in the opposite order gives the same journey.
            let mut folded = gathered.clone();
            facts.iter().rev().filter(|fact| gathered.anchors.contains_key(&fact.anchor)).for_each(|fact| folded.take(fact));
            prop_assert_eq!(&folded, &gathered);
            let journey = |gathered| assemble(gathered, &policy(), None, at(2_000.0)).map(|journey| serde_json::to_string(&journey).unwrap());
            prop_assert_eq!(journey(&gathered), journey(&other.gather(anchor, &clocks)));
            prop_assert_eq!(edges(&gathered), edges(&other.gather(anchor, &clocks)));
        }
    }

    #[test]
    fn the_partition_matches_the_reference(facts in proptest::collection::vec(facts(), 1..30), cuts in proptest::collection::vec((select(ids()), select(ids())), 0..4)) {
        let facts: Vec<Fact> = facts.into_iter().map(FactBuilder::fact).collect();
        let mut table = MemoryTable::of(&facts);
        cuts.iter().for_each(|(one, other)| table.retract(one, other));
        let found: BTreeSet<BTreeSet<Id>> = table.anchors().map(|anchor| anchors_of(&table, anchor)).collect();
        prop_assert_eq!(found, reference::partition(&facts, &cuts));
    }
}
