//! The journey that gathered facts tell.
//!
//! | step | module |
//! |---|---|
//! | spans on one time line, with clocks corrected | `spans` |
//! | points that no source puts on a span | `moments` |
//! | what the customer was doing, and on which line | `lines` |
//! | legs, gaps, segments | `legs`, `gaps`, `segments` |
//! | what is worth knowing | `insights` |
//! | how final it is | `status` |
//! | plain words | `summary`, `words` |
//! | why it belongs together | `edges` |
//!
//! All of it is a function of the facts, the policy and `now`. Only what is still under way or may still come looks
//! at `now`: once every delay has elapsed, a journey stays as it is.

mod edges;
mod gaps;
mod insights;
mod legs;
mod lines;
mod moments;
mod segments;
mod spans;
mod status;
mod summary;
mod words;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use self::insights::Scene;
use self::lines::Lines;
use self::spans::Part;
use super::document::{ClockLine, HandoffLine, Journey, NativeId, PhoneLine, Time};
use super::gathered::Gathered;
use super::policy::Policy;
use super::skew::Estimate;
use crate::digest::Digest128;

pub use edges::edges;
pub use spans::{END_LOST, ENDS_BEFORE_IT_STARTS, ONLY_A_MOMENT};

/// When a journey was settled last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// How often it has been settled.
    pub revision: u32,
    /// What it was made of then: see [`Gathered::content`].
    pub content: Digest128,
}

/// The journey that `gathered` tells, seen at `now`. `None` while there is no fact.
#[must_use]
pub fn assemble(gathered: &Gathered, policy: &Policy, settled: Option<Settled>, now: DateTime<Utc>) -> Option<Journey> {
    let id = gathered.journey()?;
    let clocks = Estimate::of(gathered);
    let mut parts = spans::parts(gathered, policy, &clocks);
    let settles_at = status::settles_at(gathered, &parts, policy)?;
    // When every source has had its time, nothing is pending any more, and what is told stays as it is.
    let now = if settles_at <= now { DateTime::<Utc>::MAX_UTC } else { now };
    spans::flag_lost(&mut parts, policy, now);
    let (start, end) = bounds(gathered, &parts, now)?;
    let took = end.map(|end| end - start);
    let lines = Lines::of(&parts, policy, now);
    let legs = legs::legs(&parts, &lines, now);
    let holes = gaps::gaps(&lines, &clocks, policy, now);
    let scene = Scene { gathered, parts: &parts, lines: &lines, holes: &holes, clocks: &clocks, policy, now };
    let insights = insights::insights(&scene);
    let summary = summary::summary(&scene, &legs, &insights, took);
    let clock = |(source, shift): (&super::Source, &super::skew::Shift)| ClockLine {
        source: source.clone(),
        shift_ms: shift.by.num_milliseconds(),
        reference: shift.reference.clone(),
    };
    Some(Journey {
        id,
        revision: settled.map_or(0, |settled| settled.revision),
        status: status::status(gathered, &parts, settled, now),
        started_at: Time(start),
        ended_at: end.map(Time),
        duration_ms: took.map(|took| took.num_milliseconds()),
        platforms: platforms(gathered, &parts),
        ids: ids(gathered),
        phones: phones(gathered),
        handoffs: handoffs(gathered, &parts),
        segments: segments::segments(&parts, took),
        clocks: clocks.shifts().map(clock).collect(),
        quarantined: gathered.quarantined.iter().cloned().collect(),
        settles_at: Time(settles_at),
        facts: gathered.facts.len(),
        gaps: holes.into_iter().map(|hole| hole.gap).collect(),
        legs,
        insights,
        summary,
        spans: parts.into_iter().map(|part| part.span).collect(),
    })
}

/// When every source will have told what it has, as in [`Journey::settles_at`]: a function of the facts. `None` while
/// there is no fact.
#[must_use]
pub fn settles_at(gathered: &Gathered, policy: &Policy) -> Option<DateTime<Utc>> {
    let clocks = Estimate::of(gathered);
    let parts = spans::parts(gathered, policy, &clocks);
    status::settles_at(gathered, &parts, policy)
}

/// Whether the journey can be settled at `now`.
#[must_use]
pub fn is_due(gathered: &Gathered, policy: &Policy, now: DateTime<Utc>) -> bool {
    settles_at(gathered, policy).is_some_and(|at| at <= now)
}

/// From the first start to the last end; no end while something goes on. Where no span is known, from the first to
/// the last thing that was told.
fn bounds(gathered: &Gathered, parts: &[Part], now: DateTime<Utc>) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let Some(first) = parts.first() else {
        let start = gathered.anchors.values().min().copied()?;
        return Some((start, gathered.sources.values().map(|told| told.last).max().map(|last| last.max(start))));
    };
    let live = parts.iter().any(|part| part.is_live(now));
    // What was lost or dropped ended when nobody knows: its start is the last that was seen of it.
    let last = parts.iter().map(|part| part.span.ended_at.map_or(part.start(), |end| end.0)).max();
    Some((first.start(), last.filter(|_| !live)))
}

/// In the order in which they appear; where there is no span, those who told.
fn platforms(gathered: &Gathered, parts: &[Part]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let of_spans = parts.iter().map(|part| part.span.platform.clone());
    let platforms: Vec<_> = of_spans.filter(|platform| seen.insert(platform.clone())).collect();
    match platforms.as_slice() {
        [] => gathered.sources.keys().map(ToString::to_string).collect(),
        _ => platforms,
    }
}

/// The anchors by time, then what they are joined by. An id that only retracted edges lead to is none of it.
fn ids(gathered: &Gathered) -> Vec<NativeId> {
    let mut anchors: Vec<_> = gathered.anchors.iter().map(|(id, at)| (at, id)).collect();
    anchors.sort_unstable();
    let own = anchors.into_iter().map(|(_, id)| NativeId::of(id, None));
    let joining = gathered.edges.values().filter(|edge| !edge.retracted).flat_map(|edge| [&edge.a, &edge.b]);
    let joining: BTreeSet<_> = joining.collect();
    let others = gathered.ids.iter().filter(|(id, _)| !gathered.anchors.contains_key(id) && joining.contains(id));
    // The closest of the roles is what it is.
    let others = others.filter_map(|(id, roles)| Some(NativeId::of(id, Some(*roles.first()?))));
    own.chain(others).collect()
}

fn phones(gathered: &Gathered) -> Vec<PhoneLine> {
    let mentions = gathered.mentions.iter().map(|mention| (mention.party, mention.phone.masked.clone()));
    let unique: BTreeSet<_> = mentions.collect();
    unique.into_iter().map(|(party, masked)| PhoneLine { party, masked }).collect()
}

fn handoffs(gathered: &Gathered, parts: &[Part]) -> Vec<HandoffLine> {
    let drawn: BTreeSet<_> = parts.iter().map(|part| &part.span.key).collect();
    let known = gathered.handoffs.iter().filter(|(from, to)| drawn.contains(from) && drawn.contains(to));
    known.map(|(from, to)| HandoffLine { from: from.clone(), to: to.clone() }).collect()
}
