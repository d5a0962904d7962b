//! Legs: the runs of one platform.

use chrono::{DateTime, Utc};

use super::lines::Lines;
use super::spans::Part;
use crate::journeys::document::{Leg, Time};

/// One stretch of one platform.
struct Stretch<'a> {
    platform: &'a str,
    start: DateTime<Utc>,
    /// `None` while it goes on.
    end: Option<DateTime<Utc>>,
}

/// The legs of `parts`, which are in order: what the customer took part in, one after the other by start, as long as
/// the platform is the same. What is part of something else does not make a leg, and neither does a line on which
/// other spans tell what happened; but when nothing else had begun yet, that line is where the customer was, and a
/// leg lasts as long as its platform's line, up to the legs around it. Legs overlap where the customer was in two
/// places at once.
pub(super) fn legs(parts: &[Part], lines: &Lines<'_>, now: DateTime<Utc>) -> Vec<Leg> {
    let mut stretches = stretches(parts, lines, now);
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
fn up<'a>(leg: &Leg, at: Time, lines: &Lines<'a>, now: DateTime<Utc>) -> impl Iterator<Item = &'a Part> {
    let own = lines.contexts.iter().copied().filter(|line| line.span.platform == leg.platform);
    own.filter(move |line| line.start() <= at.0 && at.0 <= line.until(now))
}

fn begin_with_their_lines(legs: &mut [Leg], lines: &Lines<'_>, now: DateTime<Utc>) {
    let mut before = None;
    for leg in legs {
        if let Some(since) = up(leg, leg.started_at, lines, now).map(|line| line.span.started_at).min() {
            leg.started_at = before.map_or(since, |before| since.max(before)).min(leg.started_at);
        }
        before = Some(leg.ended_at.unwrap_or(leg.started_at));
    }
}

fn end_with_their_lines(legs: &mut [Leg], lines: &Lines<'_>, now: DateTime<Utc>) {
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

fn stretches<'a>(parts: &'a [Part], lines: &Lines<'a>, now: DateTime<Utc>) -> Vec<Stretch<'a>> {
    let end_of = |part: &Part| (!part.is_live(now)).then(|| part.until(now));
    let first = lines.doings.iter().map(|part| part.start()).min();
    let first_line = lines.contexts.first().filter(|line| first.is_none_or(|first| line.start() < first));
    let opening = first_line.map(|line| {
        let next = lines.contexts.iter().skip(1).map(|other| other.start()).chain(first).min();
        Stretch { platform: &line.span.platform, start: line.start(), end: next.or(end_of(line)) }
    });
    let inside = |part: &Part| {
        let parent = part.span.parent.as_ref().and_then(|key| lines.doings.iter().find(|other| other.span.key == *key));
        parent.is_some_and(|parent| parent.span.platform != part.span.platform && part.until(now) <= parent.until(now))
    };
    let doing = |part: &&'a Part| Stretch { platform: &part.span.platform, start: part.start(), end: end_of(part) };
    let mut stretches: Vec<_> = lines.doings.iter().filter(|part| !inside(part)).map(doing).collect();
    stretches.extend(opening);
    if stretches.is_empty() {
        // Nothing but what the customer does not see, or moments: that is a leg too, for want of a better one.
        stretches.extend(parts.iter().map(|part| doing(&part)));
    }
    stretches
}
