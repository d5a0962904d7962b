//! Insights as counts in Datadog: occurrences in the ledgers of flow metrics, and as exact.
//!
//! A journey counts once for each rule, in the bucket of the time when it settled first with it. That bucket is kept
//! in the row: whoever does this again puts the same occurrence into the same place.

use cxtrace_domain::journeys::Journey;
use cxtrace_domain::metrics::{BucketWidth, ConversationId, Occurrence, OccurrenceId, Series};
use cxtrace_store::correlation::Row;

/// The count of journeys with an insight, by `rule` and `severity`.
pub const INSIGHTS: &str = "cxtrace.journey.insights";

/// The occurrences of the insights of `journey`, whose row says when each was counted.
#[must_use]
pub fn occurrences(row: &Row, journey: &Journey, width: BucketWidth) -> Vec<Occurrence> {
    let Ok(conversation) = ConversationId::try_new(journey.id.to_string()) else { return Vec::new() };
    let severity = |rule: &str| journey.insights.iter().find(|insight| insight.rule.as_str() == rule);
    let counted = row.counted.iter().filter_map(|(rule, at)| {
        let severity = match severity(rule)?.severity {
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
            conversation: conversation.clone(),
            at: Some(*at),
        })
    });
    counted.collect()
}
