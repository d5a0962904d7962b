//! Calls that stay in the contact centre.

use chrono::{DateTime, Utc};

use super::scene::Scene;
use crate::platforms::places::{AGENTS, HOME, LINES, ORDERS, QUEUES, ROUTING, VERIFY, WAITING, customer};
use crate::platforms::{Conversation, Talk, Told};

/// A call that an agent answers.
pub(super) fn plain(scene: &mut Scene, at: DateTime<Utc>) {
    let caller = scene.caller();
    plain_from(scene, at, &caller);
}

/// A call from `caller` that an agent answers.
pub(super) fn plain_from(scene: &mut Scene, at: DateTime<Utc>, caller: &str) {
    let line = scene.dice.pick(&LINES);
    let mut call = scene.call(at, caller, line);
    let (queue, agent) = (scene.dice.pick(&QUEUES), scene.dice.pick(&AGENTS));
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    if scene.dice.chance(250) {
        call.genesys.recognise(&call.leg, queued - scene.dice.seconds(1, 5));
    }
    let answered = scene.queue(&mut call, queue, queued, agent);
    let over = scene.agent(&mut call, agent, queue, answered, "PEER");
    scene.hang_up(call, over, "CLIENT");
}

/// A call that a flow deals with alone.
pub(super) fn contained(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let flow = scene.dice.pick(&[ORDERS, VERIFY]);
    let over = scene.ivr(&mut call, &flow, "FLOW_DISCONNECT", None);
    scene.hang_up(call, over, "PEER");
}

/// A customer who leaves the queue.
pub(super) fn abandoned(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let left = queued + scene.dice.seconds(20, 400);
    call.genesys.wait(scene.dice.pick(&QUEUES), queued, left, "ABANDON", None);
    call.genesys.flow(&WAITING, queued, left, "DISCONNECT", None);
    scene.hang_up(call, left, "CLIENT");
}

/// An agent sends the customer on to another queue, without asking.
pub(super) fn blind_transfer(scene: &mut Scene, at: DateTime<Utc>) {
    transferred(scene, at, "TRANSFER");
}

/// An agent asks another before sending the customer on.
pub(super) fn consult_transfer(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let [queue, other] = [scene.dice.pick(&QUEUES), scene.dice.pick(&QUEUES)];
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, AGENTS[0]);
    let over = scene.agent(&mut call, AGENTS[0], queue, answered, "CONSULT_TRANSFER");
    // The consulted agent talks to the first for a while, and then to the customer: one session.
    let asked = over - scene.dice.seconds(10, 35);
    let until = scene.agent(&mut call, AGENTS[1], other, asked, "PEER").max(over);
    scene.hang_up(call, until, "CLIENT");
}

/// A transfer that nobody answers, and the queue again.
pub(super) fn no_answer_transfer(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let queue = scene.dice.pick(&QUEUES);
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, AGENTS[2]);
    let sent = scene.agent(&mut call, AGENTS[2], queue, answered, "NO_ANSWER_TRANSFER");
    let alerting = scene.dice.seconds(18, 32);
    let nobody = Talk { alerting, talking: zero(), held: zero(), disconnect: "NO_ANSWER_TRANSFER" };
    call.genesys.talk(AGENTS[3], queue, sent, nobody);
    let again = scene.queue(&mut call, queue, sent + alerting, AGENTS[4]);
    let over = scene.agent(&mut call, AGENTS[4], queue, again, "PEER");
    scene.hang_up(call, over, "CLIENT");
}

fn transferred(scene: &mut Scene, at: DateTime<Utc>, how: &'static str) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let [queue, other] = [scene.dice.pick(&QUEUES), scene.dice.pick(&QUEUES)];
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, AGENTS[0]);
    let sent = scene.agent(&mut call, AGENTS[0], queue, answered, how);
    let again = scene.queue(&mut call, other, sent, AGENTS[1]);
    let over = scene.agent(&mut call, AGENTS[1], other, again, "PEER");
    scene.hang_up(call, over, "CLIENT");
}

/// A message left.
pub(super) fn voicemail(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let queue = scene.dice.pick(&QUEUES);
    let from = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD_VOICEMAIL"));
    let to = from + scene.dice.seconds(8, 70);
    call.genesys.voicemail(queue, from, to);
    scene.hang_up(call, to, "CLIENT");
}

/// A customer who would rather be called back, in the same conversation.
pub(super) fn call_back(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (customer(&mut scene.dice), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let queue = scene.dice.pick(&QUEUES);
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let left = queued + scene.dice.seconds(60, 180);
    call.genesys.count(left, &WAITING, "Callback accepted");
    call.genesys.wait(queue, queued, left, "FLOW_OUT", None);
    call.genesys.flow(&WAITING, queued, left, "FLOW_EXIT", None);
    let due = left + scene.dice.seconds(300, 1_500);
    call.genesys.wait_for_call_back(queue, left, due, AGENTS[5]);
    let answered = due + scene.dice.seconds(8, 25);
    let back = call.genesys.dial(answered, HOME.shown, &caller);
    let over = scene.agent(&mut call, AGENTS[5], queue, answered, "PEER");
    call.genesys.leave(&back, over, "CLIENT");
    scene.hang_up(call, left, "CLIENT");
}

/// A call, and later a call back in a conversation of its own. Mostly both carry the number of the case; without it,
/// nothing but the phone number tells that they belong together.
pub(super) fn case_call_back(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (customer(&mut scene.dice), scene.dice.pick(&LINES));
    let case = format!("500Hs{}IAF", scene.dice.hex(10));
    let mut call = scene.call(at, &caller, line);
    let queue = scene.dice.pick(&QUEUES);
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, AGENTS[0]);
    let over = scene.agent(&mut call, AGENTS[0], queue, answered, "PEER");
    call.genesys.set(answered + scene.dice.seconds(10, 30), [("crmCaseId", case.as_str())]);
    scene.hang_up(call, over, "CLIENT");

    let back_at = over + scene.dice.seconds(600, 2_400);
    let noted = scene.dice.chance(960);
    let part = if noted { 0 } else { scene.part_of_its_own() };
    let mut back = Conversation::outbound(HOME, &caller, scene.dice.fork());
    let leg = back.dial(back_at, HOME.shown, &caller);
    let talk = Talk { alerting: zero(), talking: scene.dice.seconds(60, 300), held: zero(), disconnect: "PEER" };
    let session = back.talk(AGENTS[1], queue, back_at, talk);
    let ended = back_at + talk.lasting();
    if scene.dice.chance(300) {
        back.campaign(&leg, back_at - scene.dice.seconds(1, 8));
        back.wrap_up_alone(&leg, ended, "ININ-OUTBOUND-SUCCESS");
    }
    if noted {
        back.set(back_at + scene.dice.seconds(2, 20), [("crmCaseId", case.as_str())]);
    }
    back.wrap_up(&session, AGENTS[1], ended + scene.dice.seconds(9, 40), scene.dice.seconds(5, 9), "RESOLVED");
    back.leave(&leg, ended, "CLIENT");
    scene.conclude(back, part);

    let worked = Told::of(format!("crm.case:{case}"), "crm", "case activity", answered, ended).ended("ok", None);
    scene.tell(scene.world.crm, &worked, 0);
}

fn zero() -> chrono::TimeDelta {
    chrono::TimeDelta::zero()
}
