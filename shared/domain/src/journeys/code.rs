//! Verification codes: a web session shows one, the customer keys it into the IVR, and the two belong together.
//!
//! Codes are short and used again and again, so being equal proves nothing. A use belongs to the latest issue of
//! the same code before it, when that is at most 15 minutes old and nobody has used that issue before. Who tells of a
//! use again, in a later event of the same call, has not used the code again.

use chrono::{DateTime, TimeDelta, Utc};

use super::fact::{CodeAct, FactId, Source};
use super::id::Id;

/// How long an issued code can be used.
pub const VALID: TimeDelta = TimeDelta::minutes(15);

/// For how long a code that is told of again is no new use of it: no event is delivered later than this after an
/// earlier one of the same call.
pub const TOLD_AGAIN: TimeDelta = TimeDelta::days(1);

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
        CodeAct::Issued => (at - TOLD_AGAIN, at + VALID),
        CodeAct::Used => (at - TOLD_AGAIN, at),
    }
}

/// When anything happened with a code that is judged otherwise, now that `act` is known to have happened `at`.
#[must_use]
pub fn touched(at: DateTime<Utc>, act: CodeAct) -> (DateTime<Utc>, DateTime<Utc>) {
    match act {
        CodeAct::Issued => (at - VALID, at + VALID),
        CodeAct::Used => (at - VALID, at + TOLD_AGAIN),
    }
}

/// The issue that each use belongs to, as far as `events` tell: those of one code in some window.
#[must_use]
pub fn matches(events: &[CodeEvent]) -> Vec<(&CodeEvent, &CodeEvent)> {
    let uses: Vec<_> = events.iter().filter(|event| is_use(event, events)).collect();
    uses.iter().filter_map(|usage| Some((issue_of(usage, &uses, events)?, *usage))).collect()
}

/// Whether a code was used, and not told of again.
fn is_use(event: &CodeEvent, events: &[CodeEvent]) -> bool {
    let told_before = |other: &CodeEvent| {
        other.act == CodeAct::Used
            && other.anchor == event.anchor
            && other.at < event.at
            && event.at - other.at <= TOLD_AGAIN
    };
    event.act == CodeAct::Used && !events.iter().any(told_before)
}

fn issue_of<'a>(usage: &CodeEvent, uses: &[&CodeEvent], events: &'a [CodeEvent]) -> Option<&'a CodeEvent> {
    let issued =
        |event: &&CodeEvent| event.act == CodeAct::Issued && event.at <= usage.at && usage.at - event.at <= VALID;
    let latest = events.iter().filter(issued).max_by_key(|event| (event.at, &event.anchor))?;
    // Two sessions that showed the same code at the same time: nobody can say whose it was.
    let rivals = events.iter().filter(issued).any(|event| event.at == latest.at && event.anchor != latest.anchor);
    let used_before = uses.iter().any(|event| {
        event.anchor != usage.anchor && event.at >= latest.at && (event.at, &event.anchor) < (usage.at, &usage.anchor)
    });
    (!rivals && !used_before && latest.anchor != usage.anchor).then_some(latest)
}
