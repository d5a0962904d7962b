//! Situations in which an insight is right, and situations in which it would be wrong, with a measure of how well each
//! rule distinguishes them.
//!
//! | what | module |
//! |---|---|
//! | one simulated journey and its truth | [`recording`] |
//! | what happens in a contact centre, step by step | `contact_centre` |
//! | situations on the phone | `voice` |
//! | situations in writing | `written` |
//! | situations of the systems around | `systems` |
//! | the measure | [`score`] |
//! | the page `docs/insights.md` | [`page`] |

mod contact_centre;
pub mod page;
pub mod recording;
pub mod score;
mod systems;
mod voice;
mod written;

use chrono::{DateTime, Utc};
use cxtrace_fixtures::SeededRng;

use self::recording::Recording;

/// A situation in which journeys are simulated.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// Its description on the page.
    pub title: &'static str,
    /// How many in a hundred recordings are simulated: a situation of hundreds of events is simulated less often.
    weight: u32,
    happens: fn(&mut Recording),
}

const fn situation(title: &'static str, happens: fn(&mut Recording)) -> Situation {
    Situation { title, weight: 100, happens }
}

/// Situations without findings: normal journeys of every medium.
pub const CLEAN: [Situation; 23] = [
    situation("an agent answers a call", voice::plain),
    situation("a call through an SBC", voice::through_an_sbc),
    situation("a flow deals with a call", voice::contained),
    situation("a customer leaves a message", voice::voicemail),
    situation("the contact centre calls a customer", voice::outbound),
    situation("a call-back after some minutes", voice::call_back),
    situation("a call-back agreed for hours or days later", voice::scheduled_call_back),
    situation("a customer hangs up, and the SBC's timer runs out", voice::normal_end_then_sip_timeout),
    situation("an agent's phone fails, and another agent goes on", voice::agent_fails_and_another_goes_on),
    situation("a blind transfer to another queue", voice::blind_transfer),
    situation("a consult transfer to another agent", voice::consult_transfer),
    situation("an agent does not answer, and another does", voice::unanswered_then_another),
    situation("a blind transfer to a number outside, which answers", voice::blind_transfer_outside),
    situation("a consult transfer to a number outside", voice::consult_transfer_outside),
    situation("a transfer that is not reported yet", voice::transferred_just_now),
    situation("three agents, one after the other", voice::three_agents),
    situation("one agent in five sessions", voice::one_agent_again_and_again),
    situation("a chat", written::chat),
    situation("messages over days", written::messages_over_days),
    situation("messages that are still open", written::messages_still_open),
    situation("messages that nobody closes", written::messages_never_closed),
    situation("one agent answers an e-mail in five sessions", written::email_of_one_agent),
    situation("two agents answer an e-mail", written::email_of_two_agents),
];

/// Situations with a finding, or with something similar to one.
pub const OTHERS: [Situation; 26] = [
    situation("a long wait for an agent", voice::long_wait),
    situation("a customer who is waiting now", voice::waiting_now),
    situation("a customer leaves the queue", voice::abandoned),
    situation("the network fails while an agent talks", voice::dropped_with_agent),
    situation("the network fails, and the SBC notices too", voice::dropped_seen_twice),
    situation("a flow fails", voice::dropped_in_ivr),
    situation("a transfer into nothing", voice::transfer_into_nothing),
    situation("a blind transfer to a number outside, which does not answer", voice::unanswered_transfer_outside),
    Situation {
        weight: 1,
        ..situation(
            "a blind transfer to a number outside, which answers for a moment",
            voice::answered_outside_for_a_moment,
        )
    },
    situation("four agents or more", voice::four_agents_or_more),
    situation("a long wait in a chat", written::chat_long_wait),
    situation("a customer leaves a chat's queue", written::chat_abandoned),
    situation("a bot sends messages to a queue for hours", written::bot_then_queue_of_messages),
    situation("an e-mail goes from agent to agent", written::email_handed_around),
    situation("a quick backend", systems::quick_backend),
    situation("a slow backend", systems::slow_backend),
    situation("a message to a worker that takes its time", systems::message_to_a_worker),
    situation("a job after the call", systems::job_after_the_call),
    situation("a job that outlasts the call", systems::job_that_outlasts_the_call),
    situation("a backend's clock is seconds off", systems::clock_off),
    situation("an AI agent hands over to a person", systems::ai_escalates),
    situation("an AI agent deals with it, and the customer calls a day later", systems::ai_contains_and_a_call_later),
    situation("Genesys reports nothing of a call", systems::silent_source),
    situation("the end of an agent's session gets lost", systems::lost_end),
    situation("a wait gets lost", systems::lost_wait),
    Situation { weight: 20, ..situation("hundreds of calls share an account", systems::shared_account) },
];

impl Situation {
    /// How many recordings there are for `count` of most situations.
    #[must_use]
    pub fn recordings(&self, count: u32) -> u32 {
        (count * self.weight).div_ceil(100)
    }

    /// A journey in this situation, decided by `seed` and `number`.
    #[must_use]
    pub fn record(&self, seed: u64, number: u32, start: DateTime<Utc>) -> Recording {
        let stream = self.title.bytes().fold(u64::from(number), |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte));
        let mut recording = Recording::new(SeededRng::new(seed, stream), start);
        (self.happens)(&mut recording);
        recording
    }
}
