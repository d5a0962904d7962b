//! The journeys that `cxtrace demo` shows. Every system that the customer met sends its events. For the same start, the
//! events are the same to the byte.

mod moved;
mod scenario;
mod scenarios;
mod script;
mod stories;

use chrono::{DateTime, TimeDelta, Utc};
use script::Script;

pub use scenario::DemoScenario;
pub use stories::stories;

/// The scenarios. The first begins at `start`, and each other one four minutes after the one before.
#[must_use]
pub fn scenarios(start: DateTime<Utc>) -> Vec<DemoScenario> {
    type Play = fn(&mut Script) -> String;
    let all: [(&str, &str, Play); 8] = [
        ("A transfer that drops the call", "dropped_transfer", scenarios::dropped_transfer),
        ("Six minutes in the queue, then gone", "abandoned_queue", scenarios::abandoned_queue),
        ("From the web site to an agent, by a code", "web_to_voice", scenarios::web_to_voice),
        ("A backend that answers too late", "slow_backend", scenarios::slow_backend),
        ("A call as it should be", "clean", scenarios::clean),
        ("An AI agent hands over, with a clock that is ahead", "ai_escalation", scenarios::ai_escalation),
        ("Web, bot, two agents, a case and a call back", "long", scenarios::long),
        ("A transfer that nobody answers", "unanswered_transfer", scenarios::unanswered_transfer),
    ];
    let mut begin = start;
    let played = (1..).zip(all).filter_map(|(seed, (title, kind, play))| {
        let mut script = Script::new(begin, seed);
        begin += TimeDelta::minutes(4);
        let anchor = play(&mut script);
        Some(DemoScenario { title, kind, anchor: crate::reading::id(&anchor)?, events: script.events() })
    });
    played.collect()
}
