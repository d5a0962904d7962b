//! Insights: rules that examine a journey. Each finding names the spans that show it.
//!
//! Each rule is a file of its own, with its [`Definition`]. To add one, add its file and `mod` line here, and its line in
//! [`insight_rule`](crate::journeys::insight_rule).

mod abandoned_in_queue;
mod ai_escalation;
mod clock_skew;
mod definition;
pub(super) mod dropped_call;
pub(super) mod failed_transfer;
mod long_gap;
mod long_queue;
mod missing_source;
mod quarantined_id;
mod repeated_handoffs;
mod slow_backend;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::view::View;
use crate::journeys::document::Insight;
use crate::journeys::insight_rule::{InsightRule, insight_rules};
use crate::journeys::span::SpanKey;

pub use definition::Definition;

macro_rules! definitions {
    ($($variant:ident => $file:ident,)*) => {
        /// The definition of a rule.
        #[must_use]
        pub fn definition(rule: InsightRule) -> &'static Definition {
            match rule {
                $(InsightRule::$variant => &$file::DEFINITION,)*
            }
        }
    };
}
insight_rules!(definitions);

/// Whether no later event can take the finding back: while the customer is there, every source must have had its delay
/// since the last known time of the spans that show it.
fn is_certain(finding: &definition::Finding, view: &View<'_>) -> bool {
    let shown = view.spans.iter().filter(|placed| finding.spans.contains(&placed.span.key));
    let last = shown.map(|placed| placed.span.ended_at.map_or(placed.start(), |end| end.0)).max();
    !view.is_live() || last.is_none_or(|last| view.absence_is_known(last))
}

/// The findings of all rules: the worst first, then by rule, then by time.
pub(super) fn insights(view: &View<'_>) -> Vec<Insight> {
    let starts: BTreeMap<&SpanKey, DateTime<Utc>> =
        view.spans.iter().map(|placed| (&placed.span.key, placed.start())).collect();
    let mut found = Vec::new();
    for rule in InsightRule::ALL {
        let Definition { severity, find, .. } = definition(rule);
        let insight = |finding: definition::Finding| Insight {
            rule,
            severity: *severity,
            text: finding.text,
            spans: finding.spans,
        };
        found.extend(find(view).into_iter().filter(|finding| is_certain(finding, view)).map(insight));
    }
    found.sort_by_cached_key(|insight| {
        let first = insight.spans.iter().filter_map(|key| starts.get(key)).min().copied();
        (Reverse(insight.severity), insight.rule, first, insight.text.clone(), insight.spans.clone())
    });
    found
}
