//! Legs: consecutive times on one platform.

use chrono::{DateTime, Utc};

use super::call_lines::CallLines;
use super::placed::PlacedSpan;
use crate::journeys::document::{Leg, Time};
use crate::journeys::policy::Policy;

/// A leg: consecutive time on one platform.
struct Stretch<'a> {
    platform: &'a str,
    start: DateTime<Utc>,
    /// `None` while it goes on.
    end: Option<DateTime<Utc>>,
}

/// The legs of `spans`, which are in order.
///
/// A leg is a series of consecutive activities on one platform, in order of start. An activity inside another
/// platform's span does not make a leg. A line makes a leg only at the beginning, before any activity, and a carrier's
/// line only if the carrier kept the call for longer than a normal step. A leg lasts as
/// long as its platform's line, up to the legs around it. Legs overlap if the customer was in two places at once.
pub(super) fn legs(spans: &[PlacedSpan], lines: &CallLines<'_>, policy: &Policy, now: DateTime<Utc>) -> Vec<Leg> {
    let mut stretches = stretches(spans, lines, policy, now);
    stretches.sort_by_key(|stretch| stretch.start);
    let mut legs: Vec<Leg> = Vec::new();
    for Stretch { platform, start, end } in stretches {
        match legs.last_mut().filter(|leg| leg.platform == platform) {
            Some(leg) => leg.ended_at = leg.ended_at.zip(end).map(|(before, end)| before.max(Time(end))),
            None => legs.push(Leg {
                number: legs.len() + 1,
                platform: platform.to_owned(),
                started_at: Time(start),
                ended_at: end.map(Time),
            }),
        }
    }
    begin_with_their_lines(&mut legs, lines, now);
    end_with_their_lines(&mut legs, lines, now);
    legs
}

/// The lines of the leg's platform that were up at `at`.
fn up<'a>(leg: &Leg, at: Time, lines: &CallLines<'a>, now: DateTime<Utc>) -> impl Iterator<Item = &'a PlacedSpan> {
    let own = lines.lines.iter().copied().filter(|line| line.span.platform == leg.platform);
    own.filter(move |line| line.start() <= at.0 && at.0 <= line.until(now))
}

fn begin_with_their_lines(legs: &mut [Leg], lines: &CallLines<'_>, now: DateTime<Utc>) {
    let mut before = None;
    for leg in legs {
        if let Some(since) = up(leg, leg.started_at, lines, now).map(|line| line.span.started_at).min() {
            leg.started_at = before.map_or(since, |before| since.max(before)).min(leg.started_at);
        }
        before = Some(leg.ended_at.unwrap_or(leg.started_at));
    }
}

fn end_with_their_lines(legs: &mut [Leg], lines: &CallLines<'_>, now: DateTime<Utc>) {
    let mut after: Option<Time> = None;
    for leg in legs.iter_mut().rev() {
        let until = leg
            .ended_at
            .and_then(|end| up(leg, end, lines, now).map(|line| (line.until(now), line.is_live(now))).max());
        if let Some((until, live)) = until {
            leg.ended_at = match (after, live) {
                (None, true) => None,
                (None, false) => Some(Time(until)),
                (Some(after), _) => leg.ended_at.map(|end| end.max(after.min(Time(until)))),
            };
        }
        after = Some(leg.started_at);
    }
}

fn stretches<'a>(
    spans: &'a [PlacedSpan],
    lines: &CallLines<'a>,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Vec<Stretch<'a>> {
    let end_of = |placed: &PlacedSpan| (!placed.is_live(now)).then(|| placed.until(now));
    let first = lines.activities.iter().map(|placed| placed.start()).min();
    let first_line = lines.lines.first().filter(|line| first.is_none_or(|first| line.start() < first));
    let opening = first_line.map(|line| {
        let next = lines.lines.iter().skip(1).map(|other| other.start()).chain(first).min();
        Stretch { platform: &line.span.platform, start: line.start(), end: next.or(end_of(line)) }
    });
    // A carrier that passes the call on at once is not a leg.
    let opening = opening.filter(|opening| {
        let own = lines.activities.iter().any(|placed| placed.span.platform == opening.platform);
        own || opening.end.is_none_or(|end| end - opening.start > policy.transition)
    });
    let inside = |placed: &PlacedSpan| {
        let parent =
            placed.span.parent.as_ref().and_then(|key| lines.activities.iter().find(|other| other.span.key == *key));
        parent.is_some_and(|parent| {
            parent.span.platform != placed.span.platform && placed.until(now) <= parent.until(now)
        })
    };
    let activity = |placed: &&'a PlacedSpan| Stretch {
        platform: &placed.span.platform,
        start: placed.start(),
        end: end_of(placed),
    };
    let mut stretches: Vec<_> = lines.activities.iter().filter(|placed| !inside(placed)).map(activity).collect();
    stretches.extend(opening);
    if stretches.is_empty() {
        // There are only spans that the customer does not see, or point events.
        stretches.extend(spans.iter().map(|placed| activity(&placed)));
    }
    stretches
}
