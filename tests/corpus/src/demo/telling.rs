//! The demo's stories. Each gives back an id by which its journey is found.

use chrono::TimeDelta;

use super::stage::Stage;
use crate::platforms::places::{
    AGENTS, ESCALATION, HOME, IDENTIFY, LINES, ORDERS, QUEUES, ROUTING, VERIFY, WAITING, WRAPUPS,
};
use crate::platforms::{Act, Conversation, Parent, Talk, Told};

const BILLING: &str = QUEUES[0];
const ORDERS_QUEUE: &str = QUEUES[1];
const TECHNICAL: &str = QUEUES[2];
const SPECIALISTS: &str = QUEUES[3];

/// The first agent transfers, the queue answers, and then the line dies.
pub(super) fn dropped_transfer(stage: &mut Stage) -> String {
    let mut call = stage.call(0.0, "+447700900142", LINES[0]);
    let flow = stage.flow(
        &mut call,
        &ROUTING,
        (0.9, 31.4),
        ("TRANSFER", Some("ACD")),
        &[(6.2, "Identified"), (30.8, "Transferred")],
    );
    stage.ask_backend(&mut call, flow, "/customers/{id}", (8.1, 8.52), 200);
    call.genesys.wait(BILLING, stage.at(31.4), stage.at(78.9), "ANSWERED", Some(AGENTS[0]));
    let (first, sent) = stage.agent(&mut call, AGENTS[0], BILLING, 78.9, (4.1, 186.0, 22.5), "TRANSFER");
    call.genesys.wrap_up(&first, AGENTS[0], stage.at(sent + 19.0), TimeDelta::seconds(19), WRAPUPS[1]);
    let taken = sent + 16.2;
    call.genesys.wait(TECHNICAL, stage.at(sent), stage.at(taken), "ANSWERED", Some(AGENTS[3]));
    let (second, dead) = stage.agent(&mut call, AGENTS[3], TECHNICAL, taken, (3.4, 7.8, 0.0), "TRANSPORT_FAILURE");
    call.genesys.wrap_up(&second, AGENTS[3], stage.at(dead + 8.0), TimeDelta::seconds(8), "DROPPED");
    stage.hang_up(call, dead, "TRANSPORT_FAILURE", 503)
}

/// The agent passes the call on, the colleague's phone rings in vain, and the customer has had enough.
pub(super) fn unanswered_transfer(stage: &mut Stage) -> String {
    let mut call = stage.call(0.0, "+441632960245", LINES[1]);
    let counted = [(5.9, "Identified"), (24.0, "Transferred")];
    stage.flow(&mut call, &ROUTING, (0.8, 24.6), ("TRANSFER", Some("ACD")), &counted);
    call.genesys.wait(TECHNICAL, stage.at(24.6), stage.at(41.3), "ANSWERED", Some(AGENTS[2]));
    let (first, sent) = stage.agent(&mut call, AGENTS[2], TECHNICAL, 41.3, (3.6, 92.0, 0.0), "NO_ANSWER_TRANSFER");
    call.genesys.wrap_up(&first, AGENTS[2], stage.at(sent + 12.0), TimeDelta::seconds(12), WRAPUPS[1]);
    let (_, given_up) =
        stage.agent(&mut call, AGENTS[3], TECHNICAL, sent + 28.0, (28.0, 0.0, 0.0), "NO_ANSWER_TRANSFER");
    stage.hang_up(call, given_up + 1.2, "CLIENT", 200)
}

/// Six minutes of waiting, an offer that is not taken, and a customer who gives up.
pub(super) fn abandoned_queue(stage: &mut Stage) -> String {
    let mut call = stage.call(0.0, "+441632960188", LINES[1]);
    stage.flow(&mut call, &ROUTING, (0.8, 26.1), ("TRANSFER", Some("ACD")), &[(5.5, "Unknown"), (25.7, "Transferred")]);
    let (from, to) = (26.1, 398.4);
    call.genesys.wait(SPECIALISTS, stage.at(from), stage.at(to), "ABANDON", None);
    let counted = [(146.0, "Waited long"), (206.3, "Callback offered"), (326.0, "Waited long")];
    stage.flow(&mut call, &WAITING, (from + 0.3, to), ("DISCONNECT", None), &counted);
    stage.hang_up(call, to, "CLIENT", 200)
}

/// A form that fails, a code, and an agent who already knows whom they talk to.
pub(super) fn web_to_voice(stage: &mut Stage) -> String {
    let session = stage.id("web.session");
    let visit = Told::of(session, "web", "/account/billing", stage.at(0.0), stage.at(212.0))
        .with("http.route", "/account/billing")
        .act(Act::Issued("4711".to_owned()), stage.at(93.5))
        .point("page /orders", stage.at(11.0))
        .point("page /account/billing", stage.at(38.2))
        .point("form rejected", stage.at(71.9))
        .point("code shown", stage.at(93.5));
    stage.tell(stage.world.web, &visit);
    let mut call = stage.call(128.0, "+447700900377", LINES[0]);
    call.genesys.set(stage.at(143.2), [("webCode", "4711")]);
    let counted = [(129.9, "Code asked"), (148.6, "Code matched")];
    stage.flow(&mut call, &IDENTIFY, (129.1, 151.0), ("TRANSFER", Some("FLOW")), &counted);
    let flow = stage.flow(&mut call, &ROUTING, (151.0, 158.3), ("TRANSFER", Some("ACD")), &[(152.4, "Identified")]);
    stage.ask_backend(&mut call, flow, "/accounts/{id}/invoices", (152.6, 153.31), 200);
    call.genesys.wait(BILLING, stage.at(158.3), stage.at(171.9), "ANSWERED", Some(AGENTS[1]));
    let (session, over) = stage.agent(&mut call, AGENTS[1], BILLING, 171.9, (2.8, 164.0, 0.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[1], stage.at(over + 24.0), TimeDelta::seconds(24), WRAPUPS[0]);
    stage.hang_up(call, over, "CLIENT", 200)
}

/// The order's status is asked for twice, in vain; the flow gives up and an agent has to look.
pub(super) fn slow_backend(stage: &mut Stage) -> String {
    let mut call = stage.call(0.0, "+441514960451", LINES[2]);
    let counted = [(4.4, "Found"), (26.0, "Not-found")];
    let flow = stage.flow(&mut call, &ORDERS, (0.9, 27.4), ("TRANSFER", Some("ACD")), &counted);
    stage.ask_backend(&mut call, flow.clone(), "/orders/{id}/status", (5.1, 13.52), 504);
    stage.ask_backend(&mut call, flow, "/orders/{id}/status", (15.0, 25.08), 504);
    call.genesys.wait(ORDERS_QUEUE, stage.at(27.4), stage.at(63.0), "ANSWERED", Some(AGENTS[4]));
    let (session, over) = stage.agent(&mut call, AGENTS[4], ORDERS_QUEUE, 63.0, (3.2, 97.0, 38.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[4], stage.at(over + 31.0), TimeDelta::seconds(31), WRAPUPS[1]);
    stage.hang_up(call, over, "CLIENT", 200)
}

/// Answered, looked up, put through, helped.
pub(super) fn clean(stage: &mut Stage) -> String {
    let mut call = stage.call(0.0, "+447700900615", LINES[0]);
    let flow = stage.flow(
        &mut call,
        &ROUTING,
        (0.8, 21.6),
        ("TRANSFER", Some("ACD")),
        &[(5.0, "Identified"), (21.1, "Transferred")],
    );
    stage.ask_backend(&mut call, flow, "/customers/{id}", (6.0, 6.24), 200);
    call.genesys.wait(ORDERS_QUEUE, stage.at(21.6), stage.at(29.8), "ANSWERED", Some(AGENTS[2]));
    let (session, over) = stage.agent(&mut call, AGENTS[2], ORDERS_QUEUE, 29.8, (2.1, 142.0, 0.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[2], stage.at(over + 12.0), TimeDelta::seconds(12), WRAPUPS[0]);
    stage.hang_up(call, over, "CLIENT", 200)
}

/// An AI agent on another platform tries, and hands over to a number of the contact centre.
pub(super) fn ai_escalation(stage: &mut Stage) -> String {
    let caller = "+447700900808";
    let trace = stage.dice.hex(32);
    let [talked, tool, served] = [stage.dice.hex(16), stage.dice.hex(16), stage.dice.hex(16)];
    let session = stage.id("voiceai.session");
    let talk = Told::of(session.clone(), "ai_conversation", "AI assistant", stage.at(0.0), stage.at(96.3))
        .keyed(&talked)
        .linked(format!("trace:{trace}"))
        .call(caller, LINES[3])
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.request.model", "ava-voice-2")
        .ended("ok", Some("escalated"))
        .point("greeting", stage.at(0.4))
        .point("intent refund", stage.at(14.8))
        .point("recognition failed", stage.at(58.1))
        .point("escalation requested", stage.at(88.7))
        .act(Act::Left(ESCALATION.to_owned()), stage.at(96.3));
    let looked_up = Told::of(session.clone(), "backend", "find refund", stage.at(18.0), stage.at(20.7))
        .keyed(&tool)
        .within(Parent::Own(talked))
        .with("gen_ai.operation.name", "execute_tool")
        .with("gen_ai.tool.name", "refund_status");
    let asked = Told::of(format!("trace:{trace}"), "backend", "GET /refunds/{id}", stage.at(18.3), stage.at(20.4))
        .keyed(&served)
        .within(Parent::Of { system: "voiceai", id: session, key: tool })
        .with("http.request.method", "GET")
        .with("http.route", "/refunds/{id}")
        .with("http.response.status_code", "200");
    stage.tell(stage.world.backend, &asked);
    stage.tell(stage.world.ai, &looked_up);
    stage.tell(stage.world.ai, &talk);

    let mut call = stage.call(96.8, caller, ESCALATION);
    let flow = stage.flow(&mut call, &ROUTING, (97.8, 104.0), ("TRANSFER", Some("ACD")), &[(98.9, "Identified")]);
    stage.ask_backend(&mut call, flow, "/customers/{id}", (99.3, 99.64), 200);
    call.genesys.wait(BILLING, stage.at(104.0), stage.at(246.5), "ANSWERED", Some(AGENTS[5]));
    let waited = [(224.0, "Waited long")];
    stage.flow(&mut call, &WAITING, (104.3, 246.5), ("FLOW_EXIT", None), &waited);
    let (session, over) = stage.agent(&mut call, AGENTS[5], BILLING, 246.5, (5.0, 201.0, 31.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[5], stage.at(over + 40.0), TimeDelta::seconds(40), WRAPUPS[0]);
    stage.hang_up(call, over, "CLIENT", 200)
}

/// A visit, a bot, a queue, two agents, a case that is worked on, and a call back about it.
pub(super) fn long(stage: &mut Stage) -> String {
    let caller = "+441134960733";
    let visit = Told::of(stage.id("web.session"), "web", "/help/delivery", stage.at(0.0), stage.at(301.0))
        .act(Act::Issued("8306".to_owned()), stage.at(171.0))
        .point("page /orders", stage.at(24.0))
        .point("page /help/delivery", stage.at(96.5))
        .point("code shown", stage.at(171.0));
    stage.tell(stage.world.web, &visit);

    let mut call = stage.call(214.0, caller, LINES[1]);
    call.genesys.set(stage.at(232.7), [("webCode", "8306")]);
    stage.flow(&mut call, &VERIFY, (215.1, 239.9), ("FLOW_EXIT", None), &[(215.8, "started"), (237.0, "passed")]);
    let flow = stage.flow(&mut call, &ROUTING, (239.9, 252.0), ("TRANSFER", Some("ACD")), &[(241.1, "Identified")]);
    stage.ask_backend(&mut call, flow, "/orders/{id}/shipments", (241.5, 242.9), 200);
    call.genesys.wait(ORDERS_QUEUE, stage.at(252.0), stage.at(387.0), "ANSWERED", Some(AGENTS[0]));
    let (first, sent) = stage.agent(&mut call, AGENTS[0], ORDERS_QUEUE, 387.0, (3.0, 149.0, 45.0), "TRANSFER");
    call.genesys.wrap_up(&first, AGENTS[0], stage.at(sent + 15.0), TimeDelta::seconds(15), WRAPUPS[1]);
    let taken = sent + 58.0;
    call.genesys.wait(SPECIALISTS, stage.at(sent), stage.at(taken), "ANSWERED", Some(AGENTS[4]));
    let case = format!("500Hs{}IAF", stage.dice.hex(10));
    call.genesys.set(stage.at(taken + 41.0), [("crmCaseId", case.as_str())]);
    let (second, over) = stage.agent(&mut call, AGENTS[4], SPECIALISTS, taken, (2.4, 233.0, 60.0), "PEER");
    call.genesys.wrap_up(&second, AGENTS[4], stage.at(over + 48.0), TimeDelta::seconds(48), WRAPUPS[1]);
    let anchor = stage.hang_up(call, over, "CLIENT", 200);

    let back_at = over + 1_260.0;
    let solved = stage.at(back_at + 131.0);
    let worked = Told::of(format!("crm.case:{case}"), "crm", "delivery case", stage.at(taken + 40.0), solved)
        .point("opened", stage.at(taken + 40.0))
        .point("carrier called", stage.at(over + 65.0))
        .point("carrier answered", stage.at(over + 1_140.0))
        .point("resolved", solved);
    stage.tell(stage.world.crm, &worked);

    let mut back = Conversation::outbound(HOME, caller, stage.dice.fork());
    let leg = back.dial(stage.at(back_at), HOME.shown, caller);
    back.set(stage.at(back_at + 1.2), [("crmCaseId", case.as_str())]);
    let talk = Talk {
        alerting: TimeDelta::zero(),
        talking: TimeDelta::milliseconds(131_000),
        held: TimeDelta::zero(),
        disconnect: "PEER",
    };
    let session = back.talk(AGENTS[4], SPECIALISTS, stage.at(back_at), talk);
    back.wrap_up(&session, AGENTS[4], solved + TimeDelta::seconds(9), TimeDelta::seconds(9), WRAPUPS[0]);
    back.leave(&leg, solved, "CLIENT");
    stage.conclude(back);
    anchor
}
