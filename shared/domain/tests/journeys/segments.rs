//! The customer's time, and the segments that are made of it.

use cxtrace_domain::journeys::document::{EndingKind, TimeKind};
use cxtrace_domain::journeys::{Journey, Outcome, SpanType, assemble};

use crate::builder::{FactBuilder, at, conversation, gathered, policy};

fn span(by: &str, span_type: SpanType, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span(by, &conversation(1), span_type, session, from, to)
}

fn segments(facts: Vec<FactBuilder>) -> Vec<(&'static str, i64)> {
    let journey = assemble(&gathered(facts), &policy(), None, at(200.0)).unwrap();
    journey.segments.into_iter().map(|segment| (segment.name, segment.duration_ms)).collect()
}

#[test]
fn overlaps_count_once() {
    let facts = vec![
        span("crm", SpanType::Backend, "a", 0.0, 10.0),
        span("crm", SpanType::Backend, "b", 5.0, 12.0),
        span("crm", SpanType::Backend, "c", 6.0, 7.0),
        span("crm", SpanType::Backend, "d", 20.0, 21.5),
    ];
    assert_eq!(segments(facts), [("gap", 21_500), ("data_retrieval", 13_500), ("total", 21_500)]);
}

#[test]
fn a_hold_is_not_the_agents_time_and_an_in_queue_flow_is_the_queues() {
    let facts = vec![
        span("genesys", SpanType::Queue, "acd", 0.0, 30.0),
        span("genesys", SpanType::Ivr, "music", 1.0, 30.0).with("genesys.flow_type", "inqueuecall"),
        span("genesys", SpanType::AgentInteraction, "agent", 25.0, 100.0),
        span("genesys", SpanType::Hold, "hold", 50.0, 60.0),
    ];
    assert_eq!(segments(facts), [("queue", 30_000), ("hold", 10_000), ("agent", 60_000), ("total", 100_000)]);
}

#[test]
fn open_spans_have_no_length() {
    let facts = vec![
        span("genesys", SpanType::Ivr, "flow", 0.0, 30.0),
        FactBuilder::start("genesys", &conversation(1), SpanType::Queue, "acd", 30.0),
    ];
    assert_eq!(segments(facts), [("self_service", 30_000)]);
}

#[test]
fn carrier_latency_is_from_the_carriers_entry_to_genesys() {
    let line = |from, to| span("genesys", SpanType::Telephony, "customer", from, to);
    let sbc = |from, to| span("sbc", SpanType::Telephony, "call", from, to);
    let carrier = |facts| segments(facts).into_iter().find(|(name, _)| *name == "carrier_latency");
    assert_eq!(carrier(vec![sbc(0.0, 60.0), line(0.4, 60.0)]), Some(("carrier_latency", 400)));
    assert_eq!(carrier(vec![sbc(0.5, 60.0), line(0.4, 60.0)]), None);
    // An earlier call does not count, and neither does the time with an AI agent.
    assert_eq!(carrier(vec![sbc(0.0, 5.0), line(10.0, 60.0)]), None);
    let talk = span("ai", SpanType::AiConversation, "talk", 1.0, 30.0);
    assert_eq!(carrier(vec![span("ai", SpanType::Telephony, "call", 0.0, 60.0), talk, line(31.0, 60.0)]), None);
}

#[test]
fn a_phone_that_nobody_answers_is_no_agent_time() {
    let agent = |session: &str, from: f64, to: f64| {
        span("genesys", SpanType::AgentInteraction, session, from, to).event("alert", from)
    };
    let facts = vec![
        span("genesys", SpanType::Telephony, "line", 0.0, 150.0),
        agent("first", 0.0, 100.0).event("answer", 5.0),
        agent("second", 110.0, 140.0),
    ];
    assert_eq!(segments(facts.clone()), [("agent", 95_000), ("transfer", 35_000), ("gap", 20_000), ("total", 150_000)]);
    let summary = assemble(&gathered(facts), &policy(), None, at(200.0)).unwrap().summary;
    assert!(summary.contains("1 min 35 s with an agent"), "{summary}");
}

fn journey(facts: Vec<FactBuilder>, seconds: f64) -> Journey {
    assemble(&gathered(facts), &policy(), None, at(seconds)).unwrap()
}

/// The kinds of time, with their starts and ends in seconds.
fn times(facts: Vec<FactBuilder>, seconds: f64) -> Vec<(TimeKind, f64, Option<f64>)> {
    let seconds_of = |time: chrono::DateTime<chrono::Utc>| (time - at(0.0)).num_milliseconds() as f64 / 1_000.0;
    let stretches = journey(facts, seconds).time.stretches;
    stretches
        .into_iter()
        .map(|stretch| (stretch.kind, seconds_of(stretch.started_at.0), stretch.ended_at.map(|end| seconds_of(end.0))))
        .collect()
}

#[test]
fn carriers_backends_and_wrap_up_are_not_the_customers_time() {
    let facts = vec![
        span("sbc", SpanType::Telephony, "call", 0.0, 108.0),
        span("genesys", SpanType::Telephony, "customer", 0.5, 100.0),
        span("genesys", SpanType::Ivr, "flow", 0.5, 20.0),
        span("crm", SpanType::Backend, "request", 5.0, 300.0),
        span("genesys", SpanType::AgentInteraction, "agent", 20.0, 100.0),
        span("genesys", SpanType::WrapUp, "acw", 100.0, 160.0),
    ];
    let expected = [(TimeKind::SelfService, 0.5, Some(20.0)), (TimeKind::Agent, 20.0, Some(100.0))];
    assert_eq!(times(facts.clone(), 10_000.0), expected);
    assert_eq!(journey(facts, 10_000.0).duration_ms, Some(99_500));
}

#[test]
fn until_an_agent_answers_the_customer_waits() {
    let agent = |to| span("genesys", SpanType::AgentInteraction, "agent", 28.0, to).event("alert", 28.0);
    let queue = span("genesys", SpanType::Queue, "acd", 0.0, 33.0);
    let expected = [(TimeKind::Queue, 0.0, Some(33.0)), (TimeKind::Agent, 33.0, Some(60.0))];
    assert_eq!(times(vec![queue.clone(), agent(60.0).event("answer", 33.0)], 10_000.0), expected);
    // Without a reported answer, the queue's end is the answer.
    let alone = span("genesys", SpanType::AgentInteraction, "agent", 28.0, 60.0);
    assert_eq!(times(vec![queue, alone], 10_000.0), expected);
    // Without a queue, the phone rings on the way to the agent.
    let ringing = [(TimeKind::Transfer, 28.0, Some(33.0)), (TimeKind::Agent, 33.0, Some(60.0))];
    assert_eq!(times(vec![agent(60.0).event("answer", 33.0)], 10_000.0), ringing);
}

#[test]
fn a_live_journey_has_a_time_without_an_end_that_is_in_no_sum() {
    let facts = vec![
        FactBuilder::start("genesys", &conversation(1), SpanType::Telephony, "line", 0.0),
        span("genesys", SpanType::Ivr, "flow", 0.0, 30.0),
        FactBuilder::start("genesys", &conversation(1), SpanType::Queue, "acd", 30.0),
    ];
    let expected = [(TimeKind::SelfService, 0.0, Some(30.0)), (TimeKind::Queue, 30.0, None)];
    assert_eq!(times(facts.clone(), 200.0), expected);
    let journey = journey(facts, 200.0);
    assert_eq!((journey.time.waited_ms, journey.duration_ms), (0, None));
    assert_eq!(journey.outcome.text, "In progress: the customer is in the queue.");
}

#[test]
fn an_open_case_or_request_does_not_keep_a_journey_live() {
    let facts = vec![
        span("genesys", SpanType::Telephony, "line", 0.0, 60.0),
        span("genesys", SpanType::Ivr, "flow", 0.0, 60.0),
        FactBuilder::start("crm", &conversation(1), SpanType::Crm, "case", 10.0),
        FactBuilder::start("crm", &conversation(1), SpanType::Backend, "request", 20.0),
    ];
    let journey = journey(facts, 200.0);
    assert_eq!((journey.ended_at.map(|end| end.0), journey.duration_ms), (Some(at(60.0)), Some(60_000)));
    let open: Vec<_> = journey.spans.iter().filter(|span| span.ended_at.is_none()).map(|span| span.ended_by).collect();
    assert_eq!(open, [journey.ended_at, journey.ended_at]);
}

#[test]
fn a_drop_ends_the_customers_time_at_its_first_ending() {
    let facts = vec![
        span("sbc", SpanType::Telephony, "call", 0.0, 319.0).ended(Outcome::Error, "media_timeout"),
        span("genesys", SpanType::Telephony, "customer", 0.4, 311.4).ended(Outcome::Error, "TRANSPORT_FAILURE"),
        span("genesys", SpanType::Queue, "acd", 0.4, 63.4),
        span("genesys", SpanType::AgentInteraction, "agent-1", 63.4, 200.0).with("genesys.user_id", "one"),
        span("genesys", SpanType::Hold, "hold", 100.0, 122.5),
        span("genesys", SpanType::AgentInteraction, "agent-2", 200.0, 311.4).with("genesys.user_id", "two"),
    ];
    let journey = journey(facts, 10_000.0);
    assert_eq!((journey.duration_ms, journey.outcome.kind), (Some(311_000), EndingKind::Dropped));
    assert_eq!(
        journey.summary,
        "Dropped with the second agent, 5 min 11 s after the start. Waited 1 min 25 s: queue 1 min 3 s, hold 22 s. genesys \
         (reason TRANSPORT_FAILURE) saw the call end first, sbc (reason media_timeout) 7.6 s later. On genesys: 3 min 46 s \
         with 2 agents."
    );
}

#[test]
fn metrics_without_call_data_are_counted() {
    let metric = |session: &str, seconds: f64| {
        FactBuilder::of("genesys", &conversation(1), seconds).metric("CustomerRouting", session, seconds)
    };
    let journey = journey(vec![metric("One", 1.0), metric("Two", 2.0)], 10_000.0);
    let expected = "2 metrics of CustomerRouting; no call data. Add the other topics to see the call.";
    assert_eq!((journey.outcome.kind, journey.summary.as_str()), (EndingKind::Unknown, expected));
}

#[test]
fn an_agent_whose_end_nobody_reported_was_seen_last() {
    // The agent answers when the queue ends. Nothing is reported after that.
    let facts = vec![
        FactBuilder::start("genesys", &conversation(1), SpanType::Message, "customer", 0.0)
            .with("genesys.media_type", "MESSAGE"),
        span("genesys", SpanType::Queue, "acd", 1.0, 44.0).ended(Outcome::Ok, "ANSWERED"),
        FactBuilder::start("genesys", &conversation(1), SpanType::AgentInteraction, "agent", 40.0),
    ];
    let journey = journey(facts, 4_000_000.0);
    assert_eq!(
        journey.summary,
        "Last seen with an agent, 44 s after the start: no source reported the end. Waited 43 s in the queue."
    );
}

#[test]
fn an_open_way_to_another_platform_has_no_length() {
    let facts = vec![
        span("ai", SpanType::AiConversation, "talk", 0.0, 40.0),
        FactBuilder::start("ai", &conversation(1), SpanType::PlatformHandoff, "handoff", 40.0),
    ];
    assert_eq!(journey(facts, 60.0).duration_ms, Some(40_000));
}

#[test]
fn a_long_transfer_to_an_outside_number_is_how_it_ended() {
    let facts = vec![
        span("genesys", SpanType::Telephony, "customer", 0.0, 620.0),
        span("genesys", SpanType::AgentInteraction, "agent", 0.0, 180.0)
            .ended(Outcome::Ok, "TRANSFER")
            .with("genesys.transfer_type", "NUMBER"),
    ];
    let journey = journey(facts, 10_000.0);
    assert_eq!(
        journey.summary,
        "Ended in a transfer, 10 min 20 s after the start: no source reported who answered. On genesys: 3 min with an agent \
         and 7 min 20 s in a transfer without reports."
    );
}

#[test]
fn time_between_two_contacts_is_told_from_time_that_nobody_reported() {
    let facts = vec![
        span("genesys", SpanType::Telephony, "one", 0.0, 100.0),
        span("genesys", SpanType::Ivr, "flow", 0.0, 40.0),
        span("genesys", SpanType::AgentInteraction, "agent", 60.0, 100.0),
        span("genesys", SpanType::Telephony, "two", 7_300.0, 7_400.0),
        span("genesys", SpanType::AgentInteraction, "again", 7_300.0, 7_400.0),
    ];
    let journey = journey(facts, 100_000.0);
    let gaps = "2 h passed between two contacts. For 20 s no source reported where the customer was.";
    assert!(journey.summary.ends_with(gaps), "{}", journey.summary);
}
