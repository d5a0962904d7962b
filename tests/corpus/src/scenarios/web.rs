//! Customers who begin on the web site.

use chrono::{DateTime, TimeDelta, Utc};

use super::scenario::{Call, Scenario};
use crate::platforms::places::{AGENTS, HOME, LINES, QUEUES, ROUTING, customer};
use crate::platforms::{Act, Conversation, SpanDocument, Talk};

/// A code of four digits. All customers draw from the same 10,000 codes, so some codes collide.
pub(super) fn code(scenario: &mut Scenario) -> String {
    format!("{:04}", scenario.rng.below(10_000))
}

/// A visit to the web site from `from` to `to`. With `code`, the site shows that code at that time.
pub(super) fn visit(
    scenario: &mut Scenario,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    code: Option<(&str, DateTime<Utc>)>,
) -> SpanDocument {
    let page = scenario.rng.pick(&["/help/delivery", "/account/billing", "/orders", "/contact"]);
    let mut document = SpanDocument::of(format!("web.session:{}", scenario.rng.uuid()), "web", page, from, to);
    if let Some((code, shown)) = code {
        document = document.act(Act::Issued(code.to_owned()), shown);
    }
    document
}

/// A code from the web site, keyed into a call.
pub(super) fn to_voice(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (scenario.caller(), scenario.rng.pick(&LINES));
    let (code, shown) = (code(scenario), at + scenario.rng.seconds(10, 240));
    let called = shown + scenario.rng.seconds(12, 400);
    let mut call = scenario.call(called, &caller, line);
    // Some customers mistype the code. Then nothing joins the call to the visit.
    let mistyped = scenario.rng.chance(8);
    let keyed = if mistyped { format!("{:04}", scenario.rng.below(10_000)) } else { code.clone() };
    key(scenario, &mut call, &keyed);
    let to = called + scenario.rng.seconds(0, 120);
    let document = visit(scenario, at, to, Some((&code, shown)));
    let part = if mistyped { 200 } else { 0 };
    scenario.send(scenario.systems.web, &document, part);

    let (queue, agent) = (scenario.rng.pick(&QUEUES), scenario.rng.pick(&AGENTS));
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, agent);
    let over = scenario.agent(&mut call, agent, queue, answered, "PEER");
    scenario.hang_up(call, over, "CLIENT");
}

/// The customer keys a code into the call.
fn key(scenario: &mut Scenario, call: &mut Call, code: &str) {
    call.genesys.set(call.leg.began() + scenario.rng.seconds(6, 12), [("webCode", code)]);
}

/// A chat from the web site. Genesys itself reports the id of the web session.
pub(super) fn to_chat(scenario: &mut Scenario, at: DateTime<Utc>) {
    let began = at + scenario.rng.seconds(20, 300);
    let queue = scenario.rng.pick(&QUEUES);
    let agent = scenario.rng.pick(&AGENTS);
    let talking = scenario.rng.seconds(90, 900);
    let talk = Talk { alerting: scenario.rng.seconds(2, 20), talking, held: TimeDelta::zero(), disconnect: "PEER" };
    let document = visit(scenario, at, began + talk.lasting(), None);
    let session = document.id.strip_prefix("web.session:").unwrap_or_default().to_owned();

    let mut chat = Conversation::new(HOME, "anonymous", HOME.shown, scenario.rng.fork());
    let leg = chat.write(began, &session);
    chat.chat(agent, queue, began + TimeDelta::seconds(1), talk);
    chat.leave(&leg, began + TimeDelta::seconds(1) + talk.lasting(), "CLIENT");
    scenario.conclude(chat, 0);
    scenario.send(scenario.systems.web, &document, 0);
}

/// A visit, a call with its code, two agents, a case in the CRM, and a call back about the case.
pub(super) fn long(scenario: &mut Scenario, at: DateTime<Utc>) {
    let (caller, line) = (customer(&mut scenario.rng), scenario.rng.pick(&LINES));
    let (code, shown) = (code(scenario), at + scenario.rng.seconds(30, 300));
    let called = shown + scenario.rng.seconds(20, 300);
    let case = format!("500Hs{}IAF", scenario.rng.hex(10));
    let mut call = scenario.call(called, &caller, line);
    key(scenario, &mut call, &code);
    let document = visit(scenario, at, called + TimeDelta::seconds(30), Some((&code, shown)));
    scenario.send(scenario.systems.web, &document, 0);

    let [queue, other] = [scenario.rng.pick(&QUEUES), scenario.rng.pick(&QUEUES)];
    let queued = scenario.ivr(&mut call, &ROUTING, "TRANSFER", Some("ACD"));
    let answered = scenario.queue(&mut call, queue, queued, AGENTS[0]);
    let sent = scenario.agent(&mut call, AGENTS[0], queue, answered, "TRANSFER");
    let again = scenario.queue(&mut call, other, sent, AGENTS[1]);
    call.genesys.set(again + scenario.rng.seconds(15, 60), [("crmCaseId", case.as_str())]);
    let asked = again + TimeDelta::seconds(20);
    scenario.ask_backend(&mut call, asked);
    let over = scenario.agent(&mut call, AGENTS[1], other, again, "PEER");
    scenario.hang_up(call, over, "CLIENT");

    let back_at = over + scenario.rng.seconds(400, 1_200);
    let mut back = Conversation::outbound(HOME, &caller, scenario.rng.fork());
    let leg = back.dial(back_at, HOME.shown, &caller);
    let talk = Talk {
        alerting: TimeDelta::zero(),
        talking: scenario.rng.seconds(60, 240),
        held: TimeDelta::zero(),
        disconnect: "PEER",
    };
    back.talk(AGENTS[1], other, back_at, talk);
    back.set(back_at + TimeDelta::seconds(3), [("crmCaseId", case.as_str())]);
    back.leave(&leg, back_at + talk.lasting(), "CLIENT");
    scenario.conclude(back, 0);
    let worked = SpanDocument::of(format!("crm.case:{case}"), "crm", "case activity", again, back_at + talk.lasting());
    scenario.send(scenario.systems.crm, &worked, 0);
}
