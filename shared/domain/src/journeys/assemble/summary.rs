//! The outcome and the summary: how the journey ended, how long the customer waited, and what else is worth knowing.
//! They are made only from spans, legs, insights and the account of the customer's time.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::insights::{dropped_call, failed_transfer};
use super::placed::{PlacedSpan, SpanEnd};
use super::sentences;
use super::view::View;
use super::wording::{duration, list, several, whereabouts};
use crate::journeys::document::{Ending, EndingKind, GapClass, Insight, Leg, Severity, Stretch, TimeKind};
use crate::journeys::duration_text::precision;
use crate::journeys::insight_rule::InsightRule;
use crate::journeys::shown_time;
use crate::journeys::span::{Outcome, SpanKey, SpanType};

/// The outcome and the summary of a journey that took `took`, or that goes on.
pub(super) fn summary(
    view: &View<'_>,
    legs: &[Leg],
    insights: &[Insight],
    took: Option<TimeDelta>,
) -> (Ending, String) {
    let (kind, text) = outcome(view, took);
    let mut all = vec![text.clone()];
    all.extend(waits(view));
    if kind == EndingKind::Dropped {
        all.extend(dropped_call::drops(view).last().map(|drop| drop.endings(view)));
    }
    all.extend(path(view, legs));
    all.extend(findings(insights, kind));
    if kind != EndingKind::Unknown && !insights.iter().any(|insight| insight.rule == InsightRule::LongGap) {
        all.extend(gaps(view));
    }
    (Ending { kind, text }, all.join(" "))
}

/// How it ended, with whom and when.
fn outcome(view: &View<'_>, took: Option<TimeDelta>) -> (EndingKind, String) {
    let Some(last) = last_activity(view) else { return (EndingKind::Unknown, without_activities(view)) };
    let Some(took) = took else {
        let now = view.lines.activities.iter().rfind(|placed| placed.is_live(view.now));
        let text =
            now.map_or_else(sentences::in_progress_unseen, |placed| sentences::in_progress(present(view, placed)));
        return (EndingKind::InProgress, text);
    };
    if let Some(drop) = dropped_call::drops(view).last().filter(|drop| drop.is_last(view)) {
        return (EndingKind::Dropped, sentences::dropped(drop.place(view), view.since_start(drop.at)));
    }
    let after = duration(took);
    if let Some(spans) = last_finding(view, InsightRule::FailedTransfer) {
        let mut transfers = view.spans.iter().filter(|placed| spans.contains(&placed.span.key));
        let text = match transfers.any(failed_transfer::reached_nobody) {
            true => sentences::transfer_reached_nobody(after),
            false => sentences::transfer_unanswered(after),
        };
        return (EndingKind::FailedTransfer, text);
    }
    if last_finding(view, InsightRule::AbandonedInQueue).is_some() {
        return (EndingKind::Abandoned, sentences::abandoned(at(whereabouts(SpanType::Queue)), after));
    }
    // An agent may answer at the last reported moment. Then the account's last time is that in the queue.
    let answered =
        last.is(&[SpanType::AgentInteraction]) && !last.is_unanswered_agent() && last.span.ended_at.is_none();
    // The customer was with somebody of whom no source reports.
    let away = view.time.stretches.last().is_some_and(|stretch| {
        stretch.kind == TimeKind::Transfer && is_long(view, stretch) && !phone_rang(view, stretch)
    });
    let place = match view.time.stretches.last() {
        Some(stretch) if stretch.kind == TimeKind::Gap => String::new(),
        Some(stretch) if stretch.kind == TimeKind::Hold && !hold_is_estimated(view) => at(whereabouts(SpanType::Hold)),
        Some(stretch) if stretch.kind == TimeKind::Queue && !answered => at(whereabouts(SpanType::Queue)),
        _ if away => at(whereabouts(SpanType::PlatformHandoff)),
        _ => at(&view.place(last)),
    };
    match last.span.status {
        None if matches!(last.end, SpanEnd::LostFrom(_)) && !place.is_empty() => {
            let at_the_start = took < TimeDelta::milliseconds(1);
            let text = if at_the_start {
                sentences::last_seen_at_the_start(place)
            } else {
                sentences::last_seen(place, after)
            };
            (EndingKind::Ended, text)
        }
        Some(Outcome::Abandoned) => (EndingKind::Abandoned, sentences::abandoned(place, after)),
        Some(Outcome::Error) => (EndingKind::Fault, sentences::ended_by_a_fault(place, after)),
        Some(Outcome::Ok) | None if away => (EndingKind::Ended, sentences::transferred_away(after)),
        Some(Outcome::Ok) | None => (EndingKind::Ended, sentences::ended(place, after)),
    }
}

/// A place that follows a word.
fn at(place: &str) -> String {
    format!(" {place}")
}

/// Whether a time in a transfer is longer than a phone rings, so that somebody answered.
fn is_long(view: &View<'_>, stretch: &Stretch) -> bool {
    stretch.duration_ms().is_some_and(|ms| TimeDelta::milliseconds(ms) > view.policy.ringing)
}

/// Whether a source reported that the phone of an agent rang then.
fn phone_rang(view: &View<'_>, stretch: &Stretch) -> bool {
    let end = stretch.ended_at.map_or(DateTime::<Utc>::MAX_UTC, |end| end.0);
    let mut agents = view.lines.activities.iter().filter(|placed| placed.is(&[SpanType::AgentInteraction]));
    agents.any(|agent| agent.start() < end && stretch.started_at.0 < agent.until(view.now))
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

/// The spans of what `rule` finds, if that is the last thing that happened.
fn last_finding(view: &View<'_>, rule: InsightRule) -> Option<Vec<SpanKey>> {
    super::insights::definition(rule).shown_by(view).into_iter().find(|spans| {
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
        return sentences::unseen();
    }
    let flows: Vec<_> = flows.into_iter().collect();
    let counted = several(points.len(), "metric");
    let of = if flows.len() <= 3 { list(&flows) } else { several(flows.len(), "flow") };
    sentences::metrics_alone(counted, of)
}

/// The time of `kind`, rounded so that the figures of a summary add up.
fn shown(view: &View<'_>, kind: TimeKind) -> TimeDelta {
    let parts = shown_time::shown(&view.time.parts, precision);
    let of_kind = parts.iter().find(|part| part.kind == kind);
    TimeDelta::milliseconds(of_kind.map_or(0, |part| part.duration_ms))
}

/// Since when the time goes on that is in no sum; the end of time if the journey is over.
fn goes_on_since(view: &View<'_>) -> DateTime<Utc> {
    let last = view.time.stretches.last().filter(|last| last.ended_at.is_none());
    last.map_or(DateTime::<Utc>::MAX_UTC, |last| last.started_at.0)
}

/// How long the customer waited. A wait that goes on is in the outcome.
fn waits(view: &View<'_>) -> Option<String> {
    let (queue, hold) = (shown(view, TimeKind::Queue), shown(view, TimeKind::Hold));
    let both = duration(queue + hold);
    let waits_now = view.time.stretches.last().is_some_and(|last| last.ended_at.is_none() && last.kind.is_waiting());
    Some(match (queue > TimeDelta::zero(), hold > TimeDelta::zero(), waits_now) {
        (true, true, false) => sentences::waited(both, duration(queue), duration(hold)),
        (true, true, true) => sentences::waited_earlier(both, duration(queue), duration(hold)),
        (true, false, false) => sentences::waited_in_queue(both),
        (true, false, true) => sentences::waited_in_queue_earlier(both),
        (false, true, false) => sentences::waited_on_hold(both),
        (false, true, true) => sentences::waited_on_hold_earlier(both),
        (false, false, _) => return None,
    })
}

/// Where the customer was, and for how long, without the waits and without what goes on.
fn path(view: &View<'_>, legs: &[Leg]) -> Option<String> {
    let platforms: Vec<_> = legs.iter().map(|leg| leg.platform.clone()).collect();
    if view.lines.activities.is_empty() {
        return None;
    }
    let goes_on = goes_on_since(view) < DateTime::<Utc>::MAX_UTC;
    let places = places(view);
    let way = match platforms.as_slice() {
        [] => return None,
        [_] if places.is_empty() => return None,
        [only] if goes_on => return Some(sentences::earlier_on_one(only, list(&places))),
        [only] => return Some(sentences::on_one(only, list(&places))),
        [first, others @ ..] if others.len() < 5 => sentences::on_several(first, others.join(", then on ")),
        [first, .., last] => sentences::on_many(first, last, several(platforms.len(), "leg")),
    };
    let took = match (places.as_slice(), goes_on) {
        ([], _) => return Some(way),
        (places, true) => sentences::earlier(list(places)),
        (places, false) => sentences::in_all(list(places)),
    };
    Some(format!("{way} {took}"))
}

/// The customer's times that are no waits, with their places. Short steps are not mentioned.
fn places(view: &View<'_>) -> Vec<String> {
    let transfers =
        view.time.stretches.iter().filter(|stretch| stretch.kind == TimeKind::Transfer && is_long(view, stretch));
    let transfers: Vec<_> = transfers.collect();
    let mut kinds: Vec<TimeKind> = Vec::new();
    for stretch in &view.time.stretches {
        let counts = stretch.kind != TimeKind::Transfer || is_long(view, stretch);
        if counts && !kinds.contains(&stretch.kind) {
            kinds.push(stretch.kind);
        }
    }
    let places = kinds.into_iter().filter_map(|kind| {
        let place = match kind {
            TimeKind::SelfService => self_service(view),
            TimeKind::Ai => whereabouts(SpanType::AiConversation).to_owned(),
            TimeKind::Agent => match view.agents_before(goes_on_since(view)).len() {
                0 | 1 => whereabouts(SpanType::AgentInteraction).to_owned(),
                agents => format!("with {agents} agents"),
            },
            TimeKind::Transfer if transfers.iter().all(|stretch| phone_rang(view, stretch)) => {
                "with a phone ringing".to_owned()
            }
            TimeKind::Transfer if transfers.len() > 1 => "in transfers without reports".to_owned(),
            TimeKind::Transfer => "in a transfer without reports".to_owned(),
            TimeKind::Queue | TimeKind::Hold | TimeKind::Gap => return None,
        };
        let took = shown(view, kind);
        (took > TimeDelta::zero()).then(|| format!("{} {place}", duration(took)))
    });
    places.collect()
}

/// `in the IVR`, or a general term if the customer was in several kinds of it: `in self-service (web and IVR)`.
fn self_service(view: &View<'_>) -> String {
    let until = goes_on_since(view);
    let mut types: Vec<SpanType> = Vec::new();
    for placed in view.lines.activities.iter().filter(|placed| placed.start() < until && !placed.is_in_queue()) {
        let own = self_service_name(placed.span.span_type).is_some();
        if own && !types.contains(&placed.span.span_type) {
            types.push(placed.span.span_type);
        }
    }
    match types.as_slice() {
        [only] => whereabouts(*only).to_owned(),
        [] => "in self-service".to_owned(),
        types => {
            let names: Vec<_> = types.iter().filter_map(|own| self_service_name(*own)).map(str::to_owned).collect();
            format!("in self-service ({})", list(&names))
        }
    }
}

/// The name of a type within self-service; `None` for other types.
fn self_service_name(span_type: SpanType) -> Option<&'static str> {
    match span_type {
        SpanType::Ivr => Some("IVR"),
        SpanType::Web => Some("web"),
        SpanType::Message => Some("messages"),
        SpanType::Voicemail => Some("voicemail"),
        SpanType::Telephony
        | SpanType::AiConversation
        | SpanType::Queue
        | SpanType::AgentInteraction
        | SpanType::Hold
        | SpanType::WrapUp
        | SpanType::PlatformHandoff
        | SpanType::Backend
        | SpanType::Crm => None,
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

/// The worst insight that the summary does not contain yet, and the number of the other warnings and errors.
fn findings(insights: &[Insight], kind: EndingKind) -> Option<String> {
    let said = match kind {
        EndingKind::Dropped => Some(InsightRule::DroppedCall),
        EndingKind::FailedTransfer => Some(InsightRule::FailedTransfer),
        EndingKind::Abandoned => Some(InsightRule::AbandonedInQueue),
        EndingKind::InProgress | EndingKind::Ended | EndingKind::Fault | EndingKind::Unknown => None,
    };
    let grave = || insights.iter().filter(|insight| insight.severity > Severity::Info);
    // The waiting time is in the summary.
    let first = grave().find(|insight| Some(insight.rule) != said && insight.rule != InsightRule::LongQueue)?;
    let by_outcome = usize::from(grave().any(|insight| Some(insight.rule) == said));
    let more = match grave().count().saturating_sub(1 + by_outcome) {
        0 => return Some(first.text.clone()),
        1 => sentences::one_more(),
        count => sentences::more(count),
    };
    Some(format!("{} {more}", first.text))
}

/// How long no source reported where the customer was, and how much time passed between two contacts.
fn gaps(view: &View<'_>) -> Option<String> {
    let expected =
        view.gaps.iter().filter(|gap| gap.kind == Some(TimeKind::Gap) && gap.gap.class == GapClass::ExpectedTransition);
    let between = expected.map(|gap| view.time.within(TimeKind::Gap, gap.gap.started_at.0, gap.gap.ended_at.0));
    let between: Vec<_> = between.filter(|ms| *ms > 0).collect();
    let contacts = between.len();
    let between = TimeDelta::milliseconds(between.into_iter().sum());
    let rest = TimeDelta::milliseconds(view.time.sum(TimeKind::Gap)) - between;
    let whole = shown(view, TimeKind::Gap);
    let long = |time: TimeDelta| time > view.policy.transition;
    let unknown = |time: TimeDelta| sentences::unseen_for(duration(time));
    let passed = |time: TimeDelta| match contacts {
        0 | 1 => sentences::between_two_contacts(duration(time)),
        _ => sentences::between_contacts(duration(time)),
    };
    match (long(between), long(rest)) {
        (false, false) => long(whole).then(|| unknown(whole)),
        (false, true) => Some(unknown(whole)),
        (true, false) => Some(passed(whole)),
        (true, true) => Some(format!("{} {}", passed(between), unknown(rest))),
    }
}
