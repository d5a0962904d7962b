//! Situations on the phone.

use chrono::TimeDelta;
use cxtrace_domain::journeys::InsightRule;
use serde_json::json;

use super::recording::Recording;

pub(super) fn plain(call: &mut Recording) {
    let customer = call.customer("VOICE");
    let agent = call.answered("PEER");
    call.leaves(&customer, "CLIENT");
    call.wraps_up(&agent);
}

pub(super) fn through_an_sbc(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("PEER");
    call.leaves(&customer, "CLIENT");
    call.sbc(customer.began, call.clock, "ok", Some("200"));
}

pub(super) fn contained(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.flow("VOICE", (15, 150), "FLOW_DISCONNECT", json!({}));
    call.leaves(&customer, "PEER");
}

pub(super) fn voicemail(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.flow("VOICE", (12, 40), "TRANSFER", json!({"transferType": "ACD_VOICEMAIL"}));
    let mailbox = call.session("VOICE");
    call.genesys("voicemail.start", &mailbox, mailbox.began, json!({}));
    let lasted = call.pass(8, 70).num_milliseconds();
    let more = json!({"disconnectType": "CLIENT", "voicemailDurationMs": lasted});
    call.genesys("voicemail.end", &mailbox, call.clock, more);
    call.leaves(&customer, "CLIENT");
}

pub(super) fn outbound(call: &mut Recording) {
    let customer = call.outbound();
    call.genesys("customer.start", &customer, customer.began, json!({}));
    let dialled = call.pass(5, 20).num_milliseconds();
    let end = json!({"disconnectType": "PEER", "dialingDurationMs": dialled});
    call.talks("VOICE", 1, (30, 300), end);
    call.leaves(&customer, "CLIENT");
}

pub(super) fn long_wait(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    call.waits("VOICE", (121, 500), "ANSWERED");
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

pub(super) fn waiting_now(call: &mut Recording) {
    call.customer("VOICE");
    call.ivr("VOICE");
    let queue = call.session("VOICE");
    call.genesys("acd.start", &queue, queue.began, json!({}));
    // An event about the end of the wait may arrive 15 minutes late.
    if call.pass(20, 3_000) >= TimeDelta::minutes(2 + 15) {
        call.is(InsightRule::LongQueue);
    }
    call.look_now();
}

pub(super) fn abandoned(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    call.waits("VOICE", (8, 400), "ABANDON");
    call.leaves(&customer, "CLIENT");
}

/// A call-back at once, in the same conversation.
pub(super) fn call_back(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    call.waits("VOICE", (40, 110), "FLOW_OUT");
    call.leaves(&customer, "CLIENT");
    let again = call.customer("CALLBACK");
    call.waits("CALLBACK", (300, 3_000), "ANSWERED");
    call.talks("CALLBACK", 2, (40, 300), json!({"disconnectType": "CLIENT", "callbackDurationMs": 9_000}));
    call.leaves(&again, "CLIENT");
}

/// A call-back that is agreed for hours or days later.
pub(super) fn scheduled_call_back(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.flow("VOICE", (30, 100), "FLOW_DISCONNECT", json!({}));
    let agreed = call.clock + call.rng.seconds(3_600, 60 * 3_600);
    let scheduled = json!({"callbackScheduledTime": agreed.timestamp_millis()});
    let again = call.session("CALLBACK");
    call.genesys("customer.start", &again, again.began, scheduled.clone());
    call.pass(1, 4);
    call.leaves(&customer, "SYSTEM");
    call.clock = agreed;
    let queue = call.session("CALLBACK");
    call.genesys("acd.start", &queue, queue.began, scheduled);
    let waited = call.pass(4, 110).num_milliseconds();
    let more = json!({"acdOutcome": "ANSWERED", "disconnectType": "TRANSFER", "connectedDurationMs": waited});
    call.genesys("acd.end", &queue, call.clock, more);
    call.talks("CALLBACK", 2, (40, 300), json!({"disconnectType": "CLIENT", "callbackDurationMs": 9_000}));
    call.leaves(&again, "CLIENT");
}

/// The network fails while an agent talks.
pub(super) fn dropped_with_agent(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("PEER");
    call.is(InsightRule::DroppedCall);
    call.clock += call.rng.millis(0, 400);
    call.leaves(&customer, "TRANSPORT_FAILURE");
}

/// The network fails; the SBC notices too, at once or when its timer runs out.
pub(super) fn dropped_seen_twice(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("ERROR");
    call.is(InsightRule::DroppedCall);
    call.leaves(&customer, "ERROR");
    let late = if call.rng.chance(500) { call.rng.millis(300, 2_000) } else { call.rng.seconds(20, 40) };
    call.sbc(customer.began, call.clock + late, "error", Some("408"));
}

/// The customer hangs up; the SBC waits for an answer to its BYE, and reports a timeout.
pub(super) fn normal_end_then_sip_timeout(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("PEER");
    call.leaves(&customer, "CLIENT");
    let late = call.rng.seconds(8, 33);
    call.sbc(customer.began, call.clock + late, "error", Some("408"));
}

pub(super) fn dropped_in_ivr(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.flow("VOICE", (10, 60), "FLOW_ERROR_DISCONNECT", json!({"disconnectType": "ERROR"}));
    call.is(InsightRule::DroppedCall);
    call.leaves(&customer, "ERROR");
}

/// An agent's phone fails, and another agent goes on.
pub(super) fn agent_fails_and_another_goes_on(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("ERROR");
    call.waits("VOICE", (5, 60), "ANSWERED");
    call.talks("VOICE", 3, (40, 200), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

pub(super) fn blind_transfer(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("TRANSFER");
    call.waits("VOICE", (4, 100), "ANSWERED");
    call.talks("VOICE", 1, (40, 300), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

pub(super) fn consult_transfer(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.answered("CONSULT_TRANSFER");
    let left = call.clock;
    call.clock -= call.rng.seconds(10, 30);
    call.talks("VOICE", 1, (60, 300), json!({"disconnectType": "PEER"}));
    assert!(call.clock > left);
    call.leaves(&customer, "CLIENT");
}

pub(super) fn unanswered_then_another(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    call.waits("VOICE", (4, 60), "ANSWERED");
    let rang = call.session("VOICE");
    call.genesys("user.start", &rang, rang.began, json!({"userId": "c4e1b97d-f836-4d20-a5b9-6f02d8c7e413"}));
    let alerted = call.pass(15, 25).num_milliseconds();
    let more = json!({"userId": "c4e1b97d-f836-4d20-a5b9-6f02d8c7e413", "alertingDurationMs": alerted,
        "disconnectType": "NO_ANSWER_TRANSFER"});
    call.genesys("user.end", &rang, call.clock, more);
    call.waits("VOICE", (4, 60), "ANSWERED");
    call.talks("VOICE", 4, (40, 300), json!({"disconnectType": "PEER"}));
    call.leaves(&customer, "CLIENT");
}

/// The flow sends the customer to a queue that does not exist: the call ends.
pub(super) fn transfer_into_nothing(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    call.is(InsightRule::FailedTransfer);
    call.pass(1, 20);
    call.leaves(&customer, "PEER");
}

/// An agent transfers the customer to a number outside. Somebody answers, and they talk for this many seconds.
fn answered_outside(call: &mut Recording, talk: (u32, u32)) {
    let customer = call.customer("VOICE");
    let outside = call.outside();
    call.ivr("VOICE");
    call.waits("VOICE", (4, 60), "ANSWERED");
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "TRANSFER", "addressTo": outside}));
    call.pass(4, 25); // it rings
    call.pass(talk.0, talk.1);
    call.leaves(&customer, "PEER");
}

pub(super) fn blind_transfer_outside(call: &mut Recording) {
    answered_outside(call, (50, 900));
}

/// The call is as short as the ringing of a phone, so it cannot be distinguished from one that nobody answered.
pub(super) fn answered_outside_for_a_moment(call: &mut Recording) {
    answered_outside(call, (4, 15));
}

/// An agent transfers the customer to a number outside. It rings, and the customer gives up.
pub(super) fn unanswered_transfer_outside(call: &mut Recording) {
    let customer = call.customer("VOICE");
    let outside = call.outside();
    call.ivr("VOICE");
    call.waits("VOICE", (4, 60), "ANSWERED");
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "TRANSFER", "addressTo": outside}));
    call.is(InsightRule::FailedTransfer);
    // It rings; some are very patient.
    if call.rng.chance(40) {
        call.pass(51, 70)
    } else {
        call.pass(5, 40)
    };
    call.leaves(&customer, "CLIENT");
}

/// An agent asks somebody outside first, and then transfers the customer.
pub(super) fn consult_transfer_outside(call: &mut Recording) {
    let customer = call.customer("VOICE");
    let outside = call.outside();
    call.ivr("VOICE");
    call.waits("VOICE", (4, 60), "ANSWERED");
    call.talks("VOICE", 0, (40, 300), json!({"disconnectType": "CONSULT_TRANSFER", "addressTo": outside}));
    call.pass(5, 29); // they talk: a short word, or a long one
    if call.rng.chance(700) {
        call.pass(30, 900);
    }
    call.leaves(&customer, "PEER");
}

/// A customer was just transferred, and the queue has not been reported yet.
pub(super) fn transferred_just_now(call: &mut Recording) {
    call.customer("VOICE");
    call.ivr("VOICE");
    call.pass(20, 600);
    call.look_now();
}

/// This many agents, one after the other.
fn agents(call: &mut Recording, count: usize) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    for agent in 0..count {
        call.waits("VOICE", (4, 100), "ANSWERED");
        let end = if agent + 1 == count { "PEER" } else { "TRANSFER" };
        call.talks("VOICE", agent, (30, 200), json!({"disconnectType": end}));
    }
    if count > 3 {
        call.is(InsightRule::RepeatedHandoffs);
    }
    call.leaves(&customer, "CLIENT");
}

pub(super) fn three_agents(call: &mut Recording) {
    agents(call, 3);
}

pub(super) fn four_agents_or_more(call: &mut Recording) {
    let count = 4 + call.rng.below(3) as usize;
    agents(call, count);
}

/// One agent takes the same call again and again, after each hold in another queue.
pub(super) fn one_agent_again_and_again(call: &mut Recording) {
    let customer = call.customer("VOICE");
    call.ivr("VOICE");
    for session in 0..5 {
        call.waits("VOICE", (4, 40), "ANSWERED");
        let end = if session == 4 { "PEER" } else { "TRANSFER" };
        call.talks("VOICE", 0, (30, 100), json!({"disconnectType": end}));
    }
    call.leaves(&customer, "CLIENT");
}
