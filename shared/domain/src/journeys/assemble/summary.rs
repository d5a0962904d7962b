//! The summary: two or three sentences of plain words, made of spans, legs, gaps and insights alone.

use chrono::TimeDelta;

use super::insights::Scene;
use super::segments::{is_in_queue, union};
use super::spans::Part;
use super::words::{during, lasting, list};
use crate::journeys::document::{GapClass, Insight, InsightRule, Leg, Severity};
use crate::journeys::span::{Outcome, SpanType};

/// The summary of a journey that took `took`, or goes on.
pub(super) fn summary(scene: &Scene<'_>, legs: &[Leg], insights: &[Insight], took: Option<TimeDelta>) -> String {
    let mut sentences = vec![went(scene, legs)];
    let (end, told) = ended(scene, insights, took);
    sentences.extend(end);
    sentences.extend(also(scene, insights, told));
    sentences.join(" ")
}

/// Where the customer was, and for how long.
fn went(scene: &Scene<'_>, legs: &[Leg]) -> String {
    let platforms: Vec<_> = legs.iter().map(|leg| leg.platform.as_str()).collect();
    let path = match platforms.as_slice() {
        [] => return "Nothing is known of what the customer went through.".to_owned(),
        [only] => format!("The customer was on {only}"),
        path if path.len() <= 5 => format!("The customer went from {}", path.join(" to ")),
        [first, .., last] => format!("The customer went from {first} to {last} in {} legs", platforms.len()),
    };
    let doings = || scene.lines.doings.iter().filter(|part| !is_in_queue(part) && !part.is_unanswered());
    let mut types: Vec<SpanType> = Vec::new();
    for part in doings() {
        if !types.contains(&part.span.span_type) {
            types.push(part.span.span_type);
        }
    }
    let places: Vec<_> = types
        .into_iter()
        .map(|span_type| {
            let of_type = || doings().filter(|part| part.is(&[span_type])).copied();
            let place = match (span_type, of_type().count()) {
                (SpanType::AgentInteraction, n) if n > 1 => format!("with {n} agents"),
                _ => during(span_type).to_owned(),
            };
            match union(of_type()).filter(|took| *took > TimeDelta::zero()) {
                Some(took) => format!("{} {place}", lasting(took)),
                None => place,
            }
        })
        .collect();
    if places.is_empty() { format!("{path}.") } else { format!("{path}: {}.", list(&places)) }
}

/// How it ended, and which rule said so.
fn ended(scene: &Scene<'_>, insights: &[Insight], took: Option<TimeDelta>) -> (Option<String>, Option<InsightRule>) {
    let Some(took) = took else {
        let now = scene.lines.doings.iter().rfind(|part| part.is_live(scene.now));
        let place = now.map_or(String::new(), |part| format!(", {}", during(part.span.span_type)));
        return (Some(format!("It is still going on{place}.")), None);
    };
    let after = lasting(took);
    let found = |rule| insights.iter().any(|insight: &Insight| insight.rule == rule && is_last(scene, insight));
    let endings = [
        (InsightRule::DroppedCall, "The call dropped, and that was the end of it"),
        (InsightRule::FailedTransfer, "It ended with a transfer that reached nobody"),
        (InsightRule::AbandonedInQueue, "The customer gave up waiting"),
    ];
    if let Some((rule, text)) = endings.into_iter().find(|(rule, _)| found(*rule)) {
        return (Some(format!("{text}, after {after} in all.")), Some(rule));
    }
    if scene.lines.doings.is_empty() {
        return (None, None);
    }
    let last = last_doing(scene).and_then(|part| part.span.status);
    let text = match last {
        Some(Outcome::Error) => format!("It ended with a fault after {after}."),
        Some(Outcome::Abandoned) => format!("The customer left after {after}."),
        Some(Outcome::Ok) | None => format!("It ended after {after}."),
    };
    (Some(text), None)
}

/// Whether what it is about was the end: nothing that the customer took part in began after it.
fn is_last(scene: &Scene<'_>, insight: &Insight) -> bool {
    let shown = scene.parts.iter().filter(|part| insight.spans.contains(&part.span.key));
    let Some(end) = shown.map(|part| part.until(scene.now)).max() else { return false };
    !scene.lines.doings.iter().any(|part| part.start() >= end && !insight.spans.contains(&part.span.key))
}

fn last_doing<'a>(scene: &Scene<'a>) -> Option<&'a Part> {
    scene.lines.doings.iter().copied().max_by_key(|part| (part.until(scene.now), &part.span.key))
}

/// The worst of what has not been said, and how much else there is.
fn also(scene: &Scene<'_>, insights: &[Insight], told: Option<InsightRule>) -> Option<String> {
    let said: Vec<_> = insights.iter().filter(|insight| Some(insight.rule) == told).collect();
    // That the wait was long goes without saying when the customer gave up waiting.
    let is_said = |insight: &Insight| {
        said.iter().any(|said| {
            said.rule == insight.rule || (insight.rule == InsightRule::LongQueue && said.spans == insight.spans)
        })
    };
    let worth = |insight: &&Insight| insight.severity > Severity::Info && !is_said(insight);
    let rest: Vec<_> = insights.iter().filter(worth).collect();
    let unknown = scene.holes.iter().filter(|hole| hole.gap.class == GapClass::MissingData);
    let unknown: TimeDelta = unknown.map(|hole| hole.gap.ended_at.0 - hole.gap.started_at.0).sum();
    match rest.as_slice() {
        [] if unknown > TimeDelta::zero() => Some(format!("Nothing is known of {} of it.", lasting(unknown))),
        [] => None,
        [only] => Some(only.text.clone()),
        [first, _] => Some(format!("{} (and one more finding).", first.text.trim_end_matches('.'))),
        [first, more @ ..] => Some(format!("{} (and {} more findings).", first.text.trim_end_matches('.'), more.len())),
    }
}
