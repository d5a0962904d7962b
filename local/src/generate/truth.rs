//! What the traffic meant: the answer that a right count comes to.
//!
//! It is noted while names are made up, and never by reading them back, so that it can judge the
//! code that reads them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

/// A conversation's id and an attribute's full name: what makes one occurrence.
pub type Occurrence = (String, String);

/// What a metric attribute stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meaning {
    /// The flow that set it, as its author named it.
    pub flow: &'static str,
    /// The metric, as its author named it.
    pub metric: &'static str,
    /// The instant that its name holds: wrong where the flow's clock was.
    pub at: DateTime<Utc>,
}

/// A name as it was made up.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    pub(super) attribute: String,
    /// `None`: it is malformed.
    pub(super) meaning: Option<Meaning>,
}

/// What a run holds, however often and in whatever order it is delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Every distinct metric attribute of every conversation: each counts once.
    pub metrics: BTreeMap<Occurrence, Meaning>,
    /// Every distinct attribute that was meant as a metric and is malformed.
    pub malformed: BTreeSet<Occurrence>,
    /// How many events there are, with those in `redelivered` and `resent`.
    pub events: u64,
    /// How many of them are one more delivery of an envelope that came before.
    pub redelivered: u64,
    /// How many of them have the content of one before under a new envelope id.
    pub resent: u64,
}

impl Truth {
    /// How often each (flow, metric) occurred.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let mut totals = BTreeMap::new();
        for meaning in self.metrics.values() {
            *totals.entry((meaning.flow, meaning.metric)).or_default() += 1;
        }
        totals
    }

    pub(super) fn note(&mut self, conversation: &str, meant: Meant) {
        let occurrence = (conversation.to_owned(), meant.attribute);
        match meant.meaning {
            Some(meaning) => {
                self.metrics.insert(occurrence, meaning);
            }
            None => {
                self.malformed.insert(occurrence);
            }
        }
    }
}
