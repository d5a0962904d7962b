//! The expected counts of generated traffic.
//!
//! They are noted when names are generated, never by reading the names back. So they can check the code that reads
//! names.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

/// A conversation's id and an attribute's full name. Each key counts once.
pub type AttributeKey = (String, String);

/// The metric that an attribute counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedMetric {
    /// The flow that set it, as its author named it.
    pub flow: &'static str,
    /// The metric, as its author named it.
    pub metric: &'static str,
    /// The time in its name, which is wrong if the flow's clock was wrong.
    pub at: DateTime<Utc>,
}

/// An attribute whose name was generated.
#[derive(Debug, Clone)]
pub(super) struct GeneratedAttribute {
    pub(super) name: String,
    /// `None` if the name is malformed.
    pub(super) metric: Option<ExpectedMetric>,
}

/// The correct counts of a run, for any number and order of deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedCounts {
    /// Every distinct metric attribute of every conversation: each counts once.
    pub metrics: BTreeMap<AttributeKey, ExpectedMetric>,
    /// Every distinct attribute that should be a metric and is malformed.
    pub malformed: BTreeSet<AttributeKey>,
    /// The number of events, including those in `redelivered` and `resent`.
    pub events: u64,
    /// The number of events that repeat an earlier envelope.
    pub redelivered: u64,
    /// The number of events that repeat earlier content in a new envelope.
    pub resent: u64,
}

impl ExpectedCounts {
    /// The number of occurrences of each (flow, metric).
    #[must_use]
    pub fn totals(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let mut totals = BTreeMap::new();
        for metric in self.metrics.values() {
            *totals.entry((metric.flow, metric.metric)).or_default() += 1;
        }
        totals
    }

    pub(super) fn note(&mut self, conversation: &str, attribute: GeneratedAttribute) {
        let key = (conversation.to_owned(), attribute.name);
        match attribute.metric {
            Some(metric) => {
                self.metrics.insert(key, metric);
            }
            None => {
                self.malformed.insert(key);
            }
        }
    }
}
