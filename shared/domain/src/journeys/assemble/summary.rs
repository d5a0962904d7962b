//! The summary: two or three sentences, made only from spans, legs, gaps and insights.

use chrono::TimeDelta;

use super::placed::PlacedSpan;
use super::segments::union;
use super::view::View;
use super::wording::{duration, list, whereabouts};
use crate::journeys::document::{GapClass, Insight, Leg, Severity};
use crate::journeys::insight_rule::InsightRule;
use crate::journeys::span::{Outcome, SpanType};

/// The summary of a journey that took `took`, or that goes on.
pub(super) fn summary(view: &View<'_>, legs: &[Leg], insights: &[Insight], took: Option<TimeDelta>) -> String {
    let mut sentences = vec![path(view, legs)];
    let (ending, said) = ending(view, insights, took);
    sentences.extend(ending);
    sentences.extend(findings(view, insights, said));
    sentences.join(" ")
}

/// Where the customer was, and for how long.
fn path(view: &View<'_>, legs: &[Leg]) -> String {
    let platforms: Vec<_> = legs.iter().map(|leg| leg.platform.as_str()).collect();
    let path = match platforms.as_slice() {
        [] => return "No source reported where the customer was.".to_owned(),
        [only] => format!("The customer was on {only}"),
        path if path.len() <= 5 => format!("The customer went from {}", path.join(" to ")),
        [first, .., last] => format!("The customer went from {first} to {last} in {} legs", platforms.len()),
    };
    let activities =
        || view.lines.activities.iter().filter(|placed| !placed.is_in_queue() && !placed.is_unanswered_agent());
    let mut types: Vec<SpanType> = Vec::new();
    for placed in activities() {
        if !types.contains(&placed.span.span_type) {
            types.push(placed.span.span_type);
        }
    }
    let agents = view.agents().len();
    let places: Vec<_> = types
        .into_iter()
        .map(|span_type| {
            let of_type = activities().filter(|placed| placed.is(&[span_type])).copied();
            let place = match span_type {
                SpanType::AgentInteraction if agents > 1 => format!("with {agents} agents"),
                _ => whereabouts(span_type).to_owned(),
            };
            match union(of_type).filter(|took| *took > TimeDelta::zero()) {
                Some(took) => format!("{} {place}", duration(took)),
                None => place,
            }
        })
        .collect();
    if places.is_empty() { format!("{path}.") } else { format!("{path}: {}.", list(&places)) }
}

/// How it ended, and the rule that found this.
fn ending(view: &View<'_>, insights: &[Insight], took: Option<TimeDelta>) -> (Option<String>, Option<InsightRule>) {
    let Some(took) = took else {
        let now = view.lines.activities.iter().rfind(|placed| placed.is_live(view.now));
        let place = now.map_or(String::new(), |placed| format!(", {}", whereabouts(placed.span.span_type)));
        return (Some(format!("It is still going on{place}.")), None);
    };
    let after = duration(took);
    let found = |rule| insights.iter().find(|insight| insight.rule == rule && is_last(view, insight));
    if let Some(dropped) = found(InsightRule::DroppedCall) {
        let text = format!("{} The whole journey took {after}.", dropped.text);
        return (Some(text), Some(InsightRule::DroppedCall));
    }
    let endings = [
        (InsightRule::FailedTransfer, "It ended with a transfer that reached nobody"),
        (InsightRule::AbandonedInQueue, "The customer gave up waiting"),
    ];
    if let Some((rule, text)) = endings.into_iter().find(|(rule, _)| found(*rule).is_some()) {
        return (Some(format!("{text}, {after} after the beginning.")), Some(rule));
    }
    if view.lines.activities.is_empty() {
        return (None, None);
    }
    let text = match last_activity(view).and_then(|placed| placed.span.status) {
        Some(Outcome::Error) => format!("It ended with a fault after {after}."),
        Some(Outcome::Abandoned) => format!("The customer left after {after}."),
        Some(Outcome::Ok) | None => format!("It ended after {after}."),
    };
    (Some(text), None)
}

/// Whether the insight is about the end: the customer took part in nothing that began later.
fn is_last(view: &View<'_>, insight: &Insight) -> bool {
    let shown = view.spans.iter().filter(|placed| insight.spans.contains(&placed.span.key));
    let Some(end) = shown.map(|placed| placed.until(view.now)).max() else { return false };
    !view.lines.activities.iter().any(|placed| placed.start() >= end && !insight.spans.contains(&placed.span.key))
}

fn last_activity<'a>(view: &View<'a>) -> Option<&'a PlacedSpan> {
    view.lines.activities.iter().copied().max_by_key(|placed| (placed.until(view.now), &placed.span.key))
}

/// The worst insight that the summary does not contain yet, and the number of the others.
fn findings(view: &View<'_>, insights: &[Insight], said: Option<InsightRule>) -> Option<String> {
    let said: Vec<_> = insights.iter().filter(|insight| Some(insight.rule) == said).collect();
    // If the customer gave up waiting, the long wait is not mentioned again.
    let is_said = |insight: &Insight| {
        said.iter().any(|said| {
            said.rule == insight.rule || (insight.rule == InsightRule::LongQueue && said.spans == insight.spans)
        })
    };
    let worth = |insight: &&Insight| insight.severity > Severity::Info && !is_said(insight);
    let rest: Vec<_> = insights.iter().filter(worth).collect();
    let unknown = view.gaps.iter().filter(|candidate| candidate.gap.class == GapClass::MissingData);
    let unknown: TimeDelta = unknown.map(|candidate| candidate.gap.ended_at.0 - candidate.gap.started_at.0).sum();
    match rest.as_slice() {
        [] if unknown > TimeDelta::zero() => {
            Some(format!("No source reported what happened in {} of it.", duration(unknown)))
        }
        [] => None,
        [only] => Some(only.text.clone()),
        [first, _] => Some(format!("{} (and one more finding).", first.text.trim_end_matches('.'))),
        [first, more @ ..] => Some(format!("{} (and {} more findings).", first.text.trim_end_matches('.'), more.len())),
    }
}
