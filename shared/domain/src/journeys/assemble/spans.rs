//! The spans of a journey on one time line: with corrected clocks, in order, with parents and point events in place.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::leading::Leading;
use super::placed::{END_LOST, ENDS_BEFORE_IT_STARTS, ESTIMATED_POSITION, PlacedSpan, SpanEnd};
use super::{point_events, wording};
use crate::journeys::clocks::plus;
use crate::journeys::document::{Event, RawTimes, Span, Time};
use crate::journeys::gathered::Gathered;
use crate::journeys::policy::Policy;
use crate::journeys::skew::{Estimate, clock_of};
use crate::journeys::span::{Merged, SpanEvent, SpanKey, SpanType};
use crate::journeys::traits::Medium;

/// The spans of `gathered`, in order. A span without a known time is left out.
pub(super) fn place(gathered: &Gathered, policy: &Policy, clocks: &Estimate) -> Vec<PlacedSpan> {
    let placed = gathered.spans.iter().filter_map(|(key, merged)| place_one(key, merged, policy, clocks));
    let mut spans: Vec<_> = placed.collect();
    end_with_their_lines(&mut spans, policy);
    wait_for_written_media(&mut spans, gathered, policy);
    Leading::of(gathered, policy).bound(&mut spans);
    spans.sort_by(|a, b| a.order().cmp(&b.order()));
    point_events::place(&mut spans, &gathered.point_events);
    keep_true_parents(&mut spans);
    for placed in &mut spans {
        placed.span.events.sort_by(|a, b| (a.at, &a.name, &a.attributes).cmp(&(b.at, &b.name, &b.attributes)));
    }
    spans.sort_by(|a, b| a.order().cmp(&b.order()));
    spans
}

/// Flags the spans whose end will not be reported any more at `now`.
pub(super) fn flag_lost(spans: &mut [PlacedSpan], policy: &Policy, now: DateTime<Utc>) {
    for placed in spans {
        let delay = placed.clock.as_ref().map_or(policy.delay, |source| policy.delay_of(source));
        let lost = match placed.end {
            SpanEnd::Reported(_) => false,
            SpanEnd::LostFrom(from) => from <= now,
            // Work that goes on after the customer has left may stay open for long, and nobody waits for it.
            SpanEnd::Unattended(from) => from <= now && placed.faces_customer(),
            SpanEnd::WithLine(end) => plus(end, delay) <= now,
        };
        if lost {
            placed.span.flags.push(END_LOST);
        }
    }
}

/// Notes by when the spans had ended whose end was not reported: with their line, or with the journey at `end`. A span
/// that may still go on in a journey that goes on is open.
pub(super) fn close_lost(spans: &mut [PlacedSpan], end: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    for placed in spans.iter_mut().filter(|placed| placed.span.ended_at.is_none()) {
        placed.span.ended_by = match (placed.end, end) {
            (SpanEnd::Reported(_), _) => None,
            (SpanEnd::WithLine(at), _) => Some(Time(at)),
            (SpanEnd::LostFrom(_) | SpanEnd::Unattended(_), Some(end)) => Some(Time(end.max(placed.start()))),
            (SpanEnd::LostFrom(from) | SpanEnd::Unattended(from), None) => {
                (from <= now).then_some(placed.span.started_at)
            }
        };
    }
}

fn place_one(key: &SpanKey, merged: &Merged, policy: &Policy, clocks: &Estimate) -> Option<PlacedSpan> {
    let clock = clock_of(merged, policy.reference.as_ref());
    let shift = clock.map_or(TimeDelta::zero(), |source| clocks.shift_of(source));
    let raw_start = merged.start().or(merged.events.first().map(|event| event.at))?;
    let raw = RawTimes { started_at: Time(raw_start), ended_at: merged.end().map(Time) };
    let start = plus(raw_start, shift);
    let reported = merged.end().map(|end| plus(end, shift));
    let reversed = merged.ends_before_it_starts();
    let end = match reported {
        Some(end) => SpanEnd::Reported(end),
        None if reversed => SpanEnd::Reported(start),
        None => SpanEnd::LostFrom(plus(start, policy.stale)),
    };
    let event = |event: &SpanEvent| Event {
        name: event.name.clone(),
        at: Time(plus(event.at, shift)),
        attributes: event.attributes.clone(),
    };
    let span = Span {
        key: key.clone(),
        parent: merged.parent().cloned(),
        span_type: merged.span_type(),
        platform: merged.platform().to_owned(),
        name: merged.name().unwrap_or(wording::type_name(merged.span_type())).to_owned(),
        started_at: Time(start),
        ended_at: reported.map(Time),
        ended_by: None,
        raw: (!shift.is_zero()).then_some(raw),
        status: merged.outcome().filter(|_| matches!(end, SpanEnd::Reported(_))),
        reason: merged.reason().map(str::to_owned),
        flags: [
            (reversed, ENDS_BEFORE_IT_STARTS),
            (merged.attribute("position") == Some("estimated"), ESTIMATED_POSITION),
        ]
        .into_iter()
        .filter_map(|(holds, flag)| holds.then_some(flag))
        .collect(),
        sources: merged.sources.iter().cloned().collect(),
        attributes: merged.attributes().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        events: merged.events.iter().map(event).collect(),
    };
    Some(PlacedSpan { span, traits: merged.traits(), clock: clock.cloned(), end })
}

/// An activity on a line cannot continue after every line of its platform has ended, even if its own end was not
/// reported.
fn end_with_their_lines(spans: &mut [PlacedSpan], policy: &Policy) {
    const ON_A_LINE: [SpanType; 6] = [
        SpanType::Ivr,
        SpanType::AiConversation,
        SpanType::Queue,
        SpanType::AgentInteraction,
        SpanType::Hold,
        SpanType::Voicemail,
    ];
    let mut lines: BTreeMap<String, Vec<(DateTime<Utc>, SpanEnd)>> = BTreeMap::new();
    for line in spans.iter().filter(|placed| placed.is_line()) {
        lines.entry(line.span.platform.clone()).or_default().push((line.start(), line.end));
    }
    for placed in spans.iter_mut().filter(|placed| placed.is(&ON_A_LINE) && matches!(placed.end, SpanEnd::LostFrom(_)))
    {
        let earliest = plus(placed.start(), policy.transition);
        let lines = lines.get(&placed.span.platform).into_iter().flatten().filter(|(start, _)| *start <= earliest);
        let ends: Option<Vec<_>> = lines
            .map(|(_, end)| match end {
                SpanEnd::Reported(end) => Some(*end),
                SpanEnd::WithLine(_) | SpanEnd::LostFrom(_) | SpanEnd::Unattended(_) => None,
            })
            .collect();
        let last = ends.and_then(|ends| ends.into_iter().max());
        if let Some(end) = last.filter(|end| plus(*end, policy.transition) >= placed.start()) {
            placed.end = SpanEnd::WithLine(end.max(placed.start()));
        }
    }
}

/// An open span of a medium that waits by design stays open until its source has been silent for as long as the medium
/// allows. A span of unknown medium uses the medium of its open line.
fn wait_for_written_media(spans: &mut [PlacedSpan], gathered: &Gathered, policy: &Policy) {
    let open = |placed: &PlacedSpan| matches!(placed.end, SpanEnd::LostFrom(_));
    let lines = spans.iter().filter(|placed| placed.is_line() && open(placed));
    let lines: BTreeMap<String, Option<Medium>> =
        lines.map(|line| (line.span.platform.clone(), line.medium())).collect();
    for placed in spans.iter_mut().filter(|placed| open(placed)) {
        let medium = placed.medium().or_else(|| lines.get(&placed.span.platform).copied().flatten());
        let Some(idle) = medium.and_then(|medium| policy.idle.get(&medium)) else { continue };
        let reported = placed.clock.as_ref().and_then(|source| gathered.sources.get(source));
        let last = [Some(placed.start()), reported.map(|reported| reported.last), placed.traits.scheduled_for];
        if let Some(last) = last.into_iter().flatten().max() {
            placed.end = SpanEnd::LostFrom(plus(last, *idle));
            placed.traits.medium = medium;
        }
    }
}

/// Drops parents that are not in the journey, and parents that form a cycle.
fn keep_true_parents(spans: &mut [PlacedSpan]) {
    let parents: BTreeMap<SpanKey, Option<SpanKey>> =
        spans.iter().map(|placed| (placed.span.key.clone(), placed.span.parent.clone())).collect();
    for placed in spans {
        let mut seen = BTreeSet::new();
        let mut at = placed.span.parent.as_ref();
        while let Some(key) = at.filter(|key| **key != placed.span.key && seen.insert(*key)) {
            at = parents.get(key).and_then(Option::as_ref);
        }
        let circle = at == Some(&placed.span.key);
        let known = placed.span.parent.as_ref().is_some_and(|parent| parents.contains_key(parent));
        if circle || !known {
            placed.span.parent = None;
        }
    }
}
