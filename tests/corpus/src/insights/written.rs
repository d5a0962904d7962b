//! Situations in writing: chat, messages, e-mail.

use cxtrace_domain::journeys::InsightRule;
use serde_json::json;

use super::recording::Recording;

pub(super) fn chat(talk: &mut Recording) {
    let customer = talk.customer("CHAT");
    talk.waits("CHAT", (4, 110), "ANSWERED");
    talk.talks("CHAT", 0, (60, 900), json!({"disconnectType": "PEER"}));
    talk.leaves(&customer, "CLIENT");
}

pub(super) fn chat_long_wait(talk: &mut Recording) {
    let customer = talk.customer("CHAT");
    talk.waits("CHAT", (121, 600), "ANSWERED");
    talk.talks("CHAT", 0, (60, 900), json!({"disconnectType": "PEER"}));
    talk.leaves(&customer, "CLIENT");
}

pub(super) fn chat_abandoned(talk: &mut Recording) {
    let customer = talk.customer("CHAT");
    talk.waits("CHAT", (10, 400), "ABANDON");
    talk.leaves(&customer, "CLIENT");
}

/// Messages over some days, with pauses of hours, closed in the end.
pub(super) fn messages_over_days(talk: &mut Recording) {
    let customer = talk.customer("MESSAGE");
    for _ in 0..=talk.rng.below(3) {
        talk.waits("MESSAGE", (5, 20_000), "ANSWERED");
        talk.talks("MESSAGE", 0, (60, 20_000), json!({"disconnectType": "CLIENT"}));
        talk.pass(60, 60_000);
    }
    talk.leaves(&customer, "CLIENT");
}

/// Messages that are still open after a day or more.
pub(super) fn messages_still_open(talk: &mut Recording) {
    talk.customer("MESSAGE");
    talk.waits("MESSAGE", (5, 600), "ANSWERED");
    let agent = talk.session("MESSAGE");
    talk.genesys("user.start", &agent, agent.began, json!({"userId": "d69a00b1-48ff-4436-9f0a-39e0c488d2dc"}));
    talk.pass(3_600, 5 * 86_400);
    talk.look_now();
}

/// Messages that nobody ever closes.
pub(super) fn messages_never_closed(talk: &mut Recording) {
    talk.customer("MESSAGE");
    talk.waits("MESSAGE", (5, 600), "ANSWERED");
    talk.talks("MESSAGE", 0, (60, 20_000), json!({"disconnectType": "CLIENT"}));
}

/// A bot answers messages, and sends the customer to a queue in which they wait for hours.
pub(super) fn bot_then_queue_of_messages(talk: &mut Recording) {
    let customer = talk.customer("MESSAGE");
    talk.flow("MESSAGE", (10, 120), "TRANSFER", json!({"transferType": "ACD"}));
    talk.pass(5, 7_200);
    talk.waits("MESSAGE", (600, 30_000), "ANSWERED");
    talk.talks("MESSAGE", 0, (60, 7_200), json!({"disconnectType": "PEER"}));
    talk.leaves(&customer, "CLIENT");
}

/// One agent answers an e-mail in several sessions.
pub(super) fn email_of_one_agent(talk: &mut Recording) {
    let customer = talk.customer("EMAIL");
    talk.waits("EMAIL", (20, 30_000), "ANSWERED");
    for _ in 0..5 {
        talk.talks("EMAIL", 0, (120, 1_200), json!({"disconnectType": "CLIENT"}));
        talk.pass(1, 20_000);
    }
    talk.leaves(&customer, "CLIENT");
}

/// Two agents answer an e-mail, a day apart.
pub(super) fn email_of_two_agents(talk: &mut Recording) {
    let customer = talk.customer("EMAIL");
    for agent in [0, 1] {
        talk.waits("EMAIL", (20, 30_000), "ANSWERED");
        talk.talks("EMAIL", agent, (120, 1_200), json!({"disconnectType": "TRANSFER"}));
    }
    talk.leaves(&customer, "CLIENT");
}

/// An e-mail goes from agent to agent.
pub(super) fn email_handed_around(talk: &mut Recording) {
    let customer = talk.customer("EMAIL");
    for agent in 0..5 {
        talk.waits("EMAIL", (20, 30_000), "ANSWERED");
        talk.talks("EMAIL", agent, (120, 1_200), json!({"disconnectType": "TRANSFER"}));
    }
    talk.is(InsightRule::RepeatedHandoffs);
    talk.leaves(&customer, "CLIENT");
}
