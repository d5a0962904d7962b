//! Whole journeys as documents. The snapshots next to this file show what an engineer reads.

use cxtrace_domain::journeys::{
    Clocks, CodeAct, Fact, Gathered, Id, Journey, Outcome, Party, Role, Settled, SpanType, assemble,
};

use crate::builder::{FactBuilder, at, conversation, id, key, policy};
use cxtrace_fixtures::MemoryTable;

/// An hour after the start, when every delay has elapsed.
pub(crate) const LATER: f64 = 3_600.0;

/// The facts of the journey of `seed`.
fn gather(seed: &Id, facts: Vec<FactBuilder>) -> Gathered {
    let facts: Vec<Fact> = facts.into_iter().map(FactBuilder::fact).collect();
    MemoryTable::of(&facts).gather(seed, &Clocks::default())
}

fn seen(gathered: &Gathered, seconds: f64) -> Journey {
    assemble(gathered, &policy(), None, at(seconds)).unwrap()
}

/// A Genesys call: the line, an IVR, and further spans.
pub(crate) fn call(call: &Id, from: f64, to: f64) -> Vec<FactBuilder> {
    vec![
        FactBuilder::span("genesys", call, SpanType::Telephony, "customer", from, to)
            .ended(Outcome::Ok, "CLIENT")
            .with("genesys.media_type", "VOICE")
            .mention(Party::Customer, "+15555550123")
            .mention(Party::Centre, "+15555550100"),
        FactBuilder::span("genesys", call, SpanType::Ivr, "flow", from + 0.2, from + 40.0)
            .ended(Outcome::Ok, "TRANSFER")
            .with("genesys.exit_reason", "TRANSFER")
            .with("genesys.transfer_type", "ACD"),
    ]
}

fn queue(call: &Id, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span("genesys", call, SpanType::Queue, "acd", from, to)
        .ended(Outcome::Ok, "TRANSFER")
        .with("genesys.acd_outcome", "ANSWERED")
}

fn agent(call: &Id, session: &str, from: f64, to: f64) -> FactBuilder {
    FactBuilder::span("genesys", call, SpanType::AgentInteraction, session, from, to)
        .ended(Outcome::Ok, "PEER")
        .with("genesys.user_id", session)
}

#[test]
fn a_clean_call() {
    let one = conversation(1);
    let mut facts = call(&one, 0.4, 312.0);
    let sip = id("sip.call_id:a84b4c76e66710@sbc1");
    facts.push(
        FactBuilder::span("sbc", &sip, SpanType::Telephony, "call", 0.0, 312.2)
            .ended(Outcome::Ok, "200")
            .linking(&one, Role::Reference),
    );
    facts.push(queue(&one, 40.4, 61.0));
    facts.push(agent(&one, "agent-1", 55.0, 311.8).event("alerting", 55.0));
    facts.push(FactBuilder::span("genesys", &one, SpanType::WrapUp, "acw", 311.8, 340.0));
    facts.push(FactBuilder::of("genesys", &one, 12.5).moment("Billing Identified", SpanType::Ivr, 12.0));
    insta::assert_json_snapshot!(seen(&gather(&one, facts), LATER));
}

#[test]
fn a_transfer_that_reaches_nobody() {
    let one = conversation(1);
    let facts = call(&one, 0.0, 95.0);
    insta::assert_json_snapshot!(seen(&gather(&one, facts), LATER));
}

#[test]
fn a_queue_that_the_customer_leaves() {
    let one = conversation(1);
    let mut facts = call(&one, 0.0, 250.0);
    facts.push(
        FactBuilder::span("genesys", &one, SpanType::Queue, "acd", 40.2, 249.8)
            .ended(Outcome::Abandoned, "ABANDON")
            .with("genesys.acd_outcome", "ABANDON"),
    );
    facts.push(
        FactBuilder::span("genesys", &one, SpanType::Ivr, "music", 41.0, 249.8)
            .with("genesys.flow_type", "INQUEUECALL")
            .named("Music"),
    );
    insta::assert_json_snapshot!(seen(&gather(&one, facts), LATER));
}

#[test]
fn from_the_web_to_a_call_by_a_code() {
    let (web, one) = (id("web.session:s-81f2"), conversation(1));
    let mut facts = call(&one, 150.0, 400.0);
    facts.push(FactBuilder::span("portal", &web, SpanType::Web, "visit", 0.0, 120.0).code(
        "4711",
        CodeAct::Issued,
        60.0,
    ));
    facts.push(FactBuilder::of("genesys", &one, 170.0).code("4711", CodeAct::Used, 169.5));
    facts.push(queue(&one, 190.2, 221.0));
    facts.push(agent(&one, "agent-1", 215.0, 399.9));
    let journey = seen(&gather(&web, facts.clone()), LATER);
    assert_eq!(journey, seen(&gather(&one, facts), LATER));
    insta::assert_json_snapshot!(journey);
}

#[test]
fn a_slow_backend() {
    let one = conversation(1);
    let mut facts = call(&one, 0.0, 125.0);
    let trace = id("trace:0af7651916cd43dd8448eb211c80319c");
    facts.push(FactBuilder::of("genesys", &one, 5.0).linking(&trace, Role::Reference));
    for (session, from, to) in [("r1", 6.0, 10.2), ("r2", 11.0, 19.1), ("r3", 20.0, 20.4)] {
        facts.push(
            FactBuilder::span("accounts", &trace, SpanType::Backend, session, from, to)
                .named("GET /accounts/{id}")
                .ended(if session == "r2" { Outcome::Error } else { Outcome::Ok }, "504")
                .under(key("genesys", &one, "flow")),
        );
    }
    facts.push(queue(&one, 40.2, 61.0));
    facts.push(agent(&one, "agent-1", 55.0, 124.9));
    insta::assert_json_snapshot!(seen(&gather(&one, facts), LATER));
}

#[test]
fn a_call_that_is_going_on() {
    let one = conversation(1);
    let facts = vec![
        FactBuilder::start("genesys", &one, SpanType::Telephony, "customer", 0.0),
        FactBuilder::span("genesys", &one, SpanType::Ivr, "flow", 0.2, 30.0).ended(Outcome::Ok, "TRANSFER"),
        FactBuilder::start("genesys", &one, SpanType::Queue, "acd", 30.1),
    ];
    insta::assert_json_snapshot!(seen(&gather(&one, facts), 180.0));
}

#[test]
fn a_fact_after_settling() {
    let one = conversation(1);
    let mut facts = call(&one, 0.0, 95.0);
    facts.push(queue(&one, 40.1, 50.0));
    facts.push(agent(&one, "agent-1", 49.0, 94.9));
    let first = gather(&one, facts.clone());
    let settled = Settled { revision: 1, content: first.content() };
    let journey = assemble(&first, &policy(), Some(settled), at(LATER)).unwrap();
    assert_eq!((journey.revision, serde_json::to_value(journey.status).unwrap()), (1, "settled".into()));
    facts.push(FactBuilder::span("genesys", &one, SpanType::WrapUp, "acw", 94.9, 120.0));
    let late = gather(&one, facts);
    insta::assert_json_snapshot!(assemble(&late, &policy(), Some(settled), at(LATER)).unwrap());
}
