//! How a search found a journey. It knows nothing of the store.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::query::SearchBy;
use cxtrace_domain::journeys::{Id, JourneySummary, Namespace};
use serde::Serialize;

/// A row names this many of the ids that found it.
const MAX_IDS: usize = 3;

/// A row of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    summary: JourneySummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<Matched>,
}

/// How a search found a journey.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Matched {
    by: MatchedBy,
    /// The ids that found it, as the journey shows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<Id>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum MatchedBy {
    JourneyId,
    NativeId,
    TraceId,
    PhoneNumber,
    FlowMetric,
}

impl Row {
    /// The row of `summary` in a search by `by`. `ids` are the ids that found the journey.
    pub(crate) fn of(summary: JourneySummary, by: &SearchBy, ids: Option<&BTreeSet<Id>>) -> Self {
        let by = match by {
            SearchBy::Time => None,
            SearchBy::Phone(_) => Some(MatchedBy::PhoneNumber),
            SearchBy::Metric(_) => Some(MatchedBy::FlowMetric),
            SearchBy::Id(..) => Some(match ids {
                None => MatchedBy::JourneyId,
                Some(ids) if ids.iter().all(|id| *id.namespace() == Namespace::TRACE) => MatchedBy::TraceId,
                Some(_) => MatchedBy::NativeId,
            }),
        };
        let ids = ids.into_iter().flatten().take(MAX_IDS).cloned().collect();
        Self { summary, matched: by.map(|by| Matched { by, ids }) }
    }
}
