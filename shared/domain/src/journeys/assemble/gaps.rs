//! Gaps: times in which no source reported what happened to the customer, and their likely reasons.

use chrono::{DateTime, TimeDelta, Utc};

use super::call_lines::CallLines;
use super::placed::PlacedSpan;
use super::sentences;
use super::wording::{capitalized, course, duration, with_article};
use crate::journeys::clocks::plus;
use crate::journeys::document::{Gap, GapClass, Time, TimeKind};
use crate::journeys::policy::Policy;
use crate::journeys::skew::Estimate;
use crate::journeys::span::{Outcome, SpanKey, SpanType};
use crate::journeys::traits::{Medium, TransferTarget};

/// A gap, with the spans around it.
pub(super) struct GapCandidate {
    pub(super) gap: Gap,
    pub(super) around: Vec<SpanKey>,
    /// What kind of the customer's time it is. `None` after the customer has left.
    pub(super) kind: Option<TimeKind>,
}

/// The time between two activities, or between an activity and the start or end of its line.
#[derive(Clone, Copy)]
struct Interval<'a> {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    before: Option<&'a PlacedSpan>,
    after: Option<&'a PlacedSpan>,
    /// The line that was up, if one was.
    line: Option<&'a PlacedSpan>,
}

/// The gaps, in order. A gap begins when every activity is over and ends when the next one begins.
///
/// The time before the first activity on a line and after the last one is also a gap, if it is longer than a normal
/// step. Time after the customer has left is not a gap.
pub(super) fn gaps(lines: &CallLines<'_>, clocks: &Estimate, policy: &Policy, now: DateTime<Utc>) -> Vec<GapCandidate> {
    let found = intervals(lines, policy, now).into_iter().flat_map(|gap| split_at_agreed_time(gap, lines));
    found
        .map(|gap| {
            let (class, reason) = classify(&gap, lines, clocks, policy, now);
            let ends = gap.before.into_iter().chain(gap.after).chain(gap.line);
            let mut around: Vec<_> = ends.map(|placed| placed.span.key.clone()).collect();
            around.dedup();
            let kind = ended_before(&gap, lines, policy, now).is_none().then(|| kind(&gap, class, policy));
            GapCandidate {
                kind,
                gap: Gap { started_at: Time(gap.start), ended_at: Time(gap.end), class, reason },
                around,
            }
        })
        .collect()
}

fn intervals<'a>(lines: &CallLines<'a>, policy: &Policy, now: DateTime<Utc>) -> Vec<Interval<'a>> {
    let mut found = Vec::new();
    let up = |from: DateTime<Utc>, to: DateTime<Utc>| {
        lines.lines.iter().copied().find(|line| line.start() <= from && to <= line.until(now))
    };
    let Some(first) = lines.activities.first() else { return found };
    let line = lines.lines.first().copied().filter(|line| line.start() < first.start());
    if let Some(line) = line.filter(|line| first.start() - line.start() > policy.transition) {
        let (start, end) = (line.start(), first.start());
        found.push(Interval { start, end, before: None, after: Some(first), line: Some(line) });
    }
    // Among the activities that have begun, the one that ends last.
    let mut before = *first;
    for after in lines.activities.iter().skip(1) {
        let (start, end) = (before.until(now), after.start());
        let mut gap = |start: DateTime<Utc>, end: DateTime<Utc>, before, after, line: Option<_>| {
            // Documents give times in milliseconds.
            if end - start >= TimeDelta::milliseconds(1) {
                found.push(Interval { start, end, before, after, line: line.or(up(start, end)) });
            }
        };
        let slack = policy.transition;
        // If the line went down in between and came up again, each part is a gap.
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
        found.push(Interval { start, end, before: Some(before), after: None, line: Some(line) });
    }
    found
}

/// The time of a call-back that was agreed with the customer and that lies in the gap or after it.
fn agreed_time(gap: &Interval<'_>, lines: &CallLines<'_>) -> Option<DateTime<Utc>> {
    let asked_for = lines.all().filter(|placed| placed.start() <= gap.end);
    asked_for.filter_map(|placed| placed.traits.scheduled_for).filter(|agreed| *agreed > gap.start).min()
}

/// Splits a gap in two at the agreed time of a call-back.
fn split_at_agreed_time<'a>(gap: Interval<'a>, lines: &CallLines<'_>) -> Vec<Interval<'a>> {
    match agreed_time(&gap, lines).filter(|agreed| *agreed < gap.end) {
        Some(agreed) => vec![Interval { end: agreed, ..gap }, Interval { start: agreed, ..gap }],
        None => vec![gap],
    }
}

fn classify(
    gap: &Interval<'_>,
    lines: &CallLines<'_>,
    clocks: &Estimate,
    policy: &Policy,
    now: DateTime<Utc>,
) -> (GapClass, String) {
    let length = gap.end - gap.start;
    let named = |placed: &PlacedSpan| format!("{} on {}", with_article(placed.span.span_type), placed.span.platform);
    let of_line = |end: &str| gap.line.map_or(end.to_owned(), |line| format!("{end} of {}", named(line)));
    let before = gap.before.map_or_else(|| of_line("the start"), named);
    // One agent after another, and not the same one.
    let again = |before: &PlacedSpan, after: &PlacedSpan| {
        before.span.span_type == after.span.span_type && before.span.platform == after.span.platform
    };
    let after = match (gap.before, gap.after) {
        (Some(before), Some(after)) if again(before, after) => named(after).replacen("the ", "the next ", 1),
        (_, after) => after.map_or_else(|| of_line("the end"), named),
    };
    // A platform that is on both sides is named once.
    let platform =
        |placed: Option<&PlacedSpan>| placed.or(gap.line).map(|placed| format!(" on {}", placed.span.platform));
    let same = platform(gap.before).filter(|one| platform(gap.after).as_ref() == Some(one));
    let from = same.and_then(|same| before.strip_suffix(&same)).unwrap_or(&before);
    if length <= policy.transition {
        let reason = sentences::normal_step(duration(policy.transition), from, &after);
        return (GapClass::ExpectedTransition, reason);
    }
    let sources =
        [gap.before.or(gap.line), gap.after.or(gap.line)].map(|placed| placed.and_then(|placed| placed.clock.as_ref()));
    if let [Some(one), Some(other)] = sources {
        let differ = (clocks.shift_of(one) - clocks.shift_of(other)).abs();
        if one != other && length <= differ {
            return (GapClass::ClockArtefact, sentences::clocks_differ(one, other, duration(differ)));
        }
    }
    if let Some(agreed) = agreed_time(gap, lines).filter(|agreed| gap.end <= *agreed) {
        let reason = sentences::before_call_back(agreed.format("%-d %b %Y, %H:%M UTC"));
        return (GapClass::ExpectedTransition, reason);
    }
    if waits_by_design(gap) {
        return (GapClass::ExpectedTransition, sentences::pause_in_writing());
    }
    if let Some(late) = ended_before(gap, lines, policy, now) {
        return (GapClass::ExpectedTransition, sentences::ended_already(&late.span.platform));
    }
    if sent_outside(gap) {
        return (GapClass::ExpectedTransition, sentences::sent_outside(capitalized(&before)));
    }
    let latest = sources.into_iter().flatten().max_by_key(|source| (policy.delay_of(source), *source));
    if let Some(source) = latest.filter(|source| now < plus(gap.end, policy.delay_of(source))) {
        return (GapClass::DataDelay, sentences::may_still_come(source, duration(policy.delay_of(source))));
    }
    if waited(gap) {
        return (GapClass::QueueOrHold, sentences::waiting_between(from, &after));
    }
    if let Some(reason) = moved_on(gap, lines, policy, now) {
        return (GapClass::ExpectedTransition, reason);
    }
    let reason = match gap.before.filter(|placed| placed.span.ended_at.is_none()) {
        Some(before) => {
            sentences::end_not_reported(format_args!("{} on {}", course(before.span.span_type), before.span.platform))
        }
        None => sentences::nothing_reported(from, &after),
    };
    (GapClass::MissingData, reason)
}

/// The kind of the customer's time in a gap.
fn kind(gap: &Interval<'_>, class: GapClass, policy: &Policy) -> TimeKind {
    let on_hold = |placed: Option<&PlacedSpan>| placed.is_some_and(|placed| placed.is(&[SpanType::Hold]));
    let transferred = gap.before.is_some_and(|before| before.is_transfer() || before.is(&[SpanType::PlatformHandoff]));
    match class {
        GapClass::QueueOrHold if on_hold(gap.before) || on_hold(gap.after) => TimeKind::Hold,
        GapClass::QueueOrHold => TimeKind::Queue,
        _ if gap.end - gap.start <= policy.transition || (transferred && gap.line.is_some()) => TimeKind::Transfer,
        _ => TimeKind::Gap,
    }
}

/// Whether the gap lies within messages or e-mails. In a chat both sides are there at the same time.
fn waits_by_design(gap: &Interval<'_>) -> bool {
    let waits = |placed: &PlacedSpan| matches!(placed.medium(), Some(Medium::Message | Medium::Email));
    match gap.line {
        Some(line) => waits(line),
        None => gap.before.is_some_and(waits) && gap.after.is_some_and(waits),
    }
}

/// The line that was still up after another line of the same call had ended, at the beginning of the gap, because
/// somebody had left the call.
fn ended_before<'a>(
    gap: &Interval<'a>,
    lines: &CallLines<'_>,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Option<&'a PlacedSpan> {
    let (Some(before), None, Some(late)) = (gap.before, gap.after, gap.line) else { return None };
    let near = |line: &PlacedSpan| (line.until(now) - gap.start).abs() <= policy.transition;
    let carried = |line: &PlacedSpan| line.start() <= before.start() && line.span.ended_at.is_some();
    let other =
        |line: &&&PlacedSpan| line.span.key != late.span.key && near(line) && carried(line) && !line.is_transfer();
    (!before.is_transfer() && lines.lines.iter().any(|line| other(&line))).then_some(late)
}

/// Whether the customer was sent to a number outside and stayed there until the line ended.
fn sent_outside(gap: &Interval<'_>) -> bool {
    let outside =
        |before: &PlacedSpan| before.is_transfer() && before.traits.transfer_target == Some(TransferTarget::Number);
    gap.after.is_none() && gap.before.is_some_and(outside)
}

/// Whether the spans around it show that the customer was waiting: on hold, or sent on by a queue that they did not
/// leave themselves.
fn waited(gap: &Interval<'_>) -> bool {
    let (Some(before), Some(after)) = (gap.before, gap.after) else { return false };
    let sent_on = before.is(&[SpanType::Queue]) && before.span.status != Some(Outcome::Abandoned);
    sent_on || before.is(&[SpanType::Hold]) || after.is(&[SpanType::Hold])
}

/// Why there may be nothing to report: the customer changed the channel, or left and came back.
fn moved_on(gap: &Interval<'_>, lines: &CallLines<'_>, policy: &Policy, now: DateTime<Utc>) -> Option<String> {
    let (before, after) = (gap.before?, gap.after?);
    if gap.line.is_some() {
        return None;
    }
    let written = |placed: &PlacedSpan| placed.is(&[SpanType::Web, SpanType::Message]) || placed.is_written();
    let length = duration(gap.end - gap.start);
    if written(before) != written(after) && before.span.platform != after.span.platform {
        return Some(sentences::next_contact_on(length, &after.span.platform));
    }
    let came_back = gap.end - gap.start >= policy.away && !before.is_transfer();
    if written(before) || written(after) || came_back {
        return Some(sentences::next_contact(length));
    }
    // If the customer was not sent on, the line went down at the start of the gap, and another came up at its end.
    let lines = || lines.all().filter(|line| line.is_line());
    let near = |one: DateTime<Utc>, other: DateTime<Utc>| (one - other).abs() <= policy.transition;
    let ended = |line: &PlacedSpan| matches!(line.span.status, Some(Outcome::Ok | Outcome::Abandoned));
    let down = lines().filter(|line| near(line.until(now), gap.start) && ended(line));
    let mut up = lines().filter(|line| near(line.start(), gap.end)).map(|line| line.span.platform.as_str());
    let same: Vec<_> = down.map(|line| line.span.platform.as_str()).collect();
    (!before.is_transfer() && up.any(|platform| same.contains(&platform))).then(|| sentences::next_contact(length))
}
