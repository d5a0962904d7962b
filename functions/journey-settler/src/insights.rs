//! Insights as counts in Datadog. They are occurrences in the ledgers of flow metrics, so they are as exact.
//!
//! A journey counts once for each rule: in the bucket of its first settlement with the insight, and under the id that
//! it had then. The row of that id stores both. So counting again, even under another id, writes the same occurrence
//! again. Journeys that were counted before a merge stay counted.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::document::Severity;
use cxtrace_domain::metrics::{BucketWidth, ConversationId, Occurrence, OccurrenceId, SelfMetric, Series};
use cxtrace_journeys::CountedInsight;

/// The count of journeys with an insight, by `rule` and `severity`.
pub const INSIGHTS: &str = SelfMetric::JourneyInsights.name();

/// The occurrences of the insights of `journey`, placed by `counted`.
#[must_use]
pub fn occurrences(
    counted: &BTreeMap<String, CountedInsight>,
    journey: &Journey,
    width: BucketWidth,
) -> Vec<Occurrence> {
    let insight = |rule: &str| journey.insights.iter().find(|insight| insight.rule.as_str() == rule);
    let occurrences = counted.iter().filter_map(|(rule, CountedInsight { at, journey })| {
        let conversation = ConversationId::try_new(journey.to_string()).ok()?;
        let severity = match insight(rule)?.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let tags = vec![format!("rule:{rule}"), format!("severity:{severity}")];
        Some(Occurrence {
            id: OccurrenceId::of(&conversation, &format!("insight {rule}")),
            series: Series::stored(INSIGHTS.to_owned(), tags),
            bucket: width.bucket(*at),
            interval: width.seconds(),
            conversation,
            at: Some(*at),
        })
    });
    occurrences.collect()
}
