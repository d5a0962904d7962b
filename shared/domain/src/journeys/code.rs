//! Verification codes: a web session shows a code, and the customer enters it in the IVR. The session and the call then
//! belong together.
//!
//! Codes are short and are reused, so equal codes prove nothing. A use belongs to the latest issue of the same code
//! before it, if that issue is at most 15 minutes old and nobody has used it before. A later event of the same call that
//! repeats the use is not another use.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::fact::CodeAct;
use super::id::Id;
use super::origin::{FactId, Source};

/// How long an issued code can be used.
pub const VALID: TimeDelta = TimeDelta::minutes(15);

/// How far apart two reports of one use may be. A report more than a day
/// after the use counts as a new use, because each event of a call repeats its codes.
pub const REPEAT_WINDOW: TimeDelta = TimeDelta::days(1);

/// The maximum number of events of one code in a window. A code with more, such as that of a load test, joins nothing.
pub const MAX_EVENTS: usize = 1_000;

/// An event of one code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeEvent {
    pub at: DateTime<Utc>,
    /// The session that showed the code, or the call in which it was used.
    pub anchor: Id,
    pub act: CodeAct,
    pub source: Source,
    pub fact: FactId,
}

/// To match an event, read all events of its code in this range. It includes earlier uses, which may be repeated for
/// [`REPEAT_WINDOW`].
#[must_use]
pub fn window(at: DateTime<Utc>, act: CodeAct) -> (DateTime<Utc>, DateTime<Utc>) {
    match act {
        CodeAct::Issued => (at - REPEAT_WINDOW, at + VALID),
        CodeAct::Used => (at - VALID - REPEAT_WINDOW, at),
    }
}

/// The time range of the events whose match may change because of an event at `at`: those whose [`window`] contains it.
#[must_use]
pub fn touched(at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (at - VALID, at + VALID + REPEAT_WINDOW)
}

/// The matching issue of each use. `events` are those of one code in some window.
#[must_use]
pub fn matches(events: &[CodeEvent]) -> Vec<(&CodeEvent, &CodeEvent)> {
    if events.len() > MAX_EVENTS {
        return Vec::new();
    }
    let of = |act| {
        let mut of_act: Vec<_> = events.iter().filter(|event| event.act == act).collect();
        of_act.sort_unstable_by_key(|event| (event.at, &event.anchor));
        of_act
    };
    let (issues, reports) = (of(CodeAct::Issued), of(CodeAct::Used));
    let uses = first_reports(&reports);
    uses.iter().filter_map(|usage| Some((issue_of(usage, &uses, &issues)?, *usage))).collect()
}

/// The first report of each use. `reports` are in order of time.
fn first_reports<'a>(reports: &[&'a CodeEvent]) -> Vec<&'a CodeEvent> {
    let mut latest: BTreeMap<&Id, (DateTime<Utc>, bool)> = BTreeMap::new();
    let mut uses = Vec::new();
    for event in reports {
        let first = match latest.get(&event.anchor) {
            None => true,
            Some((at, first)) if *at == event.at => *first,
            Some((at, _)) => event.at - *at > REPEAT_WINDOW,
        };
        latest.insert(&event.anchor, (event.at, first));
        if first {
            uses.push(*event);
        }
    }
    uses
}

fn issue_of<'a>(usage: &CodeEvent, uses: &[&CodeEvent], issues: &[&'a CodeEvent]) -> Option<&'a CodeEvent> {
    let until = |events: &[&CodeEvent], at| events.partition_point(|event| event.at <= at);
    let before = &issues[..until(issues, usage.at)];
    let latest = before.last().filter(|issue| usage.at - issue.at <= VALID)?;
    // If two sessions showed the same code at the same time, the owner is unknown.
    let mut at_once = before.iter().rev().take_while(|issue| issue.at == latest.at);
    let rivals = at_once.any(|issue| issue.anchor != latest.anchor);
    let since = uses.partition_point(|event| event.at < latest.at);
    let mut earlier = uses[since..].iter().take_while(|event| (event.at, &event.anchor) < (usage.at, &usage.anchor));
    let used_before = earlier.any(|event| event.anchor != usage.anchor);
    (!rivals && !used_before && latest.anchor != usage.anchor).then_some(*latest)
}
