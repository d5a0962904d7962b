//! Gaps and legs, and their classes.

use cxtrace_domain::journeys::document::{Gap, GapClass};
use cxtrace_domain::journeys::{Journey, Outcome, SpanType, assemble};

use crate::builder::{FactBuilder, at, conversation, gathered, id, key, policy};

const LATER: f64 = 100_000.0;

fn span(by: &str, span_type: SpanType, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span(by, &conversation(1), span_type, session, from, to)
}

fn journey(facts: Vec<FactBuilder>, seconds: f64) -> Journey {
    assemble(&gathered(facts), &policy(), None, at(seconds)).unwrap()
}

fn gaps(facts: Vec<FactBuilder>) -> Vec<(GapClass, i64, i64)> {
    journey(facts, LATER).gaps.iter().map(read).collect()
}

fn read(gap: &Gap) -> (GapClass, i64, i64) {
    let seconds = |time: chrono::DateTime<chrono::Utc>| (time - at(0.0)).num_seconds();
    (gap.class, seconds(gap.started_at.0), seconds(gap.ended_at.0))
}

fn legs(facts: Vec<FactBuilder>) -> Vec<String> {
    let seconds = |time: chrono::DateTime<chrono::Utc>| (time - at(0.0)).num_seconds().to_string();
    let legs = journey(facts, 1_000.0).legs;
    assert!(legs.iter().enumerate().all(|(n, leg)| leg.number == n + 1));
    legs.into_iter()
        .map(|leg| {
            let end = leg.ended_at.map_or(String::new(), |end| seconds(end.0));
            format!("{} {}-{end}", leg.platform, seconds(leg.started_at.0))
        })
        .collect()
}

#[test]
fn a_short_step_is_expected_and_a_longer_one_is_missing() {
    let two = |from| {
        vec![
            span("genesys", SpanType::Ivr, "a", 0.0, 10.0),
            span("genesys", SpanType::AgentInteraction, "b", from, 60.0),
        ]
    };
    assert_eq!(gaps(two(9.0)), []);
    assert_eq!(gaps(two(13.0)), [(GapClass::ExpectedTransition, 10, 13)]);
    assert_eq!(gaps(two(14.0)), [(GapClass::MissingData, 10, 14)]);
}

#[test]
fn until_a_sources_delay_has_elapsed_its_data_may_come() {
    let facts = vec![
        span("genesys", SpanType::Ivr, "a", 0.0, 10.0),
        span("genesys", SpanType::AgentInteraction, "b", 20.0, 60.0),
    ];
    assert_eq!(
        journey(facts.clone(), 919.9).gaps.iter().map(read).collect::<Vec<_>>(),
        [(GapClass::DataDelay, 10, 20)]
    );
    assert_eq!(journey(facts, 920.0).gaps.iter().map(read).collect::<Vec<_>>(), [(GapClass::MissingData, 10, 20)]);
}

#[test]
fn after_a_queue_that_sent_the_customer_on_and_around_a_hold_they_are_waiting() {
    let queue = span("genesys", SpanType::Queue, "a", 0.0, 10.0);
    let next = span("genesys", SpanType::Ivr, "b", 30.0, 60.0);
    let sent_on = vec![queue.clone().ended(Outcome::Ok, "FLOW_OUT"), next.clone()];
    assert_eq!(gaps(sent_on), [(GapClass::QueueOrHold, 10, 30)]);
    let left = vec![queue.ended(Outcome::Abandoned, "ABANDON"), next];
    assert_eq!(gaps(left), [(GapClass::MissingData, 10, 30)]);
    let hold = vec![
        span("genesys", SpanType::Hold, "a", 0.0, 10.0),
        span("genesys", SpanType::AgentInteraction, "b", 20.0, 60.0),
    ];
    assert_eq!(gaps(hold), [(GapClass::QueueOrHold, 10, 20)]);
}

#[test]
fn the_wait_until_an_agreed_call_back_is_expected() {
    let line = |session, from, to| span("genesys", SpanType::Telephony, session, from, to);
    let facts = vec![
        line("call", 0.0, 60.0),
        span("genesys", SpanType::Ivr, "flow", 0.0, 60.0),
        line("back", 50.0, 20_000.0).with("genesys.media_type", "CALLBACK").scheduled_for(10_000.0),
        span("genesys", SpanType::AgentInteraction, "agent", 10_100.0, 20_000.0),
    ];
    let expected = [(GapClass::ExpectedTransition, 60, 10_000), (GapClass::MissingData, 10_000, 10_100)];
    assert_eq!(gaps(facts), expected);
}

#[test]
fn pauses_between_messages_are_expected() {
    let written = |span_type, session, from, to| {
        span("genesys", span_type, session, from, to).with("genesys.media_type", "MESSAGE")
    };
    let facts = vec![
        written(SpanType::Message, "customer", 0.0, 90_000.0),
        written(SpanType::AgentInteraction, "first", 5.0, 100.0),
        written(SpanType::AgentInteraction, "second", 80_000.0, 90_000.0),
    ];
    assert_eq!(gaps(facts)[1..], [(GapClass::ExpectedTransition, 100, 80_000)]);
}

#[test]
fn a_pause_in_a_chat_is_not_expected() {
    let chat =
        |span_type, session, from, to| span("genesys", span_type, session, from, to).with("genesys.media_type", "CHAT");
    let facts = vec![
        chat(SpanType::Message, "customer", 0.0, 300.0),
        chat(SpanType::AgentInteraction, "first", 0.0, 100.0),
        chat(SpanType::AgentInteraction, "second", 160.0, 300.0),
    ];
    assert_eq!(gaps(facts), [(GapClass::MissingData, 100, 160)]);
}

#[test]
fn a_line_that_notices_the_end_late_is_no_gap() {
    let facts = |status| {
        vec![
            span("sbc", SpanType::Telephony, "sip", 0.0, 132.0),
            span("genesys", SpanType::Telephony, "customer", 0.4, 100.0).ended(Outcome::Ok, status),
            span("genesys", SpanType::AgentInteraction, "agent", 0.5, 100.0),
        ]
    };
    assert_eq!(gaps(facts("CLIENT")), [(GapClass::ExpectedTransition, 100, 132)]);
    // If the customer was sent on, the line continued for a reason.
    assert_eq!(gaps(facts("TRANSFER")), [(GapClass::MissingData, 100, 132)]);
}

#[test]
fn a_line_does_not_cover_unreported_time() {
    let line = span("genesys", SpanType::Telephony, "customer", 0.0, 100.0);
    let ivr = span("genesys", SpanType::Ivr, "flow", 20.0, 40.0);
    let expected = [(GapClass::MissingData, 0, 20), (GapClass::MissingData, 40, 100)];
    assert_eq!(gaps(vec![line.clone(), ivr]), expected);
    // Without other spans, the line is an activity.
    assert_eq!(gaps(vec![line.clone()]), []);
    let backend = span("genesys", SpanType::Backend, "request", 20.0, 40.0);
    assert_eq!(gaps(vec![line, backend]), []);
}

#[test]
fn time_after_the_customer_left_is_no_gap() {
    let facts = vec![
        span("genesys", SpanType::AgentInteraction, "a", 0.0, 100.0),
        span("genesys", SpanType::WrapUp, "acw", 140.0, 200.0),
        span("crm", SpanType::Crm, "case", 500.0, 600.0),
    ];
    assert_eq!(gaps(facts), []);
}

#[test]
fn a_change_of_channel_or_a_second_call_is_no_missing_data() {
    let web =
        vec![span("portal", SpanType::Web, "visit", 0.0, 100.0), span("genesys", SpanType::Ivr, "flow", 400.0, 500.0)];
    assert_eq!(gaps(web), [(GapClass::ExpectedTransition, 100, 400)]);
    let calls = vec![
        span("genesys", SpanType::Telephony, "customer-1", 0.0, 100.0),
        span("genesys", SpanType::Ivr, "flow-1", 0.0, 100.0),
        span("genesys", SpanType::Telephony, "customer-2", 4_000.0, 4_100.0),
        span("genesys", SpanType::Ivr, "flow-2", 4_000.0, 4_100.0),
    ];
    assert_eq!(gaps(calls.clone()), [(GapClass::ExpectedTransition, 100, 4_000)]);
    // The end of the first line is separate from the time between the calls.
    let mut late = calls;
    late.push(span("genesys", SpanType::Telephony, "customer-1", 0.0, 130.0).weighing(0, 1));
    assert_eq!(gaps(late), [(GapClass::MissingData, 100, 130), (GapClass::ExpectedTransition, 130, 4_000)]);
}

#[test]
fn a_gap_within_the_clock_difference_is_clock_skew() {
    let facts = vec![
        span("genesys", SpanType::Ivr, "flow", 0.0, 10.0),
        // The clock is ten seconds ahead, as the child span shows, in both directions of the gap.
        span("ai", SpanType::AiConversation, "talk", 18.0, 60.0),
        FactBuilder::span("genesys", &conversation(1), SpanType::Backend, "request", 5.0, 45.0)
            .under(key("ai", &conversation(1), "talk"))
            .synchronous(),
    ];
    assert_eq!(gaps(facts), []);
    let facts = vec![
        span("genesys", SpanType::Ivr, "flow", 0.0, 4.0),
        span("ai", SpanType::AiConversation, "talk", 18.0, 60.0),
        FactBuilder::span("genesys", &conversation(1), SpanType::Backend, "request", 8.0, 45.0)
            .under(key("ai", &conversation(1), "talk"))
            .synchronous(),
    ];
    assert_eq!(gaps(facts), [(GapClass::ClockArtefact, 4, 8)]);
}

#[test]
fn legs_are_the_runs_of_one_platform() {
    let facts = vec![
        span("portal", SpanType::Web, "visit", 0.0, 30.0),
        span("genesys", SpanType::Ivr, "flow", 40.0, 60.0),
        span("accounts", SpanType::Backend, "request", 45.0, 50.0),
        span("genesys", SpanType::Queue, "acd", 60.0, 80.0),
        span("ai", SpanType::AiConversation, "talk", 80.0, 95.0),
        span("genesys", SpanType::AgentInteraction, "agent", 95.0, 120.0),
        span("genesys", SpanType::WrapUp, "acw", 120.0, 150.0),
    ];
    assert_eq!(legs(facts), ["portal 0-30", "genesys 40-80", "ai 80-95", "genesys 95-120"]);
}

#[test]
fn a_carriers_leg_lasts_until_the_call_is_taken() {
    let facts = vec![
        span("sbc", SpanType::Telephony, "call", 0.0, 103.0),
        span("genesys", SpanType::Telephony, "customer", 4.0, 100.0),
        span("genesys", SpanType::Ivr, "flow", 5.0, 100.0),
    ];
    assert_eq!(legs(facts.clone()), ["sbc 0-4", "genesys 4-100"]);
    // Also while no source reports what happens on it.
    assert_eq!(legs(facts[..2].to_vec()), ["sbc 0-4", "genesys 4-100"]);
    // A carrier that passes the call on at once has no leg.
    let mut facts = facts;
    facts[1] = span("genesys", SpanType::Telephony, "customer", 0.4, 100.0);
    assert_eq!(legs(facts), ["genesys 0-100"]);
}

#[test]
fn one_line_after_another_is_two_legs_even_when_they_overlap_a_little() {
    let facts = vec![
        span("ai", SpanType::Telephony, "call", 0.0, 30.0),
        FactBuilder::start("genesys", &conversation(1), SpanType::Telephony, "customer", 29.5),
    ];
    assert_eq!(legs(facts), ["ai 0-30", "genesys 29-"]);
}

#[test]
fn a_span_inside_another_platforms_span_is_no_leg() {
    let talk = FactBuilder::span("ai", &id("ai.call:c-1"), SpanType::AiConversation, "talk", 10.0, 20.0);
    let flow = span("genesys", SpanType::Ivr, "flow", 0.0, 60.0);
    let apart = legs(vec![flow.clone(), talk.clone()]);
    assert_eq!(apart, ["genesys 0-60", "ai 10-20"]);
    assert_eq!(legs(vec![flow, talk.under(key("genesys", &conversation(1), "flow"))]), ["genesys 0-60"]);
}
