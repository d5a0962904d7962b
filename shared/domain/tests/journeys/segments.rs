//! Segments: which spans count in which segment.

use cxtrace_domain::journeys::{SpanType, assemble};

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
    assert_eq!(segments(facts), [("data_retrieval", 13_500), ("total", 21_500)]);
}

#[test]
fn a_hold_is_the_agents_time_and_an_in_queue_flow_is_the_queues() {
    let facts = vec![
        span("genesys", SpanType::Queue, "acd", 0.0, 30.0),
        span("genesys", SpanType::Ivr, "music", 1.0, 30.0).with("genesys.flow_type", "inqueuecall"),
        span("genesys", SpanType::AgentInteraction, "agent", 25.0, 100.0),
        span("genesys", SpanType::Hold, "hold", 50.0, 60.0),
    ];
    assert_eq!(segments(facts), [("queue", 30_000), ("agent", 75_000), ("total", 100_000)]);
}

#[test]
fn open_spans_have_no_length() {
    let facts = vec![
        span("genesys", SpanType::Ivr, "flow", 0.0, 30.0),
        FactBuilder::start("genesys", &conversation(1), SpanType::Queue, "acd", 30.0),
    ];
    assert_eq!(segments(facts), [("ivr", 30_000)]);
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
    assert_eq!(segments(facts.clone()), [("agent", 100_000), ("total", 150_000)]);
    let summary = assemble(&gathered(facts), &policy(), None, at(200.0)).unwrap().summary;
    assert!(summary.contains("1 min 40 s with an agent"), "{summary}");
}
