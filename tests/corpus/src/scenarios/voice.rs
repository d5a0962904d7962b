//! Calls that stay inside the contact centre.

use chrono::{DateTime, Utc};

use super::scenario::Scenario;
use crate::platforms::places::{AGENTS, HOME, LINES, ORDERS, QUEUES, ROUTING, VERIFY, WAITING, customer};
use crate::platforms::{Conversation, SpanDocument, Talk};

/// A call that an agent answers.
pub(super) fn plain(scenario: &mut Scenario, at: DateTime<Utc>) {
    let caller = scenario.caller();
    plain_from(scenario, at, &caller);
}

/// A call from `caller` that an agent answers.
pub(super) fn plain_from(scenario: &mut Scenario, at: DateTime<Utc>, caller: &str) {
    let line = scenario.rng.pick(&LINES);
    let mut call = scenario.call(at, caller, line);
    let (queue, agent) = (scenario.rng.pick(&QUEUES), scenario.rng.pick(&AGENTS));
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    if scenario.rng.chance(250) {
        call.genesys.recognise(&call.leg, queued - scenario.rng.seconds(1, 5));
    }
    let answered = scenario.queue(&mut call, queue, queued, agent);
    let over = scenario.agent(&mut call, agent, queue, answered, "PEER");
    scenario.hang_up(call, over, "CLIENT");
}

/// A call that a flow handles without an agent.
pub(super) fn contained(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let flow = scenario.rng.pick(&[ORDERS, VERIFY]);
    let over = scenario.ivr(&mut call, &flow, "FLOW_DISCONNECT", None);
    scenario.hang_up(call, over, "PEER");
}

/// A customer hangs up while waiting in the queue.
pub(super) fn abandoned(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let left = queued + scenario.rng.seconds(20, 400);
    call.genesys.wait(scenario.rng.pick(&QUEUES), queued, left, "ABANDON", None);
    call.genesys.flow(&WAITING, queued, left, "DISCONNECT", None);
    scenario.hang_up(call, left, "CLIENT");
}

/// An agent transfers the customer to another queue without talking to the next agent.
pub(super) fn blind_transfer(scenario: &mut Scenario, at: DateTime<Utc>) {
    transferred(scenario, at, "TRANSFER");
}

/// An agent talks to another agent before the transfer.
pub(super) fn consult_transfer(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let [queue, other] = [scenario.rng.pick(&QUEUES), scenario.rng.pick(&QUEUES)];
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, AGENTS[0]);
    let over = scenario.agent(&mut call, AGENTS[0], queue, answered, "CONSULT_TRANSFER");
    // In one session, the consulted agent talks to the first agent and then to the customer.
    let asked = over - scenario.rng.seconds(10, 35);
    let until = scenario.agent(&mut call, AGENTS[1], other, asked, "PEER").max(over);
    scenario.hang_up(call, until, "CLIENT");
}

/// Nobody answers the transfer, and the customer returns to the queue.
pub(super) fn no_answer_transfer(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let queue = scenario.rng.pick(&QUEUES);
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, AGENTS[2]);
    let sent = scenario.agent(&mut call, AGENTS[2], queue, answered, "NO_ANSWER_TRANSFER");
    let alerting = scenario.rng.seconds(18, 32);
    let nobody = Talk { alerting, talking: zero(), held: zero(), disconnect: "NO_ANSWER_TRANSFER" };
    call.genesys.talk(AGENTS[3], queue, sent, nobody);
    let again = scenario.queue(&mut call, queue, sent + alerting, AGENTS[4]);
    let over = scenario.agent(&mut call, AGENTS[4], queue, again, "PEER");
    scenario.hang_up(call, over, "CLIENT");
}

fn transferred(scenario: &mut Scenario, at: DateTime<Utc>, how: &'static str) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let [queue, other] = [scenario.rng.pick(&QUEUES), scenario.rng.pick(&QUEUES)];
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, AGENTS[0]);
    let sent = scenario.agent(&mut call, AGENTS[0], queue, answered, how);
    let again = scenario.queue(&mut call, other, sent, AGENTS[1]);
    let over = scenario.agent(&mut call, AGENTS[1], other, again, "PEER");
    scenario.hang_up(call, over, "CLIENT");
}

/// The customer leaves a voicemail.
pub(super) fn voicemail(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let queue = scenario.rng.pick(&QUEUES);
    let from = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD_VOICEMAIL"));
    let to = from + scenario.rng.seconds(8, 70);
    call.genesys.voicemail(queue, from, to);
    scenario.hang_up(call, to, "CLIENT");
}

/// The customer asks for a call back and gets it in the same conversation.
pub(super) fn call_back(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (customer(&mut scenario.rng), scenario.rng.pick(&LINES));
    let mut call = scenario.call(at, &caller, line);
    let queue = scenario.rng.pick(&QUEUES);
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let left = queued + scenario.rng.seconds(60, 180);
    call.genesys.count(left, &WAITING, "Callback accepted");
    call.genesys.wait(queue, queued, left, "FLOW_OUT", None);
    call.genesys.flow(&WAITING, queued, left, "FLOW_EXIT", None);
    let due = left + scenario.rng.seconds(300, 1_500);
    call.genesys.wait_for_call_back(queue, left, due, AGENTS[5]);
    let answered = due + scenario.rng.seconds(8, 25);
    let back = call.genesys.dial(answered, HOME.shown, &caller);
    let over = scenario.agent(&mut call, AGENTS[5], queue, answered, "PEER");
    call.genesys.leave(&back, over, "CLIENT");
    scenario.hang_up(call, left, "CLIENT");
}

/// A call, and later a call back in another conversation. Most call backs carry the case number. Without it, only the
/// phone number connects the two conversations.
pub(super) fn case_call_back(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (customer(&mut scenario.rng), scenario.rng.pick(&LINES));
    let case = format!("500Hs{}IAF", scenario.rng.hex(10));
    let mut call = scenario.call(at, &caller, line);
    let queue = scenario.rng.pick(&QUEUES);
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, AGENTS[0]);
    let over = scenario.agent(&mut call, AGENTS[0], queue, answered, "PEER");
    call.genesys.set(answered + scenario.rng.seconds(10, 30), [("crmCaseId", case.as_str())]);
    scenario.hang_up(call, over, "CLIENT");

    let back_at = over + scenario.rng.seconds(600, 2_400);
    let noted = scenario.rng.chance(960);
    let part = if noted { 0 } else { scenario.new_part() };
    let mut back = Conversation::outbound(HOME, &caller, scenario.rng.fork());
    let leg = back.dial(back_at, HOME.shown, &caller);
    let talk = Talk { alerting: zero(), talking: scenario.rng.seconds(60, 300), held: zero(), disconnect: "PEER" };
    let session = back.talk(AGENTS[1], queue, back_at, talk);
    let ended = back_at + talk.lasting();
    if scenario.rng.chance(300) {
        back.campaign(&leg, back_at - scenario.rng.seconds(1, 8));
        back.wrap_up_alone(&leg, ended, "ININ-OUTBOUND-SUCCESS");
    }
    if noted {
        back.set(back_at + scenario.rng.seconds(2, 20), [("crmCaseId", case.as_str())]);
    }
    back.wrap_up(&session, AGENTS[1], ended + scenario.rng.seconds(9, 40), scenario.rng.seconds(5, 9), "RESOLVED");
    back.leave(&leg, ended, "CLIENT");
    scenario.conclude(back, part);

    let worked =
        SpanDocument::of(format!("crm.case:{case}"), "crm", "case activity", answered, ended).ended("ok", None);
    scenario.send(scenario.systems.crm, &worked, 0);
}

fn zero() -> chrono::TimeDelta {
    chrono::TimeDelta::zero()
}
