//! How final a journey is.

use cxtrace_domain::journeys::document::Status;
use cxtrace_domain::journeys::{Settled, SpanType, assemble, is_due, settles_at};

use crate::builder::{FactBuilder, at, conversation, gathered, policy, source};

fn status(facts: &[FactBuilder], seconds: f64) -> Status {
    assemble(&gathered(facts.iter().cloned()), &policy(), None, at(seconds)).unwrap().status
}

fn start(span_type: SpanType, session: &str, from: f64) -> FactBuilder {
    FactBuilder::start("genesys", &conversation(1), span_type, session, from)
}

fn span(span_type: SpanType, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span("genesys", &conversation(1), span_type, session, from, to)
}

const DAY: f64 = 86_400.0;

#[test]
fn a_start_without_an_end_is_live_until_it_is_stale() {
    let facts = [start(SpanType::Queue, "q", 0.0)];
    assert_eq!(status(&facts, DAY - 0.001), Status::Live);
    assert_eq!(status(&facts, DAY), Status::Provisional);
    assert_eq!(settles_at(&gathered(facts), &policy()), Some(at(DAY)));
}

#[test]
fn messages_stay_open_until_their_source_has_been_silent_for_a_week() {
    let facts = [
        start(SpanType::Message, "customer", 0.0).with("genesys.media_type", "MESSAGE"),
        start(SpanType::AgentInteraction, "agent", 60.0).with("genesys.media_type", "MESSAGE"),
    ];
    assert_eq!(status(&facts, 6.0 * DAY), Status::Live);
    assert_eq!(status(&facts, 7.0 * DAY + 60.3), Status::Provisional);
    let later = [&facts[..], &[span(SpanType::AgentInteraction, "agent", 60.0, 5.0 * DAY)]].concat();
    assert_eq!(status(&later, 11.0 * DAY), Status::Live);
}

#[test]
fn an_activity_on_a_line_ends_with_the_line() {
    let facts = [start(SpanType::Ivr, "f", 1.0), span(SpanType::Telephony, "customer", 0.0, 60.0)];
    assert_eq!(status(&facts, 61.0), Status::Provisional);
    assert_eq!(settles_at(&gathered(facts), &policy()), Some(at(60.3 + 900.0)));
    // On a line that is still up, it continues.
    let facts = [start(SpanType::Ivr, "f", 1.0), start(SpanType::Telephony, "customer", 0.0)];
    assert_eq!(status(&facts, 61.0), Status::Live);
    // An earlier call does not end a later one.
    let facts = [start(SpanType::Ivr, "f", 100.0), span(SpanType::Telephony, "customer", 0.0, 60.0)];
    assert_eq!(status(&facts, 161.0), Status::Live);
}

#[test]
fn a_journey_settles_when_the_slowest_source_has_had_its_time() {
    let mut policy = policy();
    policy.delays.insert(source("crm"), chrono::TimeDelta::hours(2));
    let facts = [
        span(SpanType::Queue, "q", 0.0, 60.0),
        FactBuilder::span("crm", &conversation(1), SpanType::Crm, "case", 10.0, 20.0),
    ];
    let gathered = gathered(facts);
    assert_eq!(settles_at(&gathered, &policy), Some(at(20.3 + 7_200.0)));
    assert!(!is_due(&gathered, &policy, at(7_220.299)) && is_due(&gathered, &policy, at(7_220.3)));
    let journey = assemble(&gathered, &policy, None, at(100.0)).unwrap();
    assert_eq!(journey.settles_at.0, at(7_220.3));
}

#[test]
fn a_report_from_the_far_future_does_not_postpone_settling() {
    let facts = FactBuilder::of("crm", &conversation(1), 0.0).observing(SpanType::Crm, "case", Some(0.0), Some(9e8));
    assert_eq!(settles_at(&gathered([facts]), &policy()), Some(at(60.0 + 900.0)));
}

#[test]
fn a_journey_is_revised_when_its_facts_change() {
    let before = gathered([span(SpanType::Queue, "q", 0.0, 60.0)]);
    let settled = Some(Settled { revision: 3, content: before.content() });
    let after = gathered([span(SpanType::Queue, "q", 0.0, 60.0), start(SpanType::Ivr, "f", 70.0)]);
    let read = |gathered| {
        let journey = assemble(gathered, &policy(), settled, at(100.0)).unwrap();
        (journey.status, journey.revision)
    };
    assert_eq!(read(&before), (Status::Settled, 3));
    assert_eq!(read(&after), (Status::Revised, 3));
}

#[test]
fn without_a_fact_there_is_no_journey_and_without_a_span_there_is_one() {
    assert_eq!(assemble(&gathered([]), &policy(), None, at(0.0)), None);
    let facts = [FactBuilder::of("genesys", &conversation(1), 5.0)];
    let journey = assemble(&gathered(facts), &policy(), None, at(10.0)).unwrap();
    assert_eq!((journey.started_at.0, journey.ended_at.map(|end| end.0)), (at(5.0), Some(at(5.0))));
    assert!(journey.legs.is_empty() && !journey.summary.is_empty());
}

#[test]
fn settling_waits_for_a_named_but_silent_source() {
    let mut policy = policy();
    policy.delays.insert(source("genesys"), chrono::TimeDelta::hours(1));
    let call = crate::builder::id("sip.call_id:a1@sbc");
    let named = FactBuilder::span("sbc", &call, SpanType::Telephony, "call", 0.0, 60.0);
    let named = gathered([named.linking(&conversation(1), cxtrace_domain::journeys::Role::Reference)]);
    assert_eq!(settles_at(&named, &policy), Some(at(60.3 + 3_600.0)));
}
