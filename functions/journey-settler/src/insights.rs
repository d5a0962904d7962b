//! Insights as counts in Datadog: occurrences in the ledgers of flow metrics, and as exact.
//!
//! A journey counts once for each rule, in the bucket of the time when it settled first with it, and under the id that
//! it had then. Both are kept in the row of that id: whoever does this again, under whichever id, puts the same
//! occurrence into the same place. Journeys that had each counted before they were found to be one stay counted.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::Journey;
use cxtrace_domain::metrics::{BucketWidth, ConversationId, Occurrence, OccurrenceId, SelfMetric, Series};
use cxtrace_journeys::Counted;

/// The count of journeys with an insight, by `rule` and `severity`.
pub const INSIGHTS: &str = SelfMetric::JourneyInsights.name();

/// The occurrences of the insights of `journey`, each of which counts where `counted` says.
#[must_use]
pub fn occurrences(counted: &BTreeMap<String, Counted>, journey: &Journey, width: BucketWidth) -> Vec<Occurrence> {
    let insight = |rule: &str| journey.insights.iter().find(|insight| insight.rule.as_str() == rule);
    let occurrences = counted.iter().filter_map(|(rule, Counted { at, journey })| {
        let conversation = ConversationId::try_new(journey.to_string()).ok()?;
        let severity = match insight(rule)?.severity {
            cxtrace_domain::journeys::document::Severity::Info => "info",
            cxtrace_domain::journeys::document::Severity::Warning => "warning",
            cxtrace_domain::journeys::document::Severity::Error => "error",
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
