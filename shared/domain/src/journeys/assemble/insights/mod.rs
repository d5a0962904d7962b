//! Insights: rules that look at a journey and say what is worth knowing, with the spans that show it.

mod calls;
mod sources;
mod waits;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::gaps::Hole;
use super::lines::Lines;
use super::spans::Part;
use crate::journeys::document::{Insight, InsightRule, Severity, Span};
use crate::journeys::gathered::Gathered;
use crate::journeys::policy::Policy;
use crate::journeys::skew::Estimate;
use crate::journeys::span::SpanKey;

/// Everything that a rule looks at.
pub(super) struct Scene<'a> {
    pub(super) gathered: &'a Gathered,
    pub(super) parts: &'a [Part],
    pub(super) lines: &'a Lines<'a>,
    pub(super) holes: &'a [Hole],
    pub(super) clocks: &'a Estimate,
    pub(super) policy: &'a Policy,
    pub(super) now: DateTime<Utc>,
}

/// What every rule finds: the worst first, then by rule, then by time.
pub(super) fn insights(scene: &Scene<'_>) -> Vec<Insight> {
    let mut found = Vec::new();
    for rule in [
        calls::dropped,
        calls::failed_transfers,
        waits::abandoned,
        waits::long_queues,
        waits::long_gaps,
        waits::slow_backends,
        calls::ai_escalations,
        calls::repeated_handoffs,
        sources::clock_skew,
        sources::missing,
        sources::quarantined,
    ] {
        found.extend(rule(scene));
    }
    let starts: BTreeMap<&SpanKey, DateTime<Utc>> =
        scene.parts.iter().map(|part| (&part.span.key, part.start())).collect();
    found.sort_by_cached_key(|insight: &Insight| {
        let first = insight.spans.iter().filter_map(|key| starts.get(key)).min().copied();
        (Reverse(insight.severity), insight.rule, first, insight.text.clone(), insight.spans.clone())
    });
    found
}

fn insight<'a>(
    rule: InsightRule,
    severity: Severity,
    text: String,
    spans: impl IntoIterator<Item = &'a Span>,
) -> Insight {
    Insight { rule, severity, text, spans: spans.into_iter().map(|span| span.key.clone()).collect() }
}
