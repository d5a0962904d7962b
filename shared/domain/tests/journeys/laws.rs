//! Laws of every journey, for any facts.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::document::{Journey, Span, Status, TimeKind};
use cxtrace_domain::journeys::{Settled, SpanType, assemble, settles_at};
use proptest::prelude::*;

use crate::builder::{FactBuilder, at, gathered, policy};
use crate::partition::facts;

fn end_of(span: &Span) -> DateTime<Utc> {
    span.ended_at.map_or(span.started_at.0, |end| end.0)
}

/// The customer's activities, without lines.
fn doings(journey: &Journey) -> impl Iterator<Item = &Span> {
    let of = [SpanType::Ivr, SpanType::Queue, SpanType::AgentInteraction];
    journey.spans.iter().filter(move |span| of.contains(&span.span_type) && !span.flags.contains(&"only_a_moment"))
}

fn check(journey: &Journey, facts: usize) -> Result<(), TestCaseError> {
    prop_assert!(!journey.summary.is_empty());
    for pair in journey.spans.windows(2) {
        let long = |span: &Span| std::cmp::Reverse(span.ended_at.map_or(DateTime::<Utc>::MAX_UTC, |end| end.0));
        let place = |span: &Span| (span.started_at, long(span), span.key.clone());
        prop_assert!(place(&pair[0]) <= place(&pair[1]));
    }
    for (n, leg) in journey.legs.iter().enumerate() {
        prop_assert_eq!(leg.number, n + 1);
        prop_assert!(leg.ended_at.is_none_or(|end| end >= leg.started_at));
    }
    prop_assert!(journey.legs.windows(2).all(|pair| pair[0].started_at <= pair[1].started_at));
    prop_assert!(journey.legs.windows(2).all(|pair| pair[0].platform != pair[1].platform));
    prop_assert_eq!(journey.legs.is_empty(), journey.spans.is_empty());
    for span in doings(journey) {
        let inside = |leg: &&cxtrace_domain::journeys::document::Leg| {
            leg.platform == span.platform
                && leg.started_at <= span.started_at
                && leg.ended_at.is_none_or(|end| end_of(span) <= end.0)
        };
        prop_assert!(journey.legs.iter().any(|leg| inside(&leg)), "{} is on no leg", span.key);
    }
    prop_assert!(journey.gaps.windows(2).all(|pair| pair[0].ended_at <= pair[1].started_at));
    for gap in &journey.gaps {
        prop_assert!(gap.started_at < gap.ended_at && !gap.reason.is_empty());
        prop_assert!(journey.started_at <= gap.started_at);
        for span in doings(journey) {
            prop_assert!(end_of(span) <= gap.started_at.0 || gap.ended_at <= span.started_at, "{} covers it", span.key);
        }
    }
    let total = journey.segments.iter().find(|segment| segment.name == "total").map(|segment| segment.duration_ms);
    prop_assert_eq!(total, journey.duration_ms);
    prop_assert!(journey.segments.iter().all(|segment| segment.duration_ms >= 0));
    check_time(journey)?;
    let keys: std::collections::BTreeSet<_> = journey.spans.iter().map(|span| &span.key).collect();
    prop_assert_eq!(keys.len(), journey.spans.len());
    prop_assert!(journey.insights.iter().flat_map(|insight| &insight.spans).all(|key| keys.contains(key)));
    prop_assert!(journey.handoffs.iter().all(|line| keys.contains(&line.from) && keys.contains(&line.to)));
    prop_assert!(journey.spans.iter().filter_map(|span| span.parent.as_ref()).all(|parent| keys.contains(parent)));
    let events: usize = journey.spans.iter().map(|span| span.events.len()).sum();
    prop_assert_eq!(events, facts, "a point event is missing or occurs twice");
    prop_assert_eq!(journey.status == Status::Live, journey.ended_at.is_none());
    Ok(())
}

/// Each moment of the journey is exactly one kind of time.
fn check_time(journey: &Journey) -> Result<(), TestCaseError> {
    let time = &journey.time;
    let first = time.stretches.first().map(|stretch| stretch.started_at);
    prop_assert!(first.is_none_or(|first| first == journey.started_at));
    prop_assert_eq!(
        time.stretches.last().and_then(|stretch| stretch.ended_at),
        journey.ended_at.filter(|_| first.is_some())
    );
    for pair in time.stretches.windows(2) {
        prop_assert_eq!(pair[0].ended_at, Some(pair[1].started_at));
        prop_assert_ne!(pair[0].kind, pair[1].kind);
    }
    prop_assert!(time.stretches.iter().all(|stretch| stretch.ended_at.is_none_or(|end| end > stretch.started_at)));
    let sum: i64 = time.parts.iter().map(|part| part.duration_ms).sum();
    prop_assert!(journey.duration_ms.is_none_or(|total| total == sum), "{sum} of {:?}", journey.duration_ms);
    let published = |name| journey.segments.iter().find(|segment| segment.name == name).map(|s| s.duration_ms);
    for part in &time.parts {
        prop_assert_eq!(published(part.kind.as_str()), Some(part.duration_ms));
    }
    prop_assert_eq!(time.waited_ms, time.sum(TimeKind::Queue) + time.sum(TimeKind::Hold));
    prop_assert_eq!(time.parts.len(), TimeKind::ALL.into_iter().filter(|kind| time.sum(*kind) > 0).count());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: Some(Box::new(proptest::test_runner::FileFailurePersistence::WithSource("regressions"))), ..ProptestConfig::default() })]

    #[test]
    fn every_journey_keeps_the_laws(facts in proptest::collection::vec(facts(), 1..30), now in 0_u32..4_000) {
        let gathered = gathered(facts);
        let now = at(f64::from(now));
        let journey = assemble(&gathered, &policy(), None, now).unwrap();
        check(&journey, gathered.point_events.len())?;
        prop_assert_eq!(Some(journey.settles_at.0), settles_at(&gathered, &policy()));
    }

    /// Once it is settled, time changes nothing any more.
    #[test]
    fn a_settled_journey_stays_as_it_is(facts in proptest::collection::vec(facts(), 1..20), hours in 1_i64..1_000) {
        let gathered = gathered(facts);
        let policy = policy();
        let due = settles_at(&gathered, &policy).unwrap();
        let settled = Some(Settled { revision: 1, content: gathered.content() });
        let then = assemble(&gathered, &policy, settled, due);
        prop_assert_eq!(then.as_ref().map(|journey| journey.status), Some(Status::Settled));
        prop_assert_eq!(then, assemble(&gathered, &policy, settled, due + chrono::TimeDelta::hours(hours)));
    }
}

#[test]
fn parents_in_a_cycle_are_dropped() {
    let one = crate::builder::conversation(1);
    let key = |session| crate::builder::key("sbc", &one, session);
    let span =
        |session: &str, parent| FactBuilder::span("sbc", &one, SpanType::Backend, session, 0.0, 9.0).under(key(parent));
    let gathered = gathered([span("a", "b"), span("b", "c"), span("c", "a"), span("d", "a"), span("e", "gone")]);
    let journey = assemble(&gathered, &policy(), None, at(10.0)).unwrap();
    let parents: Vec<_> = journey.spans.into_iter().map(|span| span.parent).collect();
    assert_eq!(parents, [None, None, None, Some(key("a")), None]);
}
