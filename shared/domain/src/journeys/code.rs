//! Verification codes: a web session shows one, the customer keys it into the IVR, and the two belong together.
//!
//! Codes are short and used again and again, so being equal proves nothing. A use belongs to the latest issue of
//! the same code before it, when that is at most 15 minutes old and nobody has used that issue before.

use chrono::{DateTime, TimeDelta, Utc};

use super::fact::{CodeAct, FactId, Source};
use super::id::Id;

/// How long an issued code can be used.
pub const VALID: TimeDelta = TimeDelta::minutes(15);

/// One thing that happened with one code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Whose: the session that showed it, or the call in which it was said.
    pub anchor: Id,
    /// Which of the two.
    pub act: CodeAct,
    /// Who says so.
    pub source: Source,
    /// In which fact.
    pub fact: FactId,
}

/// What has to be known of a code to judge `event`: everything that happened with it in this time.
#[must_use]
pub fn window(at: DateTime<Utc>, act: CodeAct) -> (DateTime<Utc>, DateTime<Utc>) {
    match act {
        CodeAct::Issued => (at, at + VALID),
        CodeAct::Used => (at - VALID, at),
    }
}

/// The issue that each use belongs to, as far as `events` tell: those of one code in some window.
#[must_use]
pub fn matches(events: &[CodeEvent]) -> Vec<(&CodeEvent, &CodeEvent)> {
    let uses = events.iter().filter(|event| event.act == CodeAct::Used);
    uses.filter_map(|usage| Some((issue_of(usage, events)?, usage))).collect()
}

fn issue_of<'a>(usage: &CodeEvent, events: &'a [CodeEvent]) -> Option<&'a CodeEvent> {
    let issued =
        |event: &&CodeEvent| event.act == CodeAct::Issued && event.at <= usage.at && usage.at - event.at <= VALID;
    let latest = events.iter().filter(issued).max_by_key(|event| (event.at, &event.anchor))?;
    // Two sessions that showed the same code at the same time: nobody can say whose it was.
    let rivals = events.iter().filter(issued).any(|event| event.at == latest.at && event.anchor != latest.anchor);
    let used_before = events.iter().any(|event| {
        event.act == CodeAct::Used
            && event.anchor != usage.anchor
            && event.at >= latest.at
            && (event.at, &event.anchor) < (usage.at, &usage.anchor)
    });
    (!rivals && !used_before && latest.anchor != usage.anchor).then_some(latest)
}
