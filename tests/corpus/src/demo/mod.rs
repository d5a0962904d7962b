//! Journeys worth opening: what `cxtrace demo` shows. Each is told by every system that the customer met, and is the
//! same to the byte for the same start.

mod stage;
mod telling;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Id;

use stage::Stage;

/// A journey to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// What happens in it.
    pub title: &'static str,
    /// A short name for it, such as `dropped_transfer`.
    pub kind: &'static str,
    /// EventBridge events as JSON, in the order in which they were published.
    pub events: Vec<String>,
    /// An id by which the journey is found.
    pub anchor: Id,
}

/// The stories, of which the first begins at `start` and each other some minutes after the one before.
#[must_use]
pub fn stories(start: DateTime<Utc>) -> Vec<Story> {
    type Telling = fn(&mut Stage) -> String;
    let tellings: [(&str, &str, Telling); 8] = [
        ("A transfer that drops the call", "dropped_transfer", telling::dropped_transfer),
        ("Six minutes in the queue, then gone", "abandoned_queue", telling::abandoned_queue),
        ("From the web site to an agent, by a code", "web_to_voice", telling::web_to_voice),
        ("A backend that answers too late", "slow_backend", telling::slow_backend),
        ("A call as it should be", "clean", telling::clean),
        ("An AI agent hands over, with a clock that is ahead", "ai_escalation", telling::ai_escalation),
        ("Web, bot, two agents, a case and a call back", "long", telling::long),
        ("A transfer that nobody answers", "unanswered_transfer", telling::unanswered_transfer),
    ];
    let mut seed = 0;
    let mut begin = start;
    let told = tellings.into_iter().filter_map(|(title, kind, telling)| {
        seed += 1;
        let mut stage = Stage::new(begin, seed);
        begin += TimeDelta::minutes(4);
        let anchor = telling(&mut stage);
        Some(Story { title, kind, anchor: crate::reading::id(&anchor)?, events: stage.events() })
    });
    told.collect()
}
