//! What took long.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Scene, insight};
use crate::journeys::assemble::spans::Part;
use crate::journeys::assemble::words::lasting;
use crate::journeys::document::{GapClass, Insight, InsightRule, Severity};
use crate::journeys::span::{Outcome, SpanType};

/// A customer who left while waiting.
pub(super) fn abandoned(scene: &Scene<'_>) -> Vec<Insight> {
    queues(scene)
        .filter(|queue| is_abandoned(queue))
        .map(|queue| {
            let after = waited(queue, scene).map_or(String::new(), |took| format!(" after {}", lasting(took)));
            let text = format!("The customer left the queue{after}.");
            insight(InsightRule::AbandonedInQueue, Severity::Error, text, [&queue.span])
        })
        .collect()
}

/// A long wait.
pub(super) fn long_queues(scene: &Scene<'_>) -> Vec<Insight> {
    let long = queues(scene).filter_map(|queue| {
        let took = waited(queue, scene).filter(|took| *took >= scene.policy.long_queue)?;
        let verb = if queue.is_live(scene.now) { "Has been waiting" } else { "Waited" };
        let text = format!("{verb} {} in the queue.", lasting(took));
        Some(insight(InsightRule::LongQueue, Severity::Warning, text, [&queue.span]))
    });
    long.collect()
}

/// A long time that a source should have told of.
pub(super) fn long_gaps(scene: &Scene<'_>) -> Vec<Insight> {
    let long = scene.holes.iter().filter_map(|hole| {
        let length = hole.gap.ended_at.0 - hole.gap.started_at.0;
        if hole.gap.class != GapClass::MissingData || length < scene.policy.long_gap {
            return None;
        }
        let (first, rest) = hole.gap.reason.split_at(hole.gap.reason.chars().next().map_or(0, char::len_utf8));
        let text = format!("Nothing is known of {}: {}{rest}", lasting(length), first.to_lowercase());
        Some(Insight { rule: InsightRule::LongGap, severity: Severity::Warning, text, spans: hole.around.clone() })
    });
    long.collect()
}

/// A backend that took long, told once however often it was asked.
pub(super) fn slow_backends(scene: &Scene<'_>) -> Vec<Insight> {
    let mut slow: BTreeMap<(&str, &str), Vec<(&Part, TimeDelta)>> = BTreeMap::new();
    for part in scene.parts.iter().filter(|part| part.is(&[SpanType::Backend])) {
        if let Some(took) = part.took().filter(|took| *took >= scene.policy.slow_backend) {
            slow.entry((&part.span.platform, &part.span.name)).or_default().push((part, took));
        }
    }
    slow.into_iter()
        .map(|((platform, name), requests)| {
            let longest = requests.iter().map(|(_, took)| *took).max().unwrap_or_default();
            let failed = requests.iter().filter(|(part, _)| part.span.status == Some(Outcome::Error)).count();
            let text = match (requests.len(), failed) {
                (1, 0) => format!("{name} of {platform} took {}.", lasting(longest)),
                (1, _) => format!("{name} of {platform} took {} and failed.", lasting(longest)),
                (n, 0) => format!("{name} of {platform} took up to {}, {n} times.", lasting(longest)),
                (n, m) => {
                    format!("{name} of {platform} took up to {}, {n} times; {m} of them failed.", lasting(longest))
                }
            };
            insight(InsightRule::SlowBackend, Severity::Warning, text, requests.iter().map(|(part, _)| &part.span))
        })
        .collect()
}

fn queues<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Part> + use<'a> {
    scene.parts.iter().filter(|part| part.is(&[SpanType::Queue]) && part.is_observed())
}

fn is_abandoned(queue: &Part) -> bool {
    queue.span.status == Some(Outcome::Abandoned) || queue.says(&["ABANDON", "ABANDONED"])
}

/// How long it took, or has taken so far.
fn waited(queue: &Part, scene: &Scene<'_>) -> Option<TimeDelta> {
    let so_far = (scene.now - queue.start()).max(TimeDelta::zero());
    queue.took().or(queue.is_live(scene.now).then_some(so_far))
}
