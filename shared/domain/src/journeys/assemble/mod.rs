//! The journey that gathered facts show.
//!
//! | step | module |
//! |---|---|
//! | spans on one time line, with corrected clocks | `spans`, `placed` |
//! | point events that no source puts on a span | `point_events` |
//! | the customer's activities, and their lines | `call_lines` |
//! | legs, gaps | `legs`, `gaps` |
//! | how the customer's time was spent | `time_account`, `segments` |
//! | findings of the rules | [`insights`], `view` |
//! | when it can have begun and ended | `bounds` |
//! | how final it is | `status` |
//! | whose reports decide that | `leading` |
//! | plain words | [`sentences`], `summary`, `wording` |
//! | why it belongs together | `edges` |
//! | what it does not show, and why | `partial` |
//!
//! All of it is a function of the facts, the policy and `now`. Only what is going on, or may still be reported, depends
//! on `now`. Once every delay has elapsed, a journey stays as it is.

mod bounds;
mod call_lines;
mod edges;
mod gaps;
pub mod insights;
mod leading;
mod legs;
mod partial;
mod placed;
mod point_events;
mod segments;
pub mod sentences;
mod spans;
mod status;
mod summary;
mod time_account;
mod view;
mod wording;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use self::bounds::Bounds;
use self::call_lines::CallLines;
use self::leading::Leading;
use self::placed::PlacedSpan;
use self::view::View;
use super::document::{ClockLine, HandoffLine, Journey, NativeId, PhoneLine, Time, TimeAccount};
use super::gathered::Gathered;
use super::origin::Source;
use super::policy::Policy;
use super::skew::{Estimate, Shift};
use crate::digest::Digest128;

pub use edges::edges;
pub use placed::{END_LOST, ENDS_BEFORE_IT_STARTS, ESTIMATED_POSITION, POINT_EVENT_ONLY};
pub use status::Settled;

/// The journey that `gathered` shows at `now`. `None` if there is no fact.
#[must_use]
pub fn assemble(gathered: &Gathered, policy: &Policy, settled: Option<Settled>, now: DateTime<Utc>) -> Option<Journey> {
    let id = gathered.journey()?;
    let clocks = Estimate::of(gathered, policy);
    let mut spans = spans::place(gathered, policy, &clocks);
    let settles_at = status::settles_at(gathered, &spans, policy)?;
    // Once every source has reported, nothing is pending any more, and the journey stays as it is.
    let now = if settles_at <= now { DateTime::<Utc>::MAX_UTC } else { now };
    spans::flag_lost(&mut spans, policy, now);
    let lines = CallLines::of(&spans, policy, now);
    let legs = legs::legs(&spans, &lines, policy, now);
    let gaps = gaps::gaps(&lines, &clocks, policy, now);
    let time = TimeAccount::default();
    let view =
        View { gathered, spans: &spans, lines: &lines, gaps: &gaps, clocks: &clocks, policy, now, stay: None, time };
    let dropped = insights::dropped_call::drops(&view).pop().filter(|drop| drop.is_last(&view));
    let stay = time_account::stay(&view, dropped.as_ref().map(|drop| drop.at));
    let (start, end) = match stay {
        Some(stay) => (time_account::millis(stay.start), stay.end.map(time_account::millis)),
        None => extent(gathered, &spans, policy)?,
    };
    let time = match stay {
        Some(stay) => time_account::account(&view, stay),
        None => time_account::unknown(start, end),
    };
    let view = View { stay, time, ..view };
    let took = end.map(|end| end - start);
    let insights = insights::insights(&view);
    let (outcome, summary) = summary::summary(&view, &legs, &insights, took);
    let segments = segments::segments(&spans, policy.reference.as_ref(), &view.time, took);
    let endings = insights::dropped_call::drops(&view).last().map(|drop| drop.lines(&view)).unwrap_or_default();
    let time = view.time;
    let gaps = gaps.into_iter().map(|candidate| candidate.gap).collect();
    spans::close_lost(&mut spans, end, now);
    let clock = |(source, shift): (&Source, &Shift)| ClockLine {
        source: source.clone(),
        shift_ms: shift.by.num_milliseconds(),
        reference: shift.reference.clone(),
    };
    Some(Journey {
        id,
        revision: settled.map_or(0, |settled| settled.revision),
        status: status::status(gathered, &spans, settled, now),
        started_at: Time(start),
        ended_at: end.map(Time),
        duration_ms: took.map(|took| took.num_milliseconds()),
        platforms: platforms(gathered, &spans),
        ids: ids(gathered),
        phones: phones(gathered),
        handoffs: handoffs(gathered, &spans),
        segments,
        time,
        clocks: clocks.shifts().map(clock).collect(),
        quarantined: gathered.quarantined.iter().cloned().collect(),
        unconfirmed: partial::unconfirmed(gathered),
        kept_out: partial::kept_out(gathered),
        settles_at: Time(settles_at),
        facts: gathered.facts.len(),
        endings,
        gaps,
        legs,
        insights,
        outcome,
        summary,
        spans: spans.into_iter().map(|placed| placed.span).collect(),
    })
}

/// When every source has had the time to report, as in [`Journey::settles_at`]. It depends on the facts alone. `None`
/// if there is no fact.
#[must_use]
pub fn settles_at(gathered: &Gathered, policy: &Policy) -> Option<DateTime<Utc>> {
    let clocks = Estimate::of(gathered, policy);
    let spans = spans::place(gathered, policy, &clocks);
    status::settles_at(gathered, &spans, policy)
}

/// A hash of what the leading sources reported, and of the retracted edges. While it stays the same, only other sources have added
/// to the journey.
#[must_use]
pub fn led(gathered: &Gathered, policy: &Policy) -> Digest128 {
    Leading::of(gathered, policy).content()
}

/// Whether the journey can be settled at `now`.
#[must_use]
pub fn is_due(gathered: &Gathered, policy: &Policy, now: DateTime<Utc>) -> bool {
    settles_at(gathered, policy).is_some_and(|at| at <= now)
}

/// The first start and the last end of the spans. If no span is known, the first and the last report.
fn extent(
    gathered: &Gathered,
    spans: &[PlacedSpan],
    policy: &Policy,
) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let bounds = Bounds::of(gathered, spans, policy);
    let earliest = bounds.earliest_start();
    let Some(first) = spans.iter().find(|placed| Some(placed.start()) >= earliest) else {
        let start = time_account::millis(gathered.anchors.values().min().copied()?);
        let last = gathered.sources.values().map(|reported| time_account::millis(reported.last)).max();
        return Some((start, last.map(|last| last.max(start))));
    };
    // If an end was lost or dropped, the last observed start of the span.
    let ends = spans.iter().map(|placed| placed.span.ended_at.map_or(placed.start(), |end| end.0));
    let latest = bounds.latest_end(DateTime::<Utc>::MAX_UTC);
    let last = ends.filter(|end| latest.is_none_or(|latest| *end <= latest)).max().or(Some(first.start()));
    Some((time_account::millis(first.start()), last.map(time_account::millis)))
}

/// The platforms in the order in which they appear. If no span is known, the sources.
fn platforms(gathered: &Gathered, spans: &[PlacedSpan]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let of_spans = spans.iter().map(|placed| placed.span.platform.clone());
    let platforms: Vec<_> = of_spans.filter(|platform| seen.insert(platform.clone())).collect();
    match platforms.as_slice() {
        [] => gathered.sources.keys().map(ToString::to_string).collect(),
        _ => platforms,
    }
}

/// The anchors by time, then the ids that join them. An id that only retracted edges lead to is left out.
fn ids(gathered: &Gathered) -> Vec<NativeId> {
    let mut anchors: Vec<_> = gathered.anchors.iter().map(|(id, at)| (at, id)).collect();
    anchors.sort_unstable();
    let own = anchors.into_iter().map(|(_, id)| NativeId::of(id, None));
    let joining = gathered.edges.values().filter(|edge| !edge.retracted).flat_map(|edge| [&edge.a, &edge.b]);
    let joining: BTreeSet<_> = joining.collect();
    let others = gathered.ids.iter().filter(|(id, _)| !gathered.anchors.contains_key(id) && joining.contains(id));
    // An id with several roles has the closest of them.
    let others = others.filter_map(|(id, roles)| Some(NativeId::of(id, Some(*roles.first()?))));
    own.chain(others).collect()
}

fn phones(gathered: &Gathered) -> Vec<PhoneLine> {
    let mentions = gathered.mentions.iter().map(|mention| (mention.party, mention.phone.masked.clone()));
    let unique: BTreeSet<_> = mentions.collect();
    unique.into_iter().map(|(party, masked)| PhoneLine { party, masked }).collect()
}

fn handoffs(gathered: &Gathered, spans: &[PlacedSpan]) -> Vec<HandoffLine> {
    let drawn: BTreeSet<_> = spans.iter().map(|placed| &placed.span.key).collect();
    let known = gathered.handoffs.iter().filter(|(from, to)| drawn.contains(from) && drawn.contains(to));
    known.map(|(from, to)| HandoffLine { from: from.clone(), to: to.clone() }).collect()
}
