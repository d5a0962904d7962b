//! Hand-offs to a number: which calls belong together.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cxtrace_domain::journeys::handoff::{Apart, HandoffEvent, MAX_ENDS, matches, touched};
use cxtrace_domain::journeys::{
    Clocks, Decision, DecisionAct, Fact, HandoffAct, Id, Outcome, Retraction, Role, SpanType,
};

use crate::builder::{FactBuilder, at, conversation, id, key, phone, source};
use crate::reference;
use cxtrace_fixtures::MemoryTable;
use proptest::prelude::*;
use proptest::sample::select;

const NUMBER: &str = "+15555550199";
const WITHHELD: &str = "anonymous";

fn left(by: &str, name: &str, seconds: f64, customer: Option<&str>) -> HandoffEvent {
    end(by, name, HandoffAct::Left, seconds, customer)
}

fn arrived(by: &str, name: &str, seconds: f64, customer: Option<&str>) -> HandoffEvent {
    end(by, name, HandoffAct::Arrived, seconds, customer)
}

fn end(by: &str, name: &str, act: HandoffAct, seconds: f64, customer: Option<&str>) -> HandoffEvent {
    let anchor = id(&format!("{by}.call:{name}"));
    let fact = FactBuilder::of(by, &anchor, seconds).fact().id();
    let is_withheld = customer == Some(WITHHELD);
    let customer = customer.filter(|number| *number != WITHHELD).map(|number| phone(number).hash);
    HandoffEvent {
        at: at(seconds),
        anchor,
        act,
        customer,
        source: source(by),
        fact,
        is_withheld,
        same: BTreeSet::new(),
    }
}

fn pairs(events: &[HandoffEvent], clocks: &Clocks) -> Vec<(String, String)> {
    let name = |event: &HandoffEvent| event.anchor.value().to_owned();
    matches(events, clocks, &Apart::new()).into_iter().map(|(one, other)| (name(one), name(other))).collect()
}

fn joined(events: &[HandoffEvent]) -> usize {
    pairs(events, &Clocks::default()).len()
}

#[test]
fn the_only_call_that_arrives_in_time_is_the_one_that_left() {
    assert_eq!(joined(&[left("ai", "a", 0.0, None), arrived("acd", "b", 5.0, None)]), 1);
    assert_eq!(joined(&[left("ai", "a", 0.0, None), arrived("acd", "b", -5.0, None)]), 1);
    assert_eq!(joined(&[left("ai", "a", 0.0, None), arrived("acd", "b", 5.001, None)]), 0);
}

#[test]
fn two_possible_calls_match_none() {
    let one = left("ai", "a", 0.0, None);
    assert_eq!(joined(&[one.clone(), arrived("acd", "b", 1.0, None), arrived("acd", "c", 4.0, None)]), 0);
    assert_eq!(joined(&[one.clone(), left("ai", "d", 6.0, None), arrived("acd", "b", 3.0, None)]), 0);
    // A call that is reported twice counts once.
    assert_eq!(joined(&[one, arrived("acd", "b", 1.0, None), arrived("acd", "b", 4.0, None)]), 1);
}

/// A carrier and a border controller report the arrival of one call, each under an id of its own.
#[test]
fn one_call_under_two_ids_counts_once() {
    let also =
        |event: HandoffEvent, ids: &[&str]| HandoffEvent { same: ids.iter().map(|text| id(text)).collect(), ..event };
    let one = left("ai", "a", 0.0, None);
    let carrier = also(arrived("carrier", "b", 1.0, None), &["sip.call_id:x"]);
    let sbc = arrived("sbc", "c", 1.5, None);
    assert_eq!(joined(&[one.clone(), carrier.clone(), sbc.clone()]), 0, "nothing shows that they are one call");
    let named = also(sbc.clone(), &["carrier.call:b"]);
    assert_eq!(joined(&[one.clone(), carrier.clone(), named]), 1);
    let shared = also(sbc.clone(), &["sip.call_id:x"]);
    assert_eq!(pairs(&[one.clone(), carrier.clone(), shared], &Clocks::default()), [("a".to_owned(), "b".to_owned())]);
    // Only the third shows that the first two are one.
    let third = also(arrived("acd", "d", 2.0, None), &["sip.call_id:x", "sbc.call:c"]);
    for events in [[carrier.clone(), sbc.clone(), third.clone()], [third, sbc, carrier]] {
        assert_eq!(joined(&[events.as_slice(), std::slice::from_ref(&one)].concat()), 1);
    }
    // A call does not hand itself over.
    let itself = also(arrived("sbc", "c", 1.0, None), &["ai.call:a"]);
    assert_eq!(joined(&[one, itself]), 0);
}

/// Somebody has said that the two ids are not of one call. Then two calls arrived, and neither is known to be the one that left.
#[test]
fn a_retracted_link_makes_two_calls_of_one() {
    let (ai, carrier, sbc) = (id("ai.call:a"), id("carrier.call:b"), id("sbc.call:c"));
    let arrived = |by: &str, anchor: &Id, seconds| {
        FactBuilder::of(by, anchor, seconds).handoff(NUMBER, HandoffAct::Arrived, seconds, None)
    };
    for also in [sbc.clone(), id("sip.call_id:x")] {
        let mut table = MemoryTable::of(&[
            FactBuilder::of("ai", &ai, 0.0).handoff(NUMBER, HandoffAct::Left, 0.0, None).fact(),
            arrived("carrier", &carrier, 1.0).linking(&also, Role::Same).fact(),
            arrived("sbc", &sbc, 1.5).linking(&id("sip.call_id:x"), Role::Same).fact(),
        ]);
        let journeys = |table: &MemoryTable| {
            let parts = table.partition(&Clocks::default());
            parts.iter().map(|part| part.anchors.keys().cloned().collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!(journeys(&table), [[ai.clone(), carrier.clone(), sbc.clone()]]);
        table.retract(&also, &carrier);
        assert_eq!(journeys(&table), [[ai.clone()], [carrier.clone()], [sbc.clone()]]);
        let restored = Decision {
            act: DecisionAct::Restore,
            ..Retraction::between(also.clone(), carrier.clone(), at(9.0)).decision
        };
        table.decide(&Retraction { decision: restored, ..Retraction::between(also.clone(), carrier.clone(), at(9.0)) });
        assert_eq!(journeys(&table), [[ai.clone(), carrier.clone(), sbc.clone()]]);
    }
}

#[test]
fn another_customers_call_does_not_match() {
    let (ann, ben) = (Some("+15555550111"), Some("+15555550122"));
    assert_eq!(joined(&[left("ai", "a", 0.0, ann), arrived("acd", "b", 1.0, ben)]), 0);
    let both = [
        left("ai", "a", 0.0, ann),
        left("ai", "d", 0.5, ben),
        arrived("acd", "b", 1.0, ben),
        arrived("acd", "c", 1.5, ann),
    ];
    assert_eq!(pairs(&both, &Clocks::default()), [("a".to_owned(), "c".to_owned()), ("d".to_owned(), "b".to_owned())]);
}

#[test]
fn a_caller_without_a_number_does_not_make_known_ones_doubtful() {
    let ann = Some("+15555550111");
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let known = [left("ai", "a", 0.0, ann), arrived("acd", "b", 1.0, ann)];
    for rival in [left("ai", "x", 0.5, None), arrived("acd", "x", 0.5, None)] {
        let events = [known.as_slice(), &[rival]].concat();
        assert_eq!(pairs(&events, &Clocks::default()), [pair("a", "b")]);
    }
    // The remaining ends are matched separately.
    let unknown = [left("ai", "c", 2.0, None), arrived("acd", "d", 2.5, None)];
    let events = [known.as_slice(), &unknown].concat();
    assert_eq!(pairs(&events, &Clocks::default()), [pair("a", "b"), pair("c", "d")]);
    // An end that is reported again without the number is not one of them.
    let again = [known.as_slice(), &[left("ai", "a", 0.1, None), arrived("acd", "d", 2.5, None)]].concat();
    assert_eq!(pairs(&again, &Clocks::default()), [pair("a", "b")]);
}

#[test]
fn two_withheld_callers_are_never_joined() {
    let (ann, withheld) = (Some("+15555550111"), Some(WITHHELD));
    assert_eq!(joined(&[left("ai", "a", 0.0, withheld), arrived("acd", "b", 1.0, withheld)]), 0);
    // Where one side shows nothing of the caller, only one call fits.
    for other in [None, ann] {
        assert_eq!(joined(&[left("ai", "a", 0.0, withheld), arrived("acd", "b", 1.0, other)]), 1, "{other:?}");
        assert_eq!(joined(&[left("ai", "a", 0.0, other), arrived("acd", "b", 1.0, withheld)]), 1, "{other:?}");
    }
    // An end is withheld if any report of it says so.
    let again = [left("ai", "a", 0.0, withheld), left("ai", "a", 0.2, None), arrived("acd", "b", 1.0, withheld)];
    assert_eq!(joined(&again), 0);
    // The withheld caller may be the one who left, so the other call that arrives does not match either.
    let two = [left("ai", "a", 0.0, None), arrived("acd", "b", 1.0, withheld), arrived("acd", "c", 1.5, None)];
    assert_eq!(joined(&two), 0);
}

#[test]
fn a_clock_that_is_known_to_be_ahead_is_taken_into_account() {
    let events = [left("ai", "a", 0.0, None), arrived("acd", "b", 31.0, None)];
    assert_eq!(joined(&events), 0);
    let mut clocks = Clocks::default();
    clocks.note(source("acd"), at(-100.0), TimeDelta::seconds(30));
    assert_eq!(pairs(&events, &clocks).len(), 1);
    // A later offset does not apply to earlier times.
    let mut late = Clocks::default();
    late.note(source("acd"), at(100.0), TimeDelta::seconds(30));
    assert_eq!(pairs(&events, &late).len(), 0);
}

#[test]
fn a_busy_number_joins_nothing() {
    let mut events: Vec<_> =
        (0..MAX_ENDS - 2).map(|n| left("ai", &format!("x{n}"), 1_000.0 + n as f64, None)).collect();
    events.extend([left("ai", "a", 0.0, None), arrived("acd", "b", 1.0, None)]);
    assert_eq!(joined(&events), 1);
    events.push(left("ai", "one-more", 5_000.0, None));
    assert_eq!(joined(&events), 0);
}

#[test]
fn a_hand_off_joins_the_journey_and_names_its_spans() {
    let (ai, call) = (id("ai.call:c-1"), conversation(1));
    let facts: Vec<Fact> = vec![
        FactBuilder::span("ai", &ai, SpanType::AiConversation, "talk", 0.0, 60.0)
            .ended(Outcome::Ok, "TRANSFER")
            .handoff(NUMBER, HandoffAct::Left, 60.0, Some("+15555550111"))
            .fact(),
        FactBuilder::span("genesys", &call, SpanType::Telephony, "customer", 61.0, 200.0)
            .handoff(NUMBER, HandoffAct::Arrived, 61.0, None)
            .fact(),
    ];
    let table = MemoryTable::of(&facts);
    let gathered = table.gather(&call, &Clocks::default());
    assert_eq!(gathered, table.gather(&ai, &Clocks::default()));
    let ends = (key("ai", &ai, "talk"), key("genesys", &call, "customer"));
    assert_eq!(gathered.handoffs.into_iter().collect::<Vec<_>>(), [ends]);
}

/// Ends at the edge of one call's window are matched in their own window. Here the second hand-off of `ai.call:c-1` has
/// a rival that the window of the first does not contain.
#[test]
fn both_ends_of_a_hand_off_must_agree_on_it() {
    let (ai, one, rival) = (id("ai.call:c-1"), conversation(1), conversation(2));
    let facts: Vec<Fact> = vec![
        FactBuilder::of("ai", &ai, 0.0).handoff(NUMBER, HandoffAct::Left, 0.0, None).fact(),
        FactBuilder::of("ai", &ai, 126.0).handoff(NUMBER, HandoffAct::Left, 126.0, None).fact(),
        FactBuilder::of("genesys", &one, 127.0).handoff(NUMBER, HandoffAct::Arrived, 127.0, None).fact(),
        FactBuilder::of("genesys", &rival, 130.5).handoff(NUMBER, HandoffAct::Arrived, 130.5, None).fact(),
    ];
    let table = MemoryTable::of(&facts);
    for seed in [&ai, &one, &rival] {
        assert_eq!(table.gather(seed, &Clocks::default()).anchors.len(), 1, "{seed}");
    }
}

#[test]
fn too_many_ends_in_one_window_prevent_the_join_from_both() {
    let (ai, call) = (id("ai.call:c-1"), conversation(1));
    let others = (0..MAX_ENDS).map(|n| {
        let other = id(&format!("ai.call:x-{n}"));
        FactBuilder::of("ai", &other, 132.0).handoff(NUMBER, HandoffAct::Left, 132.0, None).fact()
    });
    let mut facts: Vec<Fact> = vec![
        FactBuilder::of("ai", &ai, 0.0).handoff(NUMBER, HandoffAct::Left, 0.0, None).fact(),
        FactBuilder::of("genesys", &call, 4.0).handoff(NUMBER, HandoffAct::Arrived, 4.0, None).fact(),
    ];
    let anchors = |facts: &[Fact], seed| MemoryTable::of(facts).gather(seed, &Clocks::default()).anchors.len();
    assert_eq!((anchors(&facts, &ai), anchors(&facts, &call)), (2, 2));
    facts.extend(others);
    assert_eq!((anchors(&facts, &ai), anchors(&facts, &call)), (1, 1));
}

/// Calls to a busy line, each of another customer, with this many seconds between them.
fn crowd(calls: usize, apart: f64) -> Vec<Fact> {
    let call = |n: usize| {
        let (other, seconds, customer) = (id(&format!("ai.call:x-{n}")), n as f64 * apart, format!("+1555{n:07}"));
        FactBuilder::of("ai", &other, seconds).handoff(NUMBER, HandoffAct::Left, seconds, Some(&customer)).fact()
    };
    (0..calls).map(call).collect()
}

fn handed(anchor: &Id, act: HandoffAct, seconds: f64, customer: Option<&str>) -> Fact {
    FactBuilder::of("genesys", anchor, seconds).handoff(NUMBER, act, seconds, customer).fact()
}

#[test]
fn at_a_busy_number_two_ends_with_one_customers_number_match_and_no_others() {
    use HandoffAct::{Arrived, Left};
    let (ai, call, other, more) = (id("ai.call:c-1"), conversation(1), conversation(2), conversation(3));
    let [anna, ben] = ["+15555550111", "+15555550122"];
    let joined = |ends: &[Fact]| {
        let facts: Vec<Fact> = crowd(300, 0.9).into_iter().chain(ends.iter().cloned()).collect();
        let table = MemoryTable::of(&facts);
        let gathered = table.gather(&ai, &Clocks::default());
        for member in gathered.anchors.keys() {
            assert_eq!(table.gather(member, &Clocks::default()), gathered, "{member}");
        }
        gathered.anchors.into_keys().filter(|anchor| *anchor != ai).collect::<Vec<_>>()
    };
    let left = |customer| handed(&ai, Left, 130.0, customer);
    let arrived = |anchor, seconds, customer| handed(anchor, Arrived, seconds, customer);
    assert_eq!(joined(&[left(Some(anna)), arrived(&call, 132.0, Some(anna))]), std::slice::from_ref(&call));
    // Another customer at the same time, a withheld number, and an end without a number do not make it doubtful.
    let beside = [arrived(&other, 131.0, Some(ben)), arrived(&more, 131.0, Some(WITHHELD))];
    assert_eq!(
        joined(&[&[left(Some(anna)), arrived(&call, 132.0, Some(anna))], &beside[..]].concat()),
        std::slice::from_ref(&call)
    );
    // A look-alike: the same line at the same time, and another customer.
    assert_eq!(joined(&[left(Some(anna)), arrived(&call, 131.0, Some(ben))]), []);
    // Two calls of one customer.
    let twice = [left(Some(anna)), arrived(&call, 131.0, Some(anna)), arrived(&other, 132.0, Some(anna))];
    assert_eq!(joined(&twice), []);
    // Without the customer's number on both sides, the call cannot be distinguished from the others.
    for customer in [None, Some(WITHHELD)] {
        assert_eq!(joined(&[left(Some(anna)), arrived(&call, 131.0, customer)]), []);
        assert_eq!(joined(&[left(customer), arrived(&call, 131.0, Some(anna))]), []);
        assert_eq!(joined(&[left(customer), arrived(&call, 131.0, customer)]), []);
    }
    // A number that is everybody's.
    let all = (0..MAX_ENDS).map(|n| handed(&id(&format!("ai.call:y-{n}")), Left, 200.0, Some(anna)));
    assert_eq!(joined(&all.chain([left(Some(anna)), arrived(&call, 131.0, Some(anna))]).collect::<Vec<_>>()), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_new_end_changes_only_the_matches_of_the_ends_that_it_touches(
        ends in proptest::collection::vec(
            (
                any::<bool>(),
                0_u32..12,
                select(vec![None, Some("+15555550111"), Some("+15555550122"), Some(WITHHELD)]),
                proptest::option::weighted(0.2, 0_usize..8),
            ),
            2..9,
        ),
    ) {
        let mut after = Vec::new();
        for (n, (is_left, seconds, customer, same)) in ends.into_iter().enumerate() {
            let act = if is_left { HandoffAct::Left } else { HandoffAct::Arrived };
            let same = same.map(|same| id(&format!("ai.call:call-{same}"))).into_iter().collect();
            after.push(HandoffEvent { same, ..end("ai", &format!("call-{n}"), act, f64::from(seconds), customer) });
        }
        let (new, before) = after.split_last().unwrap();
        let partners = |events: &[HandoffEvent], of: &HandoffEvent| -> BTreeSet<Id> {
            let pairs = matches(events, &Clocks::default(), &Apart::new()).into_iter();
            pairs.filter(|pair| pair.0 == of || pair.1 == of).flat_map(|pair| [pair.0.anchor.clone(), pair.1.anchor.clone()]).collect()
        };
        let touched = touched(after.clone(), new.customer);
        for end in before.iter().filter(|end| !touched.contains(end)) {
            prop_assert_eq!(partners(before, end), partners(&after, end), "{:?}", end);
        }
        if partners(&after, new).len() > 1 {
            prop_assert!(touched.contains(new));
        }
    }
}

#[test]
fn an_end_touches_nobody_else_while_every_customer_is_known() {
    let [anna, ben] = [Some("+15555550111"), Some("+15555550122")];
    let events = [left("ai", "a", 0.0, anna), arrived("acd", "b", 1.0, anna), left("ai", "c", 1.0, ben)];
    let touched_by = |new: HandoffEvent, events: &[HandoffEvent]| {
        let all = events.iter().cloned().chain([new.clone()]).collect();
        touched(all, new.customer).into_iter().map(|end| end.anchor.value().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(touched_by(arrived("acd", "d", 2.0, ben), &events), ["c", "d"]);
    // A call without a number may be the one of each who left.
    assert_eq!(touched_by(arrived("acd", "d", 2.0, None), &events), ["a", "c", "d"]);
    // Nobody left.
    assert_eq!(touched_by(arrived("acd", "d", 2.0, ben), &events[1..2]), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// The density of calls is such that some windows have too many ends and others have not.
    #[test]
    fn hand_offs_to_a_busy_number_match_the_reference(
        apart in 1.25_f64..1.75,
        everybodys in proptest::option::of(1_usize..4),
        ends in proptest::collection::vec((0_u32..6, any::<bool>(), 0_u32..1_200, select(vec![None, Some("+15555550111"), Some("+15555550122"), Some(WITHHELD)])), 1..30),
    ) {
        let mut facts = crowd(600, apart);
        if let Some(every) = everybodys {
            let shared = (0..600).step_by(every).map(|n| {
                handed(&id(&format!("ai.call:y-{n}")), HandoffAct::Left, 0.3 + f64::from(n as u32) * apart, Some("+15555550122"))
            });
            facts.extend(shared);
        }
        for (n, is_left, seconds, customer) in ends {
            let act = if is_left { HandoffAct::Left } else { HandoffAct::Arrived };
            let end = handed(&conversation(n), act, f64::from(seconds) / 2.0, customer);
            if facts.iter().all(|fact| fact.id() != end.id()) {
                facts.push(end);
            }
        }
        let table = MemoryTable::of(&facts);
        let sets = reference::partition(&facts, &[]);
        for n in 0..6 {
            let call = conversation(n);
            let Some(expected) = sets.iter().find(|set| set.contains(&call)) else { continue };
            let found: BTreeSet<Id> = table.gather(&call, &Clocks::default()).anchors.into_keys().collect();
            prop_assert_eq!(&found, expected);
            for member in found {
                prop_assert_eq!(&table.gather(&member, &Clocks::default()).anchors.into_keys().collect::<BTreeSet<_>>(), expected);
            }
        }
    }
}
