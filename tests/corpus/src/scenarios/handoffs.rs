//! Calls that one platform hands to another by dialling a phone number.

use chrono::{DateTime, TimeDelta, Utc};

use super::scenario::{Call, Scenario, value_of};
use crate::platforms::places::{AGENTS, ESCALATION, HOME, LINES, OUTSOURCER, QUEUES, ROUTING, SISTER, SISTER_LINE};
use crate::platforms::{Act, Conversation, SpanDocument, Talk};

/// How long the other side takes to answer: about a second, and in 1 of 100 hand-offs longer than any rule waits.
fn until_answered(scenario: &mut Scenario) -> TimeDelta {
    if scenario.rng.chance(10) {
        return scenario.rng.seconds(6, 12);
    }
    // The sum of three random numbers is mostly near the middle.
    scenario.rng.millis(0, 1_000) + scenario.rng.millis(0, 1_000) + scenario.rng.millis(0, 1_000)
}

/// Whether the two sides of a hand-off can be joined: the answer comes in time, and no side shows a different customer.
fn is_provable(later: TimeDelta, shown: &str, seen: &str) -> bool {
    later <= TimeDelta::seconds(5) && (shown == seen || !shown.starts_with('+') || !seen.starts_with('+'))
}

/// The caller's number as it is sent, and as the other side sees it. Most calls pass the customer's number on; the others
/// show the contact centre's. Some carriers drop the number, and some restore the customer's.
fn shown_and_seen(scenario: &mut Scenario, caller: &str) -> (String, String) {
    let shown = if scenario.rng.chance(750) { caller } else { HOME.shown };
    let seen = match scenario.rng.below(1_000) {
        0..40 => "anonymous",
        40..55 => caller,
        _ => shown,
    };
    (shown.to_owned(), seen.to_owned())
}

/// An agent transfers the customer to a number that the outsourcer's contact centre answers.
pub(super) fn to_outsourcer(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let (queue, agent) = (scenario.rng.pick(&QUEUES), scenario.rng.pick(&AGENTS));
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, agent);
    let sent = scenario.agent(&mut call, agent, queue, answered, "TRANSFER");

    let number = scenario.rng.pick(&OUTSOURCER);
    let (shown, seen) = shown_and_seen(scenario, &caller);
    let outside = call.genesys.dial(sent, &shown, number);
    let later = until_answered(scenario);
    let over = outsourced(scenario, &seen, number, sent + later, is_provable(later, &shown, &seen));
    call.genesys.leave(&outside, over, "CLIENT");
    scenario.hang_up(call, over, "CLIENT");
}

/// The outsourcer answers a call. Returns when the call ends. `known` says whether a rule can join it to the journey that
/// handed it over.
pub(super) fn outsourced(
    scenario: &mut Scenario,
    caller: &str,
    number: &str,
    answered: DateTime<Utc>,
    known: bool,
) -> DateTime<Utc> {
    let over = answered + scenario.rng.seconds(60, 500);
    let id = format!("outsourcer.call:{}", scenario.rng.uuid());
    let document = SpanDocument::of(id, "agent_interaction", "external agent", answered, over)
        .call(caller, number)
        .act(Act::Arrived(number.to_owned()), answered);
    let part = if known { 0 } else { scenario.new_part() };
    scenario.send(scenario.systems.outsourcer, &document, part);
    over
}

/// An AI agent talks to the customer and hands over to a number of the contact centre. Some AI agents also pass a UUI
/// along with the call.
pub(super) fn from_ai(scenario: &mut Scenario, at: DateTime<Utc>) {
    let caller = scenario.caller();
    let line = scenario.rng.pick(&LINES);
    let left = at + scenario.rng.seconds(25, 200);
    let later = until_answered(scenario);
    let mut call = scenario.call(left + later - TimeDelta::milliseconds(500), &caller, ESCALATION);
    let marked = scenario.rng.chance(300);
    if !marked && !is_provable(later, &caller, &caller) {
        call.part = 1;
    }
    let mut document = SpanDocument::of(
        format!("voiceai.session:{}", scenario.rng.uuid()),
        "ai_conversation",
        "AI assistant",
        at,
        left,
    )
    .call(&caller, line)
    .with("gen_ai.operation.name", "invoke_agent")
    .point("escalation", left)
    .act(Act::Left(ESCALATION.to_owned()), left);
    if marked {
        document = document.linked(call.uui.clone());
        call.genesys.set(call.leg.began() + scenario.rng.millis(200, 700), [("uui", value_of(&call.uui))]);
    }
    scenario.send(scenario.systems.ai, &document, 0);
    answered_by_agent(scenario, call);
}

fn answered_by_agent(scenario: &mut Scenario, mut call: Call) {
    let (queue, agent) = (scenario.rng.pick(&QUEUES), scenario.rng.pick(&AGENTS));
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, agent);
    let over = scenario.agent(&mut call, agent, queue, answered, "PEER");
    scenario.hang_up(call, over, "CLIENT");
}

/// A flow transfers the customer to the sister organization. There are two conversations on two buses, with one clock.
pub(super) fn to_sister(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let sent = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("NUMBER"));
    let (shown, seen) = shown_and_seen(scenario, &caller);
    let outside = call.genesys.dial(sent, &shown, SISTER_LINE);

    let later = until_answered(scenario);
    let answered = sent + later;
    let mut there = Conversation::new(SISTER, &seen, SISTER_LINE, scenario.rng.fork());
    let leg = there.arrive(answered);
    let queued = answered + scenario.rng.seconds(1, 3);
    let taken = queued + scenario.rng.seconds(5, 90);
    let [queue, agent] = [QUEUES[3], AGENTS[5]];
    there.wait(queue, queued, taken, "ANSWERED", Some(agent));
    let talking = scenario.rng.seconds(60, 300);
    let talk = Talk { alerting: TimeDelta::seconds(2), talking, held: TimeDelta::zero(), disconnect: "PEER" };
    there.talk(agent, queue, taken - talk.alerting, talk);
    let over = taken + talking;
    there.leave(&leg, over, "CLIENT");
    let part = if is_provable(later, &shown, &seen) { 0 } else { scenario.new_part() };
    scenario.conclude(there, part);

    call.genesys.leave(&outside, over, "CLIENT");
    scenario.hang_up(call, over, "CLIENT");
}
