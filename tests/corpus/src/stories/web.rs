//! Customers who begin on the web site.

use chrono::{DateTime, TimeDelta, Utc};

use super::scene::{Call, Scene};
use crate::platforms::places::{AGENTS, HOME, LINES, QUEUES, ROUTING, customer};
use crate::platforms::{Act, Conversation, Talk, Told};

/// A code of four digits: one in 10,000, drawn by everyone.
pub(super) fn code(scene: &mut Scene) -> String {
    format!("{:04}", scene.dice.below(10_000))
}

/// A visit to the web site from `from` to `to`, which was shown a code in between.
pub(super) fn visit(
    scene: &mut Scene,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    code: Option<(&str, DateTime<Utc>)>,
) -> Told {
    let page = scene.dice.pick(&["/help/delivery", "/account/billing", "/orders", "/contact"]);
    let mut told = Told::of(format!("web.session:{}", scene.dice.uuid()), "web", page, from, to);
    if let Some((code, shown)) = code {
        told = told.act(Act::Issued(code.to_owned()), shown);
    }
    told
}

/// A code from the web site, keyed into a call.
pub(super) fn to_voice(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (scene.caller(), scene.dice.pick(&LINES));
    let (code, shown) = (code(scene), at + scene.dice.seconds(10, 240));
    let called = shown + scene.dice.seconds(12, 400);
    let mut call = scene.call(called, &caller, line);
    // Some key another digit: then nothing tells whose the call is.
    let mistyped = scene.dice.chance(8);
    let keyed = if mistyped { format!("{:04}", scene.dice.below(10_000)) } else { code.clone() };
    key(scene, &mut call, &keyed);
    let to = called + scene.dice.seconds(0, 120);
    let told = visit(scene, at, to, Some((&code, shown)));
    let part = if mistyped { 200 } else { 0 };
    scene.tell(scene.world.web, &told, part);

    let (queue, agent) = (scene.dice.pick(&QUEUES), scene.dice.pick(&AGENTS));
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, agent);
    let over = scene.agent(&mut call, agent, queue, answered, "PEER");
    scene.hang_up(call, over, "CLIENT");
}

/// The customer keys a code in.
fn key(scene: &mut Scene, call: &mut Call, code: &str) {
    call.genesys.set(call.leg.began() + scene.dice.seconds(6, 12), [("webCode", code)]);
}

/// A chat from the web site: Genesys tells the web session itself.
pub(super) fn to_chat(scene: &mut Scene, at: DateTime<Utc>) {
    let began = at + scene.dice.seconds(20, 300);
    let queue = scene.dice.pick(&QUEUES);
    let agent = scene.dice.pick(&AGENTS);
    let talking = scene.dice.seconds(90, 900);
    let talk = Talk { alerting: scene.dice.seconds(2, 20), talking, held: TimeDelta::zero(), disconnect: "PEER" };
    let told = visit(scene, at, began + talk.lasting(), None);
    let session = told.id.strip_prefix("web.session:").unwrap_or_default().to_owned();

    let mut chat = Conversation::new(HOME, "anonymous", HOME.shown, scene.dice.fork());
    let leg = chat.write(began, &session);
    chat.chat(agent, queue, began + TimeDelta::seconds(1), talk);
    chat.leave(&leg, began + TimeDelta::seconds(1) + talk.lasting(), "CLIENT");
    scene.conclude(chat, 0);
    scene.tell(scene.world.web, &told, 0);
}

/// Everything: a visit, a call with its code, two agents, a case in the CRM, and a call back about the case.
pub(super) fn long(scene: &mut Scene, at: DateTime<Utc>) {
    let (caller, line) = (customer(&mut scene.dice), scene.dice.pick(&LINES));
    let (code, shown) = (code(scene), at + scene.dice.seconds(30, 300));
    let called = shown + scene.dice.seconds(20, 300);
    let case = format!("500Hs{}IAF", scene.dice.hex(10));
    let mut call = scene.call(called, &caller, line);
    key(scene, &mut call, &code);
    let told = visit(scene, at, called + TimeDelta::seconds(30), Some((&code, shown)));
    scene.tell(scene.world.web, &told, 0);

    let [queue, other] = [scene.dice.pick(&QUEUES), scene.dice.pick(&QUEUES)];
    let queued = scene.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scene.queue(&mut call, queue, queued, AGENTS[0]);
    let sent = scene.agent(&mut call, AGENTS[0], queue, answered, "TRANSFER");
    let again = scene.queue(&mut call, other, sent, AGENTS[1]);
    call.genesys.set(again + scene.dice.seconds(15, 60), [("crmCaseId", case.as_str())]);
    let asked = again + TimeDelta::seconds(20);
    scene.ask_backend(&mut call, asked);
    let over = scene.agent(&mut call, AGENTS[1], other, again, "PEER");
    scene.hang_up(call, over, "CLIENT");

    let back_at = over + scene.dice.seconds(400, 1_200);
    let mut back = Conversation::outbound(HOME, &caller, scene.dice.fork());
    let leg = back.dial(back_at, HOME.shown, &caller);
    let talk = Talk {
        alerting: TimeDelta::zero(),
        talking: scene.dice.seconds(60, 240),
        held: TimeDelta::zero(),
        disconnect: "PEER",
    };
    back.talk(AGENTS[1], other, back_at, talk);
    back.set(back_at + TimeDelta::seconds(3), [("crmCaseId", case.as_str())]);
    back.leave(&leg, back_at + talk.lasting(), "CLIENT");
    scene.conclude(back, 0);
    let worked = Told::of(format!("crm.case:{case}"), "crm", "case activity", again, back_at + talk.lasting());
    scene.tell(scene.world.crm, &worked, 0);
}
