//! Merging observations to spans: which value wins.

use cxtrace_domain::journeys::assemble;
use cxtrace_domain::journeys::{Gathered, Outcome, SpanKey, SpanType, assemble::ENDS_BEFORE_IT_STARTS};

use crate::builder::{FactBuilder, at, conversation, gathered, key, policy};

fn facts(session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span("genesys", &conversation(1), SpanType::Queue, session, from, to)
}

fn queue() -> SpanKey {
    key("genesys", &conversation(1), "q")
}

/// The span of all observations, in either order.
fn merged(facts: &[FactBuilder]) -> cxtrace_domain::journeys::span::Merged {
    let forward: Gathered = gathered(facts.iter().cloned());
    let backward = gathered(facts.iter().rev().chain(facts).cloned());
    assert_eq!(forward, backward);
    forward.spans.get(&queue()).unwrap().clone()
}

#[test]
fn the_start_is_the_earliest_that_was_observed_and_the_end_is_the_winners() {
    let span = merged(&[facts("q", 10.0, 50.0), facts("q", 12.0, 40.0).weighing(0, 2)]);
    assert_eq!((span.start(), span.end()), (Some(at(10.0)), Some(at(40.0))));
}

#[test]
fn authority_comes_before_version_and_version_before_time() {
    let span =
        merged(&[facts("q", 0.0, 30.0).weighing(1, 0), facts("q", 0.0, 40.0).weighing(0, 9), facts("q", 0.0, 50.0)]);
    assert_eq!(span.end(), Some(at(30.0)));
    let span = merged(&[facts("q", 0.0, 40.0).weighing(0, 9), facts("q", 0.0, 50.0)]);
    assert_eq!(span.end(), Some(at(40.0)));
}

/// An impostor with the greatest version and authority, and a start a year back.
#[test]
fn nobody_changes_what_another_source_reported_of_its_own_span() {
    let own = facts("q", 100.0, 150.0).fact();
    let mut foreign = FactBuilder::of("evil", &conversation(1), 200.0).fact();
    let claim = facts("q", -31_536_000.0, 999.0).weighing(255, u64::MAX).ended(Outcome::Error, "X").fact();
    foreign.spans = claim.spans;
    for order in [[own.clone(), foreign.clone()], [foreign, own]] {
        let mut all = Gathered::default();
        order.iter().for_each(|fact| all.take(fact));
        let span = all.spans.get(&queue()).unwrap();
        assert_eq!((span.start(), span.end(), span.outcome()), (Some(at(100.0)), Some(at(150.0)), Some(Outcome::Ok)));
    }
}

#[test]
fn a_start_that_was_computed_yields_to_one_that_was_observed() {
    let span = merged(&[facts("q", 5.0, 50.0).derived(), facts("q", 10.0, 50.0)]);
    assert_eq!(span.start(), Some(at(10.0)));
}

#[test]
fn each_field_has_its_own_winner() {
    let early = facts("q", 0.0, 50.0).weighing(5, 0).with("genesys.queue_id", "one");
    let late = facts("q", 0.0, 60.0).ended(Outcome::Abandoned, "ABANDON").with("genesys.direction", "INBOUND");
    let span = merged(&[early, late]);
    assert_eq!((span.outcome(), span.reason()), (Some(Outcome::Ok), Some("ABANDON")));
    assert_eq!(
        (span.attribute("genesys.queue_id"), span.attribute("genesys.direction")),
        (Some("one"), Some("INBOUND"))
    );
}

#[test]
fn an_end_before_the_start_is_dropped_and_flagged() {
    let journey = assemble(&gathered([facts("q", 50.0, 20.0)]), &policy(), None, at(60.0)).unwrap();
    let [span] = journey.spans.as_slice() else { panic!("one span") };
    assert_eq!((span.started_at.0, span.ended_at), (at(50.0), None));
    assert_eq!(span.flags, [ENDS_BEFORE_IT_STARTS]);
    // The span counts as ended.
    assert_eq!(journey.ended_at.map(|end| end.0), Some(at(50.0)));
}

#[test]
fn a_span_with_only_a_point_begins_there_and_one_without_a_time_is_left_out() {
    let one = conversation(1);
    let point = FactBuilder::of("genesys", &one, 9.0).observing(SpanType::Ivr, "f", None, None).event("outcome", 7.0);
    let nothing = FactBuilder::of("genesys", &one, 9.0).observing(SpanType::Ivr, "g", None, None);
    let journey = assemble(&gathered([point, nothing]), &policy(), None, at(10.0)).unwrap();
    assert_eq!(journey.spans.iter().map(|span| span.started_at.0).collect::<Vec<_>>(), [at(7.0)]);
}
