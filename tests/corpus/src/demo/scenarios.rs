//! The demo's scenarios. Each returns an id by which the explorer finds its journey.

use chrono::TimeDelta;

use super::script::Script;
use crate::platforms::places::{
    AGENTS, ESCALATION, HOME, IDENTIFY, LINES, ORDERS, QUEUES, ROUTING, VERIFY, WAITING, WRAPUPS,
};
use crate::platforms::{Act, Conversation, Parent, SpanDocument, Talk};

const BILLING: &str = QUEUES[0];
const ORDERS_QUEUE: &str = QUEUES[1];
const TECHNICAL: &str = QUEUES[2];
const SPECIALISTS: &str = QUEUES[3];

/// The first agent transfers the call, the second agent answers, and then the line drops.
pub(super) fn dropped_transfer(script: &mut Script) -> String {
    let mut call = script.call(0.0, "+447700900142", LINES[0]);
    let flow = script.flow(
        &mut call,
        &ROUTING,
        (0.9, 31.4),
        ("TRANSFER", Some("ACD")),
        &[(6.2, "Identified"), (30.8, "Transferred")],
    );
    script.ask_backend(&mut call, flow, "/customers/{id}", (8.1, 8.52), 200);
    call.genesys.wait(BILLING, script.at(31.4), script.at(78.9), "ANSWERED", Some(AGENTS[0]));
    let (first, sent) = script.agent(&mut call, AGENTS[0], BILLING, 78.9, (4.1, 186.0, 22.5), "TRANSFER");
    call.genesys.wrap_up(&first, AGENTS[0], script.at(sent + 19.0), TimeDelta::seconds(19), WRAPUPS[1]);
    let taken = sent + 16.2;
    call.genesys.wait(TECHNICAL, script.at(sent), script.at(taken), "ANSWERED", Some(AGENTS[3]));
    let (second, dead) = script.agent(&mut call, AGENTS[3], TECHNICAL, taken, (3.4, 7.8, 0.0), "TRANSPORT_FAILURE");
    call.genesys.wrap_up(&second, AGENTS[3], script.at(dead + 8.0), TimeDelta::seconds(8), "DROPPED");
    script.hang_up(call, dead, "TRANSPORT_FAILURE", 503)
}

/// The agent transfers the call, the second agent does not answer, and the customer hangs up.
pub(super) fn unanswered_transfer(script: &mut Script) -> String {
    let mut call = script.call(0.0, "+441632960245", LINES[1]);
    let counted = [(5.9, "Identified"), (24.0, "Transferred")];
    script.flow(&mut call, &ROUTING, (0.8, 24.6), ("TRANSFER", Some("ACD")), &counted);
    call.genesys.wait(TECHNICAL, script.at(24.6), script.at(41.3), "ANSWERED", Some(AGENTS[2]));
    let (first, sent) = script.agent(&mut call, AGENTS[2], TECHNICAL, 41.3, (3.6, 92.0, 0.0), "NO_ANSWER_TRANSFER");
    call.genesys.wrap_up(&first, AGENTS[2], script.at(sent + 12.0), TimeDelta::seconds(12), WRAPUPS[1]);
    let (_, given_up) =
        script.agent(&mut call, AGENTS[3], TECHNICAL, sent + 28.0, (28.0, 0.0, 0.0), "NO_ANSWER_TRANSFER");
    script.hang_up(call, given_up + 1.2, "CLIENT", 200)
}

/// The customer waits for six minutes, does not accept the call back, and hangs up.
pub(super) fn abandoned_queue(script: &mut Script) -> String {
    let mut call = script.call(0.0, "+441632960188", LINES[1]);
    script.flow(
        &mut call,
        &ROUTING,
        (0.8, 26.1),
        ("TRANSFER", Some("ACD")),
        &[(5.5, "Unknown"), (25.7, "Transferred")],
    );
    let (from, to) = (26.1, 398.4);
    call.genesys.wait(SPECIALISTS, script.at(from), script.at(to), "ABANDON", None);
    let counted = [(146.0, "Waited long"), (206.3, "Callback offered"), (326.0, "Waited long")];
    script.flow(&mut call, &WAITING, (from + 0.3, to), ("DISCONNECT", None), &counted);
    script.hang_up(call, to, "CLIENT", 200)
}

/// A form on the web site fails, the site shows a code, and the code identifies the customer to the agent.
pub(super) fn web_to_voice(script: &mut Script) -> String {
    let session = script.id("web.session");
    let visit = SpanDocument::of(session, "web", "/account/billing", script.at(0.0), script.at(212.0))
        .with("http.route", "/account/billing")
        .act(Act::Issued("4711".to_owned()), script.at(93.5))
        .point("page /orders", script.at(11.0))
        .point("page /account/billing", script.at(38.2))
        .point("form rejected", script.at(71.9))
        .point("code shown", script.at(93.5));
    script.send(script.systems.web, &visit);
    let mut call = script.call(128.0, "+447700900377", LINES[0]);
    call.genesys.set(script.at(143.2), [("webCode", "4711")]);
    let counted = [(129.9, "Code asked"), (148.6, "Code matched")];
    script.flow(&mut call, &IDENTIFY, (129.1, 151.0), ("TRANSFER", Some("FLOW")), &counted);
    let flow = script.flow(&mut call, &ROUTING, (151.0, 158.3), ("TRANSFER", Some("ACD")), &[(152.4, "Identified")]);
    script.ask_backend(&mut call, flow, "/accounts/{id}/invoices", (152.6, 153.31), 200);
    call.genesys.wait(BILLING, script.at(158.3), script.at(171.9), "ANSWERED", Some(AGENTS[1]));
    let (session, over) = script.agent(&mut call, AGENTS[1], BILLING, 171.9, (2.8, 164.0, 0.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[1], script.at(over + 24.0), TimeDelta::seconds(24), WRAPUPS[0]);
    script.hang_up(call, over, "CLIENT", 200)
}

/// The backend times out twice. The flow gives up, and an agent looks the order up.
pub(super) fn slow_backend(script: &mut Script) -> String {
    let mut call = script.call(0.0, "+441514960451", LINES[2]);
    let counted = [(4.4, "Found"), (26.0, "Not-found")];
    let flow = script.flow(&mut call, &ORDERS, (0.9, 27.4), ("TRANSFER", Some("ACD")), &counted);
    script.ask_backend(&mut call, flow.clone(), "/orders/{id}/status", (5.1, 13.52), 504);
    script.ask_backend(&mut call, flow, "/orders/{id}/status", (15.0, 25.08), 504);
    call.genesys.wait(ORDERS_QUEUE, script.at(27.4), script.at(63.0), "ANSWERED", Some(AGENTS[4]));
    let (session, over) = script.agent(&mut call, AGENTS[4], ORDERS_QUEUE, 63.0, (3.2, 97.0, 38.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[4], script.at(over + 31.0), TimeDelta::seconds(31), WRAPUPS[1]);
    script.hang_up(call, over, "CLIENT", 200)
}

/// A call without a problem: identified, queued for seconds, and solved.
pub(super) fn clean(script: &mut Script) -> String {
    let mut call = script.call(0.0, "+447700900615", LINES[0]);
    let flow = script.flow(
        &mut call,
        &ROUTING,
        (0.8, 21.6),
        ("TRANSFER", Some("ACD")),
        &[(5.0, "Identified"), (21.1, "Transferred")],
    );
    script.ask_backend(&mut call, flow, "/customers/{id}", (6.0, 6.24), 200);
    call.genesys.wait(ORDERS_QUEUE, script.at(21.6), script.at(29.8), "ANSWERED", Some(AGENTS[2]));
    let (session, over) = script.agent(&mut call, AGENTS[2], ORDERS_QUEUE, 29.8, (2.1, 142.0, 0.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[2], script.at(over + 12.0), TimeDelta::seconds(12), WRAPUPS[0]);
    script.hang_up(call, over, "CLIENT", 200)
}

/// An AI agent on another platform fails to help, and hands over to a number of the contact centre.
pub(super) fn ai_escalation(script: &mut Script) -> String {
    let caller = "+447700900808";
    let trace = script.rng.hex(32);
    let [talked, tool, served] = [script.rng.hex(16), script.rng.hex(16), script.rng.hex(16)];
    let session = script.id("voiceai.session");
    let talk = SpanDocument::of(session.clone(), "ai_conversation", "AI assistant", script.at(0.0), script.at(96.3))
        .keyed(&talked)
        .linked(format!("trace:{trace}"))
        .call(caller, LINES[3])
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.request.model", "ava-voice-2")
        .ended("ok", Some("escalated"))
        .point("greeting", script.at(0.4))
        .point("intent refund", script.at(14.8))
        .point("recognition failed", script.at(58.1))
        .point("escalation requested", script.at(88.7))
        .act(Act::Left(ESCALATION.to_owned()), script.at(96.3));
    let looked_up = SpanDocument::of(session.clone(), "backend", "find refund", script.at(18.0), script.at(20.7))
        .keyed(&tool)
        .within(Parent::Own(talked))
        .with("gen_ai.operation.name", "execute_tool")
        .with("gen_ai.tool.name", "refund_status");
    let asked =
        SpanDocument::of(format!("trace:{trace}"), "backend", "GET /refunds/{id}", script.at(18.3), script.at(20.4))
            .keyed(&served)
            .within(Parent::Of { system: "voiceai", id: session, key: tool })
            .with("http.request.method", "GET")
            .with("http.route", "/refunds/{id}")
            .with("http.response.status_code", "200");
    script.send(script.systems.backend, &asked);
    script.send(script.systems.ai, &looked_up);
    script.send(script.systems.ai, &talk);

    let mut call = script.call(96.8, caller, ESCALATION);
    let flow = script.flow(&mut call, &ROUTING, (97.8, 104.0), ("TRANSFER", Some("ACD")), &[(98.9, "Identified")]);
    script.ask_backend(&mut call, flow, "/customers/{id}", (99.3, 99.64), 200);
    call.genesys.wait(BILLING, script.at(104.0), script.at(246.5), "ANSWERED", Some(AGENTS[5]));
    let waited = [(224.0, "Waited long")];
    script.flow(&mut call, &WAITING, (104.3, 246.5), ("FLOW_EXIT", None), &waited);
    let (session, over) = script.agent(&mut call, AGENTS[5], BILLING, 246.5, (5.0, 201.0, 31.0), "PEER");
    call.genesys.wrap_up(&session, AGENTS[5], script.at(over + 40.0), TimeDelta::seconds(40), WRAPUPS[0]);
    script.hang_up(call, over, "CLIENT", 200)
}

/// A visit, a bot, a queue, two agents, a case, and a call back about it.
pub(super) fn long(script: &mut Script) -> String {
    let caller = "+441134960733";
    let visit = SpanDocument::of(script.id("web.session"), "web", "/help/delivery", script.at(0.0), script.at(301.0))
        .act(Act::Issued("8306".to_owned()), script.at(171.0))
        .point("page /orders", script.at(24.0))
        .point("page /help/delivery", script.at(96.5))
        .point("code shown", script.at(171.0));
    script.send(script.systems.web, &visit);

    let mut call = script.call(214.0, caller, LINES[1]);
    call.genesys.set(script.at(232.7), [("webCode", "8306")]);
    script.flow(&mut call, &VERIFY, (215.1, 239.9), ("FLOW_EXIT", None), &[(215.8, "started"), (237.0, "passed")]);
    let flow = script.flow(&mut call, &ROUTING, (239.9, 252.0), ("TRANSFER", Some("ACD")), &[(241.1, "Identified")]);
    script.ask_backend(&mut call, flow, "/orders/{id}/shipments", (241.5, 242.9), 200);
    call.genesys.wait(ORDERS_QUEUE, script.at(252.0), script.at(387.0), "ANSWERED", Some(AGENTS[0]));
    let (first, sent) = script.agent(&mut call, AGENTS[0], ORDERS_QUEUE, 387.0, (3.0, 149.0, 45.0), "TRANSFER");
    call.genesys.wrap_up(&first, AGENTS[0], script.at(sent + 15.0), TimeDelta::seconds(15), WRAPUPS[1]);
    let taken = sent + 58.0;
    call.genesys.wait(SPECIALISTS, script.at(sent), script.at(taken), "ANSWERED", Some(AGENTS[4]));
    let case = format!("500Hs{}IAF", script.rng.hex(10));
    call.genesys.set(script.at(taken + 41.0), [("crmCaseId", case.as_str())]);
    let (second, over) = script.agent(&mut call, AGENTS[4], SPECIALISTS, taken, (2.4, 233.0, 60.0), "PEER");
    call.genesys.wrap_up(&second, AGENTS[4], script.at(over + 48.0), TimeDelta::seconds(48), WRAPUPS[1]);
    let anchor = script.hang_up(call, over, "CLIENT", 200);

    let back_at = over + 1_260.0;
    let solved = script.at(back_at + 131.0);
    let worked = SpanDocument::of(format!("crm.case:{case}"), "crm", "delivery case", script.at(taken + 40.0), solved)
        .point("opened", script.at(taken + 40.0))
        .point("carrier called", script.at(over + 65.0))
        .point("carrier answered", script.at(over + 1_140.0))
        .point("resolved", solved);
    script.send(script.systems.crm, &worked);

    let mut back = Conversation::outbound(HOME, caller, script.rng.fork());
    let leg = back.dial(script.at(back_at), HOME.shown, caller);
    back.set(script.at(back_at + 1.2), [("crmCaseId", case.as_str())]);
    let talk = Talk {
        alerting: TimeDelta::zero(),
        talking: TimeDelta::milliseconds(131_000),
        held: TimeDelta::zero(),
        disconnect: "PEER",
    };
    let session = back.talk(AGENTS[4], SPECIALISTS, script.at(back_at), talk);
    back.wrap_up(&session, AGENTS[4], solved + TimeDelta::seconds(9), TimeDelta::seconds(9), WRAPUPS[0]);
    back.leave(&leg, solved, "CLIENT");
    script.conclude(back);
    anchor
}
