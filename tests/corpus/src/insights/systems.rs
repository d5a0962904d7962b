//! Situations of other systems: AI agents, backends, clocks, and sources that fail.

use chrono::TimeDelta;
use cxtrace_domain::journeys::InsightRule;
use serde_json::{Value, json};

use super::recording::Recording;

/// A request of the IVR to a backend, and its span.
fn request(call: &mut Recording, parent: Option<String>, more: Value) -> (String, Value) {
    let id = format!("trace:{}", call.rng.hex(32));
    let mut span = json!({"key": "request", "type": "backend", "name": "GET /orders/{id}", "status": "ok"});
    if let Some(parent) = parent {
        crate::platforms::envelope::add(&mut span, json!({ "parent": parent }));
    }
    crate::platforms::envelope::add(&mut span, more);
    (id, span)
}

/// A call whose IVR asks a backend, for this many milliseconds.
fn asks_backend(call: &mut Recording, millis: (u32, u32), attributes: Value) {
    let customer = call.customer("VOICE");
    let flow = call.ivr("VOICE");
    let parent = format!("genesys:{}:flow:{}", call.conversation, flow.id);
    let (id, span) = request(call, Some(parent), json!({ "attributes": attributes }));
    let at = flow.began + call.rng.seconds(1, 3);
    let until = at + call.rng.millis(millis.0, millis.1);
    call.span("backend", &id, span, at, until);
    call.waits("VOICE", (4, 110), "ANSWERED");
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

pub(super) fn quick_backend(call: &mut Recording) {
    asks_backend(call, (40, 900), json!({"http.request.method": "GET"}));
}

pub(super) fn slow_backend(call: &mut Recording) {
    call.is(InsightRule::SlowBackend);
    asks_backend(call, (3_100, 8_000), json!({"http.request.method": "GET"}));
}

/// The IVR puts a message into a queue, and a worker takes its time. Nobody waits for it.
pub(super) fn message_to_a_worker(call: &mut Recording) {
    asks_backend(call, (4_000, 400_000), json!({"span.kind": "consumer", "messaging.system": "kafka"}));
}

/// A job summarizes the call after it.
pub(super) fn job_after_the_call(call: &mut Recording) {
    let customer = call.customer("VOICE");
    let agent = call.answered("PEER");
    call.leaves(&customer, "CLIENT");
    let parent = format!("genesys:{}:user:{}", call.conversation, agent.id);
    let (id, span) = request(call, Some(parent), json!({"name": "Call summary"}));
    let at = call.clock + call.rng.seconds(2, 300);
    let until = at + call.rng.seconds(5, 120);
    call.span("notes", &id, span, at, until);
}

/// A job begins while the call goes on, and ends long after it.
pub(super) fn job_that_outlasts_the_call(call: &mut Recording) {
    let customer = call.customer("VOICE");
    let agent = call.answered("PEER");
    call.leaves(&customer, "CLIENT");
    let parent = format!("genesys:{}:user:{}", call.conversation, agent.id);
    let (id, span) = request(call, Some(parent), json!({"attributes": {"span.kind": "consumer"}}));
    let at = call.clock - call.rng.seconds(1, 20);
    let until = call.clock + call.rng.seconds(5, 120);
    call.span("notes", &id, span, at, until);
}

/// A backend's clock is seconds off: its first request seems to begin before the IVR, or its last to end after it.
pub(super) fn clock_off(call: &mut Recording) {
    call.is(InsightRule::ClockSkew);
    let customer = call.customer("VOICE");
    let flow = call.ivr("VOICE");
    let parent = format!("genesys:{}:flow:{}", call.conversation, flow.id);
    let (id, span) = request(call, Some(parent), json!({"attributes": {"http.request.method": "GET"}}));
    let off = call.rng.millis(900, 5_000);
    let took = call.rng.millis(40, 900);
    let begins_early = call.rng.chance(500);
    let at = if begins_early { flow.began + call.rng.millis(10, 250) - off } else { call.clock - took + off };
    call.span("backend", &id, span, at, at + took);
    call.waits("VOICE", (4, 110), "ANSWERED");
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

/// An AI agent on another platform talks first.
fn ai(call: &mut Recording) {
    let id = format!("voiceai.session:{}", call.rng.uuid());
    let from = call.clock;
    call.pass(25, 200);
    let span = json!({"key": "talk", "type": "ai_conversation", "name": "AI assistant", "status": "ok"});
    call.span("voiceai", &id, span, from, call.clock);
}

pub(super) fn ai_escalates(call: &mut Recording) {
    ai(call);
    call.is(InsightRule::AiEscalation);
    call.clock += call.rng.millis(200, 2_000);
    plain_call(call);
}

/// An AI agent deals with it. A day later the customer calls about the same thing.
pub(super) fn ai_contains_and_a_call_later(call: &mut Recording) {
    ai(call);
    call.pass(3_600, 90_000);
    plain_call(call);
}

fn plain_call(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("PEER");
    call.leaves(&customer, "CLIENT");
}

/// The SBC names a conversation about which Genesys reports nothing.
pub(super) fn silent_source(call: &mut Recording) {
    call.is(InsightRule::MissingSource);
    let from = call.clock;
    call.pass(30, 400);
    call.sbc(from, call.clock, "ok", Some("200"));
}

/// The end of a queue or of an agent's session is lost.
pub(super) fn lost_end(call: &mut Recording) {
    call.is(InsightRule::MissingSource);
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    call.waits("VOICE", (4, 60), "ANSWERED");
    let agent = call.session("VOICE");
    call.genesys("user.start", &agent, agent.began, json!({"userId": "d69a00b1-48ff-4436-9f0a-39e0c488d2dc"}));
    call.pass(60, 300);
    call.leaves(&customer, "CLIENT");
}

/// All events of a wait in a queue are lost.
pub(super) fn lost_wait(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.flow("VOICE", (12, 60), "FLOW_EXIT", json!({}));
    if call.rng.chance(300) {
        call.pass(6, 25);
    } else {
        call.pass(36, 300);
        call.is(InsightRule::LongGap);
    }
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

/// Hundreds of calls have the same test account.
pub(super) fn shared_account(call: &mut Recording) {
    call.is(InsightRule::QuarantinedId);
    plain_call(call);
    let (account, at) = (format!("crm.account:a-{}", call.rng.hex(12)), call.clock);
    let own = format!("sip.call_id:{}@10.20.1.7", call.rng.hex(24));
    let link = |call: &mut Recording, id: &str, link: &str| {
        let span = json!({"key": "call", "type": "telephony", "name": "test call", "status": "ok"});
        call.span_linked("sbc", id, link, span, (at - TimeDelta::seconds(40), Some(at)));
    };
    let conversation = call.anchor();
    link(call, &own, &conversation);
    link(call, &own, &account);
    for _ in 0..205 {
        let other = format!("sip.call_id:{}@10.20.1.7", call.rng.hex(24));
        link(call, &other, &account);
    }
}
