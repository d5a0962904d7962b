//! Gaps: when nothing is known of what the customer went through, and why that may be.

use chrono::{DateTime, TimeDelta, Utc};

use super::lines::Lines;
use super::spans::Part;
use super::words::{lasting, the};
use crate::journeys::document::{Gap, GapClass, Time};
use crate::journeys::policy::Policy;
use crate::journeys::skew::{Estimate, plus};
use crate::journeys::span::{Outcome, SpanKey, SpanType};

/// A gap, with the spans around it.
pub(super) struct Hole {
    pub(super) gap: Gap,
    pub(super) around: Vec<SpanKey>,
}

/// What a gap lies between.
struct Between<'a> {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    before: Option<&'a Part>,
    after: Option<&'a Part>,
    /// The line that was up, where one was.
    line: Option<&'a Part>,
}

/// The gaps, in order: from where everything that happened is over until something happens again. Also from the
/// start of a line to what happens first on it, and from what happens last to the line's end, when that takes longer
/// than a step does. What an agent does after the customer has left is no gap.
pub(super) fn gaps(lines: &Lines<'_>, clocks: &Estimate, policy: &Policy, now: DateTime<Utc>) -> Vec<Hole> {
    let found = between(lines, policy, now);
    found
        .into_iter()
        .map(|gap| {
            let (class, reason) = classify(&gap, lines, clocks, policy, now);
            let ends = gap.before.into_iter().chain(gap.after).chain(gap.line);
            let mut around: Vec<_> = ends.map(|part| part.span.key.clone()).collect();
            around.dedup();
            Hole { gap: Gap { started_at: Time(gap.start), ended_at: Time(gap.end), class, reason }, around }
        })
        .collect()
}

fn between<'a>(lines: &Lines<'a>, policy: &Policy, now: DateTime<Utc>) -> Vec<Between<'a>> {
    let mut found = Vec::new();
    let up = |from: DateTime<Utc>, to: DateTime<Utc>| {
        lines.contexts.iter().copied().find(|line| line.start() <= from && to <= line.until(now))
    };
    let Some(first) = lines.doings.first() else { return found };
    let line = lines.contexts.first().copied().filter(|line| line.start() < first.start());
    if let Some(line) = line.filter(|line| first.start() - line.start() > policy.transition) {
        let (start, end) = (line.start(), first.start());
        found.push(Between { start, end, before: None, after: Some(first), line: Some(line) });
    }
    // The one that lasts longest of those that have begun.
    let mut before = *first;
    for after in lines.doings.iter().skip(1) {
        let (start, end) = (before.until(now), after.start());
        let mut gap = |start: DateTime<Utc>, end: DateTime<Utc>, before, after, line: Option<_>| {
            // Times are told in milliseconds.
            if end - start >= TimeDelta::milliseconds(1) {
                found.push(Between { start, end, before, after, line: line.or(up(start, end)) });
            }
        };
        let slack = policy.transition;
        // Where the line went down in between, and came up again, these are gaps of their own.
        let down = lines.last_up(start, now).filter(|(at, _)| *at - start > slack && *at < end);
        let back =
            lines.first_up(end, now).filter(|(at, _)| end - *at > slack && *at > down.map_or(start, |(at, _)| at));
        if let Some((at, line)) = down {
            gap(start, at, Some(before), None, Some(line));
        }
        let (from, to) = (down.map_or(start, |(at, _)| at), back.map_or(end, |(at, _)| at));
        gap(from, to, Some(before), Some(after), None);
        if let Some((at, line)) = back {
            gap(at, end, None, Some(after), Some(line));
        }
        if after.until(now) > before.until(now) {
            before = after;
        }
    }
    let start = before.until(now);
    if let Some((end, line)) =
        lines.last_up(start, now).filter(|(end, line)| !line.is_live(now) && *end - start > policy.transition)
    {
        found.push(Between { start, end, before: Some(before), after: None, line: Some(line) });
    }
    found
}

fn classify(
    gap: &Between<'_>,
    lines: &Lines<'_>,
    clocks: &Estimate,
    policy: &Policy,
    now: DateTime<Utc>,
) -> (GapClass, String) {
    let length = gap.end - gap.start;
    let named = |part: &Part| format!("{} of {}", the(part.span.span_type), part.span.platform);
    let of_line = |end: &str| gap.line.map_or(end.to_owned(), |line| format!("{end} of {}", named(line)));
    let before = gap.before.map_or_else(|| of_line("the start"), named);
    let after = gap.after.map_or_else(|| of_line("the end"), named);
    if length <= policy.transition {
        let reason = format!("A step from {before} to {after} takes this long.");
        return (GapClass::ExpectedTransition, reason);
    }
    let sources =
        [gap.before.or(gap.line), gap.after.or(gap.line)].map(|part| part.and_then(|part| part.clock.as_ref()));
    if let [Some(one), Some(other)] = sources {
        let differ = (clocks.shift_of(one) - clocks.shift_of(other)).abs();
        if one != other && length <= differ {
            let reason = format!("The clocks of {one} and {other} differ by {}: it is no longer.", lasting(differ));
            return (GapClass::ClockArtefact, reason);
        }
    }
    let latest = sources.into_iter().flatten().max_by_key(|source| (policy.delay_of(source), *source));
    if let Some(source) = latest.filter(|source| now < plus(gap.end, policy.delay_of(source))) {
        let delay = lasting(policy.delay_of(source));
        return (GapClass::DataDelay, format!("{source} may be {delay} late, and can still tell of it."));
    }
    if waited(gap) {
        let reason = format!("The customer was waiting: it lies between {before} and {after}.");
        return (GapClass::QueueOrHold, reason);
    }
    if let Some(reason) = moved_on(gap, lines, policy, now) {
        return (GapClass::ExpectedTransition, reason);
    }
    let reason = match gap.before.filter(|part| part.span.ended_at.is_none()) {
        Some(_) => format!("The end of {before} was never told."),
        None => format!("No source tells what happened between {before} and {after}."),
    };
    (GapClass::MissingData, reason)
}

/// Whether the spans around it say that the customer was waiting: on hold, or sent on by a queue that they did not
/// leave themselves.
fn waited(gap: &Between<'_>) -> bool {
    let (Some(before), Some(after)) = (gap.before, gap.after) else { return false };
    let sent_on = before.is(&[SpanType::Queue]) && before.span.status != Some(Outcome::Abandoned);
    sent_on || before.is(&[SpanType::Hold]) || after.is(&[SpanType::Hold])
}

/// Why nothing need have happened: the customer changed the channel, or left and came back.
fn moved_on(gap: &Between<'_>, lines: &Lines<'_>, policy: &Policy, now: DateTime<Utc>) -> Option<String> {
    let (before, after) = (gap.before?, gap.after?);
    if gap.line.is_some() {
        return None;
    }
    let written = |part: &Part| part.is(&[SpanType::Web, SpanType::Message]);
    let after_all = lasting(gap.end - gap.start);
    if written(before) != written(after) {
        let (from, to) = (&before.span.platform, &after.span.platform);
        return Some(format!("The customer went from {from} to {to}, and was in neither for {after_all}."));
    }
    if written(before) {
        return Some(format!("The customer wrote again after {after_all}."));
    }
    // A line from which the customer was not sent on went down when it began, and the next came up when it ended.
    let lines = || lines.contexts.iter().chain(&lines.doings).filter(|line| line.is_line());
    let near = |one: DateTime<Utc>, other: DateTime<Utc>| (one - other).abs() <= policy.transition;
    let ended = |line: &Part| matches!(line.span.status, Some(Outcome::Ok | Outcome::Abandoned));
    let down = lines().filter(|line| near(line.until(now), gap.start) && ended(line));
    let mut up = lines().filter(|line| near(line.start(), gap.end)).map(|line| line.span.platform.as_str());
    let same: Vec<_> = down.map(|line| line.span.platform.as_str()).collect();
    let sent_on = before.words().any(|word| word.to_ascii_uppercase().contains("TRANSFER"));
    (!sent_on && up.any(|platform| same.contains(&platform)))
        .then(|| format!("The customer had left, and came back after {after_all}."))
}
