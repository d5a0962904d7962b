//! The outcome and the summary: how the journey ended, how long the customer waited, and what else is worth knowing.
//! They are made only from spans, legs, insights and the account of the customer's time.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::insights::dropped_call;
use super::placed::{PlacedSpan, SpanEnd};
use super::view::View;
use super::wording::{duration, list, nth_agent, several, whereabouts};
use crate::journeys::document::{Ending, EndingKind, GapClass, Insight, Leg, Severity, Stretch, TimeKind};
use crate::journeys::duration_text::precision;
use crate::journeys::insight_rule::InsightRule;
use crate::journeys::shown_time;
use crate::journeys::span::{Outcome, SpanType};

/// The outcome and the summary of a journey that took `took`, or that goes on.
pub(super) fn summary(
    view: &View<'_>,
    legs: &[Leg],
    insights: &[Insight],
    took: Option<TimeDelta>,
) -> (Ending, String) {
    let (kind, text) = outcome(view, took);
    let mut sentences = vec![text.clone()];
    sentences.extend(waits(view, took.is_none()));
    if kind == EndingKind::Dropped {
        sentences.extend(dropped_call::drops(view).last().map(|drop| drop.endings(view)));
    }
    sentences.extend(path(view, legs));
    sentences.extend(findings(insights, kind));
    if kind != EndingKind::Unknown && !insights.iter().any(|insight| insight.rule == InsightRule::LongGap) {
        sentences.extend(gaps(view));
    }
    (Ending { kind, text }, sentences.join(" "))
}

/// How it ended, with whom and when.
fn outcome(view: &View<'_>, took: Option<TimeDelta>) -> (EndingKind, String) {
    let Some(last) = last_activity(view) else { return (EndingKind::Unknown, without_activities(view)) };
    let Some(took) = took else {
        let now = view.lines.activities.iter().rfind(|placed| placed.is_live(view.now));
        let text = now.map_or_else(
            || "In progress.".to_owned(),
            |placed| format!("In progress: the customer is {}.", present(view, placed)),
        );
        return (EndingKind::InProgress, text);
    };
    if let Some(drop) = dropped_call::drops(view).last().filter(|drop| drop.is_last(view)) {
        let text = format!("Dropped {} after {}.", drop.place(view), view.since_start(drop.at));
        return (EndingKind::Dropped, text);
    }
    let after = duration(took);
    if ends_with(view, InsightRule::FailedTransfer) {
        return (EndingKind::FailedTransfer, format!("Ended after {after}: a transfer reached nobody."));
    }
    if ends_with(view, InsightRule::AbandonedInQueue) {
        return (EndingKind::Abandoned, format!("Abandoned in the queue after {after}."));
    }
    // An agent may answer at the last reported moment. Then the account's last time is that in the queue.
    let answered =
        last.is(&[SpanType::AgentInteraction]) && !last.is_unanswered_agent() && last.span.ended_at.is_none();
    let place = match view.time.stretches.last() {
        Some(stretch) if stretch.kind == TimeKind::Gap => String::new(),
        Some(stretch) if stretch.kind == TimeKind::Hold && !hold_is_estimated(view) => {
            format!(" {}", whereabouts(SpanType::Hold))
        }
        Some(stretch) if stretch.kind == TimeKind::Queue && !answered => format!(" {}", whereabouts(SpanType::Queue)),
        // The customer was with somebody of whom no source reports.
        Some(stretch) if stretch.kind == TimeKind::Transfer && is_long(view, stretch) => {
            format!(" {}", whereabouts(SpanType::PlatformHandoff))
        }
        _ => format!(" {}", view.place(last)),
    };
    match last.span.status {
        None if matches!(last.end, SpanEnd::LostFrom(_)) && !place.is_empty() => {
            (EndingKind::Ended, format!("Last seen{place} after {after}: no source reported the end."))
        }
        Some(Outcome::Abandoned) => (EndingKind::Abandoned, format!("The customer left{place} after {after}.")),
        Some(Outcome::Error) => (EndingKind::Fault, format!("Ended by a fault{place} after {after}.")),
        Some(Outcome::Ok) | None => (EndingKind::Ended, format!("Ended{place} after {after}.")),
    }
}

/// Whether a time in a transfer is longer than a phone rings, so that somebody answered.
fn is_long(view: &View<'_>, stretch: &Stretch) -> bool {
    stretch.duration_ms().is_some_and(|ms| TimeDelta::milliseconds(ms) > view.policy.ringing)
}

/// Where the customer is now.
fn present(view: &View<'_>, placed: &PlacedSpan) -> String {
    let talks = view.time.stretches.last().is_none_or(|stretch| stretch.kind != TimeKind::Transfer);
    match placed.is(&[SpanType::AgentInteraction]) && !talks {
        true => "waiting for an agent to answer".to_owned(),
        false => view.place(placed),
    }
}

/// Whether the position of the last hold is estimated, so that it is not known what came last.
fn hold_is_estimated(view: &View<'_>) -> bool {
    let holds = view.lines.activities.iter().filter(|placed| placed.is(&[SpanType::Hold]));
    holds.max_by_key(|hold| hold.until(view.now)).is_some_and(|hold| hold.is_estimated())
}

/// Whether what `rule` finds is the last thing that happened.
fn ends_with(view: &View<'_>, rule: InsightRule) -> bool {
    super::insights::definition(rule).shown_by(view).iter().any(|spans| {
        let shown = view.spans.iter().filter(|placed| spans.contains(&placed.span.key));
        let Some(end) = shown.map(|placed| placed.until(view.now)).max() else { return false };
        !view.lines.activities.iter().any(|placed| placed.start() >= end && !spans.contains(&placed.span.key))
    })
}

/// What is known of a journey in which no source reported where the customer was.
fn without_activities(view: &View<'_>) -> String {
    let points: Vec<_> = view.spans.iter().flat_map(|placed| &placed.span.events).collect();
    let flows: BTreeSet<_> = points.iter().filter_map(|point| point.attributes.get("flow")).cloned().collect();
    let is_metric = |placed: &PlacedSpan| {
        !placed.is_observed() && placed.span.events.iter().all(|point| point.attributes.contains_key("flow"))
    };
    if view.spans.is_empty() || !view.spans.iter().all(is_metric) {
        return "No source reported where the customer was.".to_owned();
    }
    let flows: Vec<_> = flows.into_iter().collect();
    let counted = several(points.len(), "metric");
    let of = if flows.len() <= 3 { list(&flows) } else { several(flows.len(), "flow") };
    format!("{counted} of {of}; no call data. Add the other topics to see the call.")
}

/// The time of `kind`, rounded so that the figures of a summary add up.
fn shown(view: &View<'_>, kind: TimeKind) -> TimeDelta {
    let parts = shown_time::shown(&view.time.parts, precision);
    let of_kind = parts.iter().find(|part| part.kind == kind);
    TimeDelta::milliseconds(of_kind.map_or(0, |part| part.duration_ms))
}

/// How long the customer waited. A wait that goes on is in the outcome.
fn waits(view: &View<'_>, is_live: bool) -> Option<String> {
    let (queue, hold) = (shown(view, TimeKind::Queue), shown(view, TimeKind::Hold));
    let waited = duration(queue + hold);
    let so_far = if is_live { " so far" } else { "" };
    match (queue > TimeDelta::zero(), hold > TimeDelta::zero()) {
        (true, true) => Some(format!("Waited {waited}{so_far}: queue {}, hold {}.", duration(queue), duration(hold))),
        (true, false) => Some(format!("Waited {waited} in the queue{so_far}.")),
        (false, true) => Some(format!("Waited {waited} on hold{so_far}.")),
        (false, false) => None,
    }
}

/// Where the customer was, and for how long, without the waits.
fn path(view: &View<'_>, legs: &[Leg]) -> Option<String> {
    let platforms: Vec<_> = legs.iter().map(|leg| leg.platform.as_str()).collect();
    if view.lines.activities.is_empty() {
        return None;
    }
    let is_now = view.time.stretches.last().is_some_and(|last| last.ended_at.is_none());
    let path = match platforms.as_slice() {
        [] => return None,
        [only] if is_now => format!("The customer is on {only}"),
        [only] => format!("The customer was on {only}"),
        path if path.len() <= 5 => format!("The customer went from {}", path.join(" to ")),
        [first, .., last] => format!("The customer went from {first} to {last} in {} legs", platforms.len()),
    };
    // Short steps are not mentioned.
    let is_transfer = |stretch: &&Stretch| stretch.kind == TimeKind::Transfer && is_long(view, stretch);
    let transfers = view.time.stretches.iter().filter(is_transfer).count();
    let mut kinds: Vec<TimeKind> = Vec::new();
    for stretch in &view.time.stretches {
        if !kinds.contains(&stretch.kind) && (stretch.kind != TimeKind::Transfer || is_transfer(&stretch)) {
            kinds.push(stretch.kind);
        }
    }
    let places = kinds.into_iter().filter_map(|kind| {
        let agents = view.agents().len();
        let place = match kind {
            TimeKind::SelfService => self_service(view),
            TimeKind::Ai => whereabouts(SpanType::AiConversation).to_owned(),
            TimeKind::Agent if agents > 1 => format!("with {agents} agents"),
            TimeKind::Agent => whereabouts(SpanType::AgentInteraction).to_owned(),
            TimeKind::Transfer if transfers > 1 => "in transfers".to_owned(),
            TimeKind::Transfer => whereabouts(SpanType::PlatformHandoff).to_owned(),
            TimeKind::Queue | TimeKind::Hold | TimeKind::Gap => return None,
        };
        let took = shown(view, kind);
        let goes_on = view.time.stretches.last().is_some_and(|last| last.kind == kind && last.ended_at.is_none());
        Some(match (took > TimeDelta::zero(), goes_on) {
            (true, _) => format!("{} {place}", duration(took)),
            (false, true) if kind == TimeKind::Agent && agents > 1 => format!("now with {}", nth_agent(agents)),
            (false, true) => format!("now {place}"),
            (false, false) => place,
        })
    });
    let places: Vec<_> = places.collect();
    match (places.as_slice(), platforms.len()) {
        ([], 1) => None,
        ([], _) => Some(format!("{path}.")),
        (places, _) => Some(format!("{path}: {}.", list(places))),
    }
}

/// `in the IVR`, or a general term if the customer was in several kinds of it.
fn self_service(view: &View<'_>) -> String {
    const SELF_SERVICE: [SpanType; 4] = [SpanType::Ivr, SpanType::Web, SpanType::Message, SpanType::Voicemail];
    let activities = view.lines.activities.iter().filter(|placed| placed.is(&SELF_SERVICE) && !placed.is_in_queue());
    let types: BTreeSet<_> = activities.map(|placed| placed.span.span_type).collect();
    match (types.first(), types.len()) {
        (Some(only), 1) => whereabouts(*only).to_owned(),
        _ => "in self-service".to_owned(),
    }
}

fn last_activity<'a>(view: &View<'a>) -> Option<&'a PlacedSpan> {
    let activities = &view.lines.activities;
    // An agent who took over, and whose end nobody reported, was there until the end if nothing began after that.
    let stayed = |placed: &PlacedSpan| {
        placed.is(&[SpanType::AgentInteraction])
            && !placed.is_unanswered_agent()
            && matches!(placed.end, SpanEnd::LostFrom(_))
            && activities.last().is_none_or(|last| last.start() <= placed.start())
    };
    let end = view.stay.and_then(|stay| stay.end);
    let rank = |placed: &&PlacedSpan| {
        let is_attended = !matches!(placed.end, SpanEnd::Unattended(_));
        (
            is_attended,
            end.filter(|_| stayed(placed)).unwrap_or_else(|| placed.until(view.now)),
            placed.is(&[SpanType::AgentInteraction]),
            placed.start(),
            placed.span.key.clone(),
        )
    };
    let activities = || activities.iter().copied();
    // With an estimated hold, the customer was with the agent who held the call.
    activities().filter(|placed| !placed.is_estimated()).max_by_key(rank).or_else(|| activities().max_by_key(rank))
}

/// The worst insight that the summary does not contain yet, and the number of the others.
fn findings(insights: &[Insight], kind: EndingKind) -> Option<String> {
    let said = match kind {
        EndingKind::Dropped => Some(InsightRule::DroppedCall),
        EndingKind::FailedTransfer => Some(InsightRule::FailedTransfer),
        EndingKind::Abandoned => Some(InsightRule::AbandonedInQueue),
        _ => None,
    };
    // The waiting time is in the summary.
    let is_said = |insight: &Insight| Some(insight.rule) == said || insight.rule == InsightRule::LongQueue;
    let worth = |insight: &&Insight| insight.severity > Severity::Info && !is_said(insight);
    match insights.iter().filter(worth).collect::<Vec<_>>().as_slice() {
        [] => None,
        [only] => Some(only.text.clone()),
        [first, _] => Some(format!("{} There is 1 more finding.", first.text)),
        [first, more @ ..] => Some(format!("{} There are {} more findings.", first.text, more.len())),
    }
}

/// How long no source reported where the customer was, and how much time passed between two contacts.
fn gaps(view: &View<'_>) -> Option<String> {
    let expected =
        view.gaps.iter().filter(|gap| gap.kind == Some(TimeKind::Gap) && gap.gap.class == GapClass::ExpectedTransition);
    let between = expected.map(|gap| view.time.within(TimeKind::Gap, gap.gap.started_at.0, gap.gap.ended_at.0)).sum();
    let between = TimeDelta::milliseconds(between);
    let rest = TimeDelta::milliseconds(view.time.sum(TimeKind::Gap)) - between;
    let whole = shown(view, TimeKind::Gap);
    let long = |time: TimeDelta| time > view.policy.transition;
    let unknown = |time: TimeDelta| format!("For {} no source reported where the customer was.", duration(time));
    let passed = |time: TimeDelta| format!("{} passed between contacts.", duration(time));
    match (long(between), long(rest)) {
        (false, false) => long(whole).then(|| unknown(whole)),
        (false, true) => Some(unknown(whole)),
        (true, false) => Some(passed(whole)),
        (true, true) => Some(format!("{} {}", passed(between), unknown(rest))),
    }
}
