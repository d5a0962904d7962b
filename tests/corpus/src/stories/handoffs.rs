//! Calls that go from one platform to another by a phone number.

use chrono::{DateTime, TimeDelta, Utc};

use super::scene::{Call, Scene, value_of};
use crate::platforms::places::{AGENTS, ESCALATION, HOME, LINES, OUTSOURCER, QUEUES, ROUTING, SISTER, SISTER_LINE};
use crate::platforms::{Act, Conversation, Talk, Told};

/// How long after the one side let go the other answers: mostly about a second, and in 1 of 100 hand-offs longer than
/// any rule would wait.
fn until_answered(scene: &mut Scene) -> TimeDelta {
    if scene.dice.chance(10) {
        return scene.dice.seconds(6, 12);
    }
    // Three rolls: most are near the middle.
    scene.dice.millis(0, 1_000) + scene.dice.millis(0, 1_000) + scene.dice.millis(0, 1_000)
}

/// Whether an answer after `later` is one that can be told from others: by time, and by the customer's number being
/// the same on both sides.
fn can_be_known(later: TimeDelta, told: &str, seen: &str) -> bool {
    later <= TimeDelta::seconds(5) && (told == seen || !told.starts_with('+') || !seen.starts_with('+'))
}

/// The number that a call shows on its way out, and the one that is seen where it is answered. Mostly the customer's is
/// passed on, else the contact centre shows its own. Some carriers drop it, and some tell whose call it was before.
fn shown_and_seen(scene: &mut Scene, caller: &str) -> (String, String) {
    let shown = if scene.dice.chance(750) { caller } else { HOME.shown };
    let seen = match scene.dice.below(1_000) {
        0..40 => "anonymous",
        40..55 => caller,
        _ => shown,
    };
    (shown.to_owned(), seen.to_owned())
}

/// An agent transfers the customer to a number that the outsourcer's contact centre answers.
pub(super) fn to_outsourcer(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let (queue, agent) = (scene.dice.pick(&QUEUES), scene.dice.pick(&AGENTS));
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, agent);
    let sent = scene.agent(&mut call, agent, queue, answered, "TRANSFER");

    let number = scene.dice.pick(&OUTSOURCER);
    let (shown, seen) = shown_and_seen(scene, &caller);
    let outside = call.genesys.dial(sent, &shown, number);
    let later = until_answered(scene);
    let over = outsourced(scene, &seen, number, sent + later, can_be_known(later, &shown, &seen));
    call.genesys.leave(&outside, over, "CLIENT");
    scene.hang_up(call, over, "CLIENT");
}

/// The outsourcer's contact centre answers a call, until the time that is given back. What has been told of it
/// belongs to the journey that it was handed over in, or cannot be known to.
pub(super) fn outsourced(
    scene: &mut Scene,
    caller: &str,
    number: &str,
    answered: DateTime<Utc>,
    known: bool,
) -> DateTime<Utc> {
    let over = answered + scene.dice.seconds(60, 500);
    let id = format!("outsourcer.call:{}", scene.dice.uuid());
    let told = Told::of(id, "agent_interaction", "external agent", answered, over)
        .call(caller, number)
        .act(Act::Arrived(number.to_owned()), answered);
    let part = if known { 0 } else { scene.part_of_its_own() };
    scene.tell(scene.world.outsourcer, &told, part);
    over
}

/// An AI agent talks to the customer, and hands over to a number that the contact centre answers. Some AI agents also
/// pass a mark along with the call.
pub(super) fn from_ai(scene: &mut Scene, at: DateTime<Utc>) {
    let caller = scene.caller();
    let line = scene.dice.pick(&LINES);
    let left = at + scene.dice.seconds(25, 200);
    let later = until_answered(scene);
    let mut call = scene.call(left + later - TimeDelta::milliseconds(500), &caller, ESCALATION);
    let marked = scene.dice.chance(300);
    if !marked && !can_be_known(later, &caller, &caller) {
        call.part = 1;
    }
    let mut told =
        Told::of(format!("voiceai.session:{}", scene.dice.uuid()), "ai_conversation", "AI assistant", at, left)
            .call(&caller, line)
            .with("gen_ai.operation.name", "invoke_agent")
            .point("escalation", left)
            .act(Act::Left(ESCALATION.to_owned()), left);
    if marked {
        told = told.linked(call.uui.clone());
        call.genesys.set(call.leg.began() + scene.dice.millis(200, 700), [("uui", value_of(&call.uui))]);
    }
    scene.tell(scene.world.ai, &told, 0);
    answered_by_agent(scene, call);
}

fn answered_by_agent(scene: &mut Scene, mut call: Call) {
    let (queue, agent) = (scene.dice.pick(&QUEUES), scene.dice.pick(&AGENTS));
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, agent);
    let over = scene.agent(&mut call, agent, queue, answered, "PEER");
    scene.hang_up(call, over, "CLIENT");
}

/// A flow sends the customer to the sister organization: two conversations, two buses, one clock.
pub(super) fn to_sister(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let mut call = scene.call(at, &caller, line);
    let sent = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("NUMBER"));
    let (shown, seen) = shown_and_seen(scene, &caller);
    let outside = call.genesys.dial(sent, &shown, SISTER_LINE);

    let later = until_answered(scene);
    let answered = sent + later;
    let mut there = Conversation::new(SISTER, &seen, SISTER_LINE, scene.dice.fork());
    let leg = there.arrive(answered);
    let queued = answered + scene.dice.seconds(1, 3);
    let taken = queued + scene.dice.seconds(5, 90);
    let [queue, agent] = [QUEUES[3], AGENTS[5]];
    there.wait(queue, queued, taken, "ANSWERED", Some(agent));
    let talking = scene.dice.seconds(60, 300);
    let talk = Talk { alerting: TimeDelta::seconds(2), talking, held: TimeDelta::zero(), disconnect: "PEER" };
    there.talk(agent, queue, taken - talk.alerting, talk);
    let over = taken + talking;
    there.leave(&leg, over, "CLIENT");
    let part = if can_be_known(later, &shown, &seen) { 0 } else { scene.part_of_its_own() };
    scene.conclude(there, part);

    call.genesys.leave(&outside, over, "CLIENT");
    scene.hang_up(call, over, "CLIENT");
}
