//! Each rule: when it finds something, when it does not, and the spans that it names.

use cxtrace_domain::journeys::document::InsightRule as Rule;
use cxtrace_domain::journeys::{HandoffAct, Id, Journey, Outcome, Role, SpanType, assemble};

use crate::builder::{FactBuilder, at, conversation, gathered, id, policy};

const LATER: f64 = 100_000.0;

fn span(by: &str, span_type: SpanType, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span(by, &conversation(1), span_type, session, from, to)
}

fn line(to: f64) -> FactBuilder {
    span("genesys", SpanType::Telephony, "customer", 0.0, to)
}

fn agent(session: &str, from: f64, to: f64) -> FactBuilder {
    span("genesys", SpanType::AgentInteraction, session, from, to)
}

fn journey(facts: Vec<FactBuilder>, seconds: f64) -> Journey {
    assemble(&gathered(facts), &policy(), None, at(seconds)).unwrap()
}

/// The findings of a rule, with the sessions of their spans.
fn says(facts: Vec<FactBuilder>, rule: Rule) -> Vec<String> {
    says_at(facts, rule, LATER)
}

fn says_at(facts: Vec<FactBuilder>, rule: Rule, seconds: f64) -> Vec<String> {
    let found = journey(facts, seconds).insights.into_iter().filter(|insight| insight.rule == rule);
    found
        .map(|insight| {
            let sessions = insight.spans.iter().map(|key| key.as_str().rsplit(':').next().unwrap().to_owned());
            format!("{} [{}]", insight.text, sessions.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn a_call_that_ends_by_a_fault_while_talking_was_dropped() {
    let talk = agent("agent", 10.0, 70.0);
    let fault = line(70.2).ended(Outcome::Error, "TRANSPORT_FAILURE");
    let expected = "The call dropped with an agent, 1 min 10 s after the start. genesys (reason TRANSPORT_FAILURE) saw the call end. [customer agent]";
    assert_eq!(says(vec![fault.clone(), talk.clone()], Rule::DroppedCall), [expected]);
    // Hanging up is not a drop. Neither is a line without activities, nor a call that continues elsewhere.
    assert_eq!(says(vec![line(70.2).ended(Outcome::Ok, "PEER"), talk.clone()], Rule::DroppedCall), [""; 0]);
    assert_eq!(says(vec![fault], Rule::DroppedCall), [""; 0]);
    let went_on = vec![line(200.0), talk.ended(Outcome::Error, "ERROR"), agent("another", 72.0, 200.0)];
    assert_eq!(says(went_on, Rule::DroppedCall), [""; 0]);
}

#[test]
fn a_dropped_call_shows_the_span_of_each_platform_that_its_text_names() {
    let line = |by: &str, to, outcome, reason: &str| span(by, SpanType::Telephony, by, 0.0, to).ended(outcome, reason);
    let sbc = line("sbc", 77.6, Outcome::Ok, "media_timeout");
    let journey = journey(vec![agent("agent", 10.0, 70.0), line("genesys", 70.0, Outcome::Error, "ERROR"), sbc], LATER);
    let dropped = &journey.insights[0];
    assert!(dropped.text.contains("sbc (reason media_timeout) 7.6 s later"), "{}", dropped.text);
    assert_eq!(journey.endings.len(), 2);
    for ending in &journey.endings {
        assert!(dropped.spans.contains(&ending.span), "{} is not among {:?}", ending.span, dropped.spans);
    }
}

#[test]
fn no_order_of_ends_is_claimed_that_the_clocks_cannot_tell() {
    let fault = |by: &str, to| span(by, SpanType::Telephony, by, 0.0, to).ended(Outcome::Error, "ERROR");
    let dropped = |sbc: f64, carrier: f64| {
        let facts =
            vec![agent("agent", 10.0, 70.0), fault("genesys", 70.0), fault("sbc", sbc), fault("carrier", carrier)];
        let journey = journey(facts, LATER);
        let text = journey.insights[0].text.split_once(". ").unwrap().1.replace(" (reason ERROR)", "");
        (text, journey.endings.iter().map(|ending| ending.later_ms).collect::<Vec<_>>())
    };
    let first = "genesys saw the call end first, sbc 501 ms later and carrier 9 s later.";
    assert_eq!(dropped(70.501, 79.0), (first.to_owned(), vec![None, Some(501), Some(9_000)]));
    let some = "genesys and sbc saw the call end at about the same time, carrier 9 s later.";
    assert_eq!(dropped(70.5, 79.0), (some.to_owned(), vec![None, None, Some(9_000)]));
    let all = "genesys, sbc and carrier saw the call end at about the same time.";
    assert_eq!(dropped(70.06, 70.1), (all.to_owned(), vec![None, None, None]));
}

#[test]
fn a_fault_in_a_written_conversation_is_no_dropped_call() {
    let facts = agent("agent", 10.0, 70.0).ended(Outcome::Error, "ERROR").with("genesys.media_type", "MESSAGE");
    assert_eq!(says(vec![facts], Rule::DroppedCall), [""; 0]);
}

#[test]
fn a_transfer_failed_if_nobody_arrives() {
    let ivr = span("genesys", SpanType::Ivr, "flow", 0.0, 30.0).ended(Outcome::Ok, "TRANSFER");
    let expected = "No source reported an answer to a transfer from the IVR. [flow]";
    assert_eq!(says(vec![line(60.0), ivr.clone()], Rule::FailedTransfer), [expected]);
    let queue = span("genesys", SpanType::Queue, "acd", 30.1, 59.0);
    assert_eq!(says(vec![line(60.0), ivr.clone(), queue], Rule::FailedTransfer), [""; 0]);
    // A later call by the customer is not the target of the transfer.
    let again = span("genesys", SpanType::Telephony, "again", 80.0, 100.0);
    assert_eq!(says(vec![line(60.0), ivr, again], Rule::FailedTransfer), [expected]);
}

#[test]
fn a_transfer_that_may_still_be_answered_has_not_failed() {
    let up = FactBuilder::start("genesys", &conversation(1), SpanType::Telephony, "customer", 0.0);
    let ivr = span("genesys", SpanType::Ivr, "flow", 0.0, 30.0).ended(Outcome::Ok, "TRANSFER");
    // While the call is up, Genesys may be 15 minutes late.
    let ivr = ivr.with("genesys.transfer_type", "ACD");
    assert_eq!(says_at(vec![up.clone(), ivr.clone()], Rule::FailedTransfer, 929.0), [""; 0]);
    assert_eq!(says_at(vec![up, ivr], Rule::FailedTransfer, 930.0).len(), 1);
}

#[test]
fn an_unanswered_agent_is_a_failed_transfer_unless_another_answers() {
    let rang = agent("agent-1", 10.0, 30.0).ended(Outcome::Error, "NO_ANSWER_TRANSFER");
    let expected = "A transfer from the agent reached nobody (NO_ANSWER_TRANSFER). [agent-1]";
    assert_eq!(says(vec![line(60.0), rang.clone()], Rule::FailedTransfer), [expected]);
    assert_eq!(says(vec![line(90.0), rang, agent("agent-2", 33.0, 90.0)], Rule::FailedTransfer), [""; 0]);
}

#[test]
fn a_consulted_agent_who_stays_takes_over() {
    let first = agent("agent-1", 10.0, 60.0).ended(Outcome::Ok, "CONSULT_TRANSFER");
    assert_eq!(says(vec![line(90.0), first, agent("agent-2", 40.0, 90.0)], Rule::FailedTransfer), [""; 0]);
}

#[test]
fn a_transfer_to_a_number_with_a_long_call_succeeded() {
    let sent = |to: f64| {
        let flow = span("genesys", SpanType::Ivr, "flow", 0.0, 30.0).ended(Outcome::Ok, "TRANSFER");
        vec![line(to), flow.with("genesys.transfer_type", "NUMBER")]
    };
    assert_eq!(says(sent(50.0), Rule::FailedTransfer).len(), 1);
    assert_eq!(says(sent(500.0), Rule::FailedTransfer), [""; 0]);
}

#[test]
fn a_hand_off_to_a_platform_fails_when_nothing_begins_there() {
    let handoff = span("ai", SpanType::PlatformHandoff, "handoff", 20.0, 25.0);
    assert_eq!(
        says(vec![handoff.clone()], Rule::FailedTransfer),
        ["No source reported an answer to a transfer to another platform. [handoff]"]
    );
    assert_eq!(says(vec![handoff, span("genesys", SpanType::Ivr, "flow", 26.0, 60.0)], Rule::FailedTransfer), [""; 0]);
}

#[test]
fn a_hand_off_that_lasts_longer_than_a_phone_rings_was_answered() {
    let outside = span("connect", SpanType::PlatformHandoff, "handoff", 20.0, 1_280.0);
    assert_eq!(says(vec![outside.clone()], Rule::FailedTransfer), [""; 0]);
    let failed = outside.ended(Outcome::Error, "TELECOM_PROBLEM");
    assert_eq!(says(vec![failed], Rule::FailedTransfer).len(), 1);
}

#[test]
fn leaving_a_queue_and_waiting_long_are_two_things() {
    let left = span("genesys", SpanType::Queue, "acd", 0.0, 192.0).ended(Outcome::Abandoned, "ABANDON");
    assert_eq!(
        says(vec![left.clone()], Rule::AbandonedInQueue),
        ["The customer left the queue after a wait of 3 min 12 s. [acd]"]
    );
    assert_eq!(says(vec![left], Rule::LongQueue), ["The customer waited 3 min 12 s in the queue. [acd]"]);
    assert_eq!(says(vec![span("genesys", SpanType::Queue, "acd", 0.0, 119.9)], Rule::LongQueue), [""; 0]);
    let waiting = FactBuilder::start("genesys", &conversation(1), SpanType::Queue, "acd", 0.0);
    // Genesys may report up to 15 minutes later that the wait had ended.
    assert_eq!(says_at(vec![waiting.clone()], Rule::LongQueue, 1_019.0), [""; 0]);
    assert_eq!(
        says_at(vec![waiting], Rule::LongQueue, 1_050.0),
        ["The customer has waited in the queue for at least 2 min 30 s. [acd]"]
    );
}

#[test]
fn a_long_gap_names_the_spans_around_it() {
    let facts = |from| vec![span("genesys", SpanType::Ivr, "flow", 0.0, 10.0), agent("agent", from, 90.0)];
    let expected =
        "A gap of 30 s: no source reported what happened between the IVR and the agent on genesys. [flow agent]";
    assert_eq!(says(facts(40.0), Rule::LongGap), [expected]);
    assert_eq!(says(facts(39.9), Rule::LongGap), [""; 0]);
}

#[test]
fn a_slow_backend_is_one_insight_with_its_longest_time() {
    let request =
        |session: &str, from: f64, to: f64| span("crm", SpanType::Backend, session, from, to).named("GET /cases");
    let facts = vec![
        line(20.0),
        request("a", 0.0, 3.0),
        request("b", 5.0, 9.2).ended(Outcome::Error, "504"),
        request("c", 10.0, 12.9),
    ];
    let expected = "GET /cases on crm was slow twice and failed once: it took up to 4.2 s. [a b]";
    assert_eq!(says(facts, Rule::SlowBackend), [expected]);
}

#[test]
fn an_ai_agent_that_hands_over_to_a_person_has_escalated() {
    let talk = |session: &str, from, to| span("ai", SpanType::AiConversation, session, from, to);
    let expected =
        "The AI agent on ai handed the customer over to a human agent after a conversation of 1 min 20 s. [talk agent]";
    assert_eq!(says(vec![talk("talk", 0.0, 80.0), agent("agent", 82.0, 90.0)], Rule::AiEscalation), [expected]);
    let twice = vec![talk("first", 0.0, 40.0), talk("talk", 40.0, 120.0), agent("agent", 122.0, 190.0)];
    assert_eq!(says(twice, Rule::AiEscalation), [expected]);
    assert_eq!(says(vec![agent("agent", 0.0, 10.0), talk("talk", 20.0, 80.0)], Rule::AiEscalation), [""; 0]);
}

#[test]
fn hand_offs_between_agents_and_platforms_are_counted() {
    let facts = |third: &str| {
        vec![
            span("ai", SpanType::AiConversation, "talk", 0.0, 10.0),
            span("genesys", SpanType::Ivr, "flow", 10.0, 20.0),
            agent("one", 20.0, 30.0),
            agent("two", 30.0, 40.0),
            agent("third", 40.0, 50.0).with("genesys.user_id", third),
        ]
    };
    let expected = "The customer was handed over 3 times, between agents or platforms. [flow two third]";
    assert_eq!(says(facts("another"), Rule::RepeatedHandoffs), [expected]);
    let mut same = facts("u-2");
    same[3] = agent("two", 30.0, 40.0).with("genesys.user_id", "u-2");
    assert_eq!(says(same, Rule::RepeatedHandoffs), [""; 0]);
}

#[test]
fn a_named_but_silent_source_is_missing() {
    let sbc = |to: &Id| {
        FactBuilder::span("sbc", &id("sip.call_id:a1@sbc"), SpanType::Telephony, "call", 0.0, 60.0)
            .linking(to, Role::Reference)
    };
    let facts = || vec![sbc(&conversation(1))];
    let expected = "sbc named a genesys.conversation, but genesys reported nothing about it. [call]";
    assert_eq!(says(facts(), Rule::MissingSource), [expected]);
    // Not before its delay has elapsed, and not if it reported something.
    assert_eq!(says_at(facts(), Rule::MissingSource, 960.0), [""; 0]);
    assert_eq!(says(vec![sbc(&conversation(1)), line(60.0)], Rule::MissingSource), [""; 0]);
    assert_eq!(says(vec![sbc(&id("crm.case:c-1"))], Rule::MissingSource), [""; 0]);
}

#[test]
fn a_source_that_never_reports_the_end_is_missing() {
    let facts = vec![line(60.0), FactBuilder::start("genesys", &conversation(1), SpanType::Queue, "acd", 10.0)];
    assert_eq!(says_at(facts.clone(), Rule::MissingSource, 959.0), [""; 0]);
    assert_eq!(
        says_at(facts, Rule::MissingSource, 960.0),
        ["genesys did not report when the wait in the queue ended. [acd]"]
    );
}

#[test]
fn a_matched_hand_off_counts_as_answered_at_any_delay() {
    let mut gathered = gathered([
        span("ai", SpanType::AiConversation, "talk", 0.0, 10.0).ended(Outcome::Ok, "TRANSFER").handoff(
            "+15555550199",
            HandoffAct::Left,
            10.0,
            None,
        ),
        span("genesys", SpanType::Telephony, "customer", 90.0, 200.0),
    ]);
    let failed = |gathered: &_| {
        let journey = assemble(gathered, &policy(), None, at(LATER)).unwrap();
        journey.insights.iter().filter(|insight| insight.rule == Rule::FailedTransfer).count()
    };
    assert_eq!(failed(&gathered), 1);
    let ends = ("talk", "customer");
    let one = conversation(1);
    gathered.handoffs.insert((crate::builder::key("ai", &one, ends.0), crate::builder::key("genesys", &one, ends.1)));
    assert_eq!(failed(&gathered), 0);
}

#[test]
fn the_worst_comes_first() {
    let facts = vec![
        span("genesys", SpanType::Queue, "acd", 0.0, 192.0).ended(Outcome::Abandoned, "ABANDON"),
        span("crm", SpanType::Backend, "request", 0.0, 5.0),
        line(192.0),
    ];
    let rules: Vec<_> = journey(facts, LATER).insights.iter().map(|insight| insight.rule).collect();
    assert_eq!(rules, [Rule::AbandonedInQueue, Rule::LongQueue, Rule::SlowBackend]);
}
