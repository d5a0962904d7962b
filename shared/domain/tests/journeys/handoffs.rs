//! Hand-offs to a number: which calls belong together.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cxtrace_domain::journeys::handoff::{Apart, HandoffEvent, MAX_ENDS, matches};
use cxtrace_domain::journeys::{
    Clocks, Decision, DecisionAct, Fact, HandoffAct, Id, Outcome, Retraction, Role, SpanType,
};

use crate::builder::{FactBuilder, at, conversation, id, key, phone, source};
use cxtrace_fixtures::MemoryTable;

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
