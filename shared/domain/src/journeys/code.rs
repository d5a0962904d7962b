//! Verification codes: a web session shows one, the customer keys it into the IVR, and the two belong together.
//!
//! Codes are short and used again and again, so being equal proves nothing. A use belongs to the latest issue of
//! the same code before it, when that is at most 15 minutes old and nobody has used that issue before. Who tells of a
//! use again, in a later event of the same call, has not used the code again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::fact::CodeAct;
use super::id::Id;
use super::origin::{FactId, Source};

/// How long an issued code can be used.
pub const VALID: TimeDelta = TimeDelta::minutes(15);

/// For how long a code that is told of again is no new use of it. Each event of a call carries what was set before, so
/// this is how far apart such events may be; what is told again later is taken for a use.
pub const REPEAT_WINDOW: TimeDelta = TimeDelta::days(1);

/// More than this in one window is too much to tell apart: whoever uses one code all day long, such as a test of load,
/// joins nothing by it.
pub const MAX_EVENTS: usize = 1_000;

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

/// What has to be known of a code to judge `act`: everything that happened with it in this time. Whoever may have used the
/// code before is judged with it, so it begins as long before as a use may be told again.
#[must_use]
pub fn window(at: DateTime<Utc>, act: CodeAct) -> (DateTime<Utc>, DateTime<Utc>) {
    match act {
        CodeAct::Issued => (at - REPEAT_WINDOW, at + VALID),
        CodeAct::Used => (at - VALID - REPEAT_WINDOW, at),
    }
}

/// When anything happened with a code that is judged otherwise, now that something is known to have happened `at`: all
/// whose [`window`] holds that.
#[must_use]
pub fn touched(at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (at - VALID, at + VALID + REPEAT_WINDOW)
}

/// The issue that each use belongs to, as far as `events` tell: those of one code in some window.
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
    let (issues, told) = (of(CodeAct::Issued), of(CodeAct::Used));
    let uses = first_reports(&told);
    uses.iter().filter_map(|usage| Some((issue_of(usage, &uses, &issues)?, *usage))).collect()
}

/// Those of `told`, by time, that were not told of before.
fn first_reports<'a>(told: &[&'a CodeEvent]) -> Vec<&'a CodeEvent> {
    let mut latest: BTreeMap<&Id, (DateTime<Utc>, bool)> = BTreeMap::new();
    let mut uses = Vec::new();
    for event in told {
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
    // Two sessions that showed the same code at the same time: nobody can say whose it was.
    let mut at_once = before.iter().rev().take_while(|issue| issue.at == latest.at);
    let rivals = at_once.any(|issue| issue.anchor != latest.anchor);
    let since = uses.partition_point(|event| event.at < latest.at);
    let mut earlier = uses[since..].iter().take_while(|event| (event.at, &event.anchor) < (usage.at, &usage.anchor));
    let used_before = earlier.any(|event| event.anchor != usage.anchor);
    (!rivals && !used_before && latest.anchor != usage.anchor).then_some(*latest)
}
