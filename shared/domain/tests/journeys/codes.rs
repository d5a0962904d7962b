//! Verification codes: which session and which call they join.

use cxtrace_domain::journeys::code::{CodeEvent, MAX_EVENTS, VALID, matches};
use cxtrace_domain::journeys::{Clocks, CodeAct, Fact, Id};

use crate::builder::{FactBuilder, at, conversation, id, source};
use cxtrace_fixtures::MemoryTable;

fn event(act: CodeAct, anchor: &str, seconds: f64) -> CodeEvent {
    let fact = FactBuilder::of("portal", &id(anchor), seconds).fact().id();
    CodeEvent { at: at(seconds), anchor: id(anchor), act, source: source("portal"), fact }
}

/// Issues and uses, each `name:seconds`, and the pairs that belong together.
fn pairs(issued: &[(&str, f64)], used: &[(&str, f64)]) -> Vec<(String, String)> {
    let events = |act, of: &[(&str, f64)]| -> Vec<CodeEvent> {
        of.iter().map(|(name, seconds)| event(act, &format!("web.session:{name}"), *seconds)).collect()
    };
    let mut events = [events(CodeAct::Issued, issued), events(CodeAct::Used, used)].concat();
    let read = |events: &[CodeEvent]| {
        let name = |event: &CodeEvent| event.anchor.value().to_owned();
        let mut pairs: Vec<_> = matches(events).iter().map(|(one, other)| (name(one), name(other))).collect();
        pairs.sort();
        pairs
    };
    let forward = read(&events);
    events.reverse();
    assert_eq!(read(&events), forward);
    forward
}

fn pair(one: &str, other: &str) -> Vec<(String, String)> {
    vec![(one.to_owned(), other.to_owned())]
}

#[test]
fn a_use_belongs_to_the_latest_issue_before_it() {
    assert_eq!(pairs(&[("w1", 0.0), ("w2", 60.0), ("w3", 200.0)], &[("c1", 120.0)]), pair("w2", "c1"));
    assert_eq!(pairs(&[("w1", 130.0)], &[("c1", 120.0)]), []);
}

#[test]
fn a_code_is_used_once() {
    assert_eq!(pairs(&[("w1", 0.0)], &[("c1", 10.0), ("c2", 20.0)]), pair("w1", "c1"));
    // The same call uses it again, which counts as the same use.
    assert_eq!(pairs(&[("w1", 0.0)], &[("c1", 10.0), ("c1", 20.0)]), pair("w1", "c1"));
}

#[test]
fn a_repeated_use_takes_no_other_sessions_code() {
    // Each event of a call contains everything that was set before. 20 minutes later, another session shows the code.
    assert_eq!(pairs(&[("w1", 0.0), ("w2", 1_190.0)], &[("c1", 10.0), ("c1", 1_200.0)]), pair("w1", "c1"));
    assert_eq!(pairs(&[("w2", 1_190.0)], &[("c1", 10.0), ("c1", 1_200.0)]), []);
    // The repetition does not take the code from another session.
    let both = pairs(&[("w1", 0.0), ("w2", 1_190.0)], &[("c1", 10.0), ("c1", 1_200.0), ("c2", 1_210.0)]);
    assert_eq!(both, [pair("w1", "c1"), pair("w2", "c2")].concat());
    // This holds for any number of repetitions, also two at the same time.
    assert_eq!(pairs(&[("w2", 1_190.0)], &[("c1", 10.0), ("c1", 1_200.0), ("c1", 1_200.0)]), []);
    // A day later it counts as a new use.
    assert_eq!(pairs(&[("w2", 86_400.0)], &[("c1", 10.0), ("c1", 86_410.001)]), pair("w2", "c1"));
}

#[test]
fn a_code_that_is_issued_again_can_be_used_again() {
    let both = pairs(&[("w1", 0.0), ("w2", 30.0)], &[("c1", 10.0), ("c2", 40.0)]);
    assert_eq!(both, [pair("w1", "c1"), pair("w2", "c2")].concat());
}

#[test]
fn a_code_is_valid_for_fifteen_minutes_and_no_longer() {
    assert_eq!(pairs(&[("w1", 0.0)], &[("c1", 900.0)]), pair("w1", "c1"));
    assert_eq!(pairs(&[("w1", 0.0)], &[("c1", 900.001)]), []);
    assert_eq!(VALID.num_seconds(), 900);
}

#[test]
fn a_code_shown_by_two_sessions_at_once_joins_neither() {
    assert_eq!(pairs(&[("w1", 0.0), ("w2", 0.0)], &[("c1", 10.0)]), []);
    assert_eq!(pairs(&[("w1", 0.0), ("w1", 0.0)], &[("c1", 10.0)]).len(), 1);
}

#[test]
fn a_walk_accepts_only_matches_inside_its_window() {
    // The day before the last repetition does not contain the first use. So the second one looks like a use of the
    // session's code.
    let (web, call) = (id("web.session:s-81f2"), conversation(1));
    let mut facts = vec![FactBuilder::of("portal", &web, 630.0).code("4711", CodeAct::Issued, 630.0).fact()];
    for used in [0.0, 660.0, 86_700.0] {
        facts.push(FactBuilder::of("genesys", &call, used).code("4711", CodeAct::Used, used).fact());
    }
    for seed in [&web, &call] {
        assert_eq!(MemoryTable::of(&facts).gather(seed, &Clocks::default()).anchors.len(), 1, "{seed}");
    }
}

/// A session, the call that used its code a minute later, and this many uses of the same code from `first` on, at
/// regular intervals.
fn crowd(others: usize, first: f64, step: f64) -> (MemoryTable, [Id; 2]) {
    let (web, call) = (id("web.session:s-81f2"), conversation(1));
    let used = |call: &Id, at: f64| FactBuilder::of("genesys", call, at).code("4711", CodeAct::Used, at).fact();
    let mut facts =
        vec![FactBuilder::of("portal", &web, 0.0).code("4711", CodeAct::Issued, 0.0).fact(), used(&call, 60.0)];
    let others = (0..u32::try_from(others).unwrap()).map(|n| used(&conversation(n + 2), first + step * f64::from(n)));
    facts.extend(others);
    (MemoryTable::of(&facts), [web, call])
}

#[test]
fn a_code_with_too_many_uses_joins_nobody_and_is_quarantined() {
    let (table, pair) = crowd(MAX_EVENTS - 2, -80_000.0, 1.0);
    for seed in &pair {
        let gathered = table.gather(seed, &Clocks::default());
        assert_eq!((gathered.anchors.len(), gathered.quarantined.len()), (2, 0), "{seed}");
    }
    let (table, pair) = crowd(MAX_EVENTS - 1, -80_000.0, 1.0);
    for seed in &pair {
        let gathered = table.gather(seed, &Clocks::default());
        assert_eq!(gathered.anchors.keys().collect::<Vec<_>>(), [seed]);
        assert_eq!(gathered.quarantined.iter().map(Id::to_string).collect::<Vec<_>>(), ["web.code:4711"]);
    }
}

#[test]
fn too_many_uses_on_one_side_prevent_the_join_from_both() {
    // Only the session's window contains the uses after the call, and only the call's window contains those long
    // before.
    for first in [61.0, -86_950.0] {
        let (table, pair) = crowd(MAX_EVENTS, first, 0.1);
        for seed in &pair {
            assert_eq!(table.gather(seed, &Clocks::default()).anchors.len(), 1, "{seed} {first}");
        }
    }
}

#[test]
fn an_anchor_is_not_joined_with_itself() {
    assert_eq!(pairs(&[("w1", 0.0)], &[("w1", 10.0)]), []);
}

#[test]
fn a_code_joins_from_either_side_of_the_walk() {
    let (web, call, other) = (id("web.session:s-81f2"), conversation(1), conversation(2));
    let facts: Vec<Fact> = vec![
        FactBuilder::of("portal", &web, 0.0).code("4711", CodeAct::Issued, 0.0).fact(),
        FactBuilder::of("genesys", &call, 60.0).code("4711", CodeAct::Used, 60.0).fact(),
        // The same digits an hour later belong to another customer.
        FactBuilder::of("genesys", &other, 3_660.0).code("4711", CodeAct::Used, 3_660.0).fact(),
    ];
    let table = MemoryTable::of(&facts);
    let gathered = table.gather(&web, &Clocks::default());
    assert_eq!(gathered.anchors.keys().collect::<Vec<_>>(), [&call, &web]);
    assert_eq!(table.gather(&call, &Clocks::default()), gathered);
    assert_eq!(table.gather(&other, &Clocks::default()).anchors.len(), 1);
}
