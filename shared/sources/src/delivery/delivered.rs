//! A delivery, and what reading it gives.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::Fact;
use serde::Serialize;

use crate::mapping::trace;
use crate::registry::Transport;

/// What a platform sent, before anything of it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// How it came.
    pub transport: Transport,
    /// The name or an alias of its source. Empty for an EventBridge event, whose envelope says it.
    pub source: String,
    /// HTTP headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Parameters of the address.
    pub query: BTreeMap<String, String>,
    /// The body: raw bytes, or the `detail` of an EventBridge event.
    pub body: Vec<u8>,
    /// When it arrived. `None` only for recordings that do not say.
    pub received_at: Option<DateTime<Utc>>,
    /// The envelope of an EventBridge event.
    pub envelope: Option<EventEnvelope>,
}

/// What an EventBridge envelope says of its event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventEnvelope {
    /// `source`.
    pub source: String,
    /// `detail-type`.
    pub detail_type: String,
    /// `time`.
    pub time: Option<DateTime<Utc>>,
    /// `account`.
    pub account: Option<String>,
}

/// What a delivery says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeliveryRead {
    /// The source's own name.
    pub source: String,
    /// The input that read it. `None` if no input takes such a delivery, which is not an error: platforms send more than
    /// anybody maps.
    pub input: Option<String>,
    /// Its facts.
    pub facts: Vec<Fact>,
    /// What was left out, and why.
    pub dropped: Vec<Dropped>,
    /// The first part that was refused as a whole: a mapping failed, or a document cannot be read.
    pub refused: Option<Dropped>,
}

impl DeliveryRead {
    /// Notes a part that was refused as a whole.
    pub(super) fn refuse(&mut self, part: Dropped) {
        self.refused.get_or_insert_with(|| part.clone());
        self.dropped.push(part);
    }

    /// Notes a part that no input takes, if somebody wants to know.
    pub(super) fn not_taken(&mut self, path: &str) {
        if trace::is_on() {
            self.dropped.push(Dropped { path: path.to_owned(), why: "no input of the source takes it".to_owned() });
        }
    }

    /// Adds what the entry with this number of a list says.
    pub(super) fn add(&mut self, entry: Self, number: usize) {
        let placed = |part: Dropped| Dropped { path: format!("body[{number}]: {}", part.path), ..part };
        self.input = self.input.take().or(entry.input);
        self.refused = self.refused.take().or_else(|| entry.refused.map(placed));
        self.dropped.extend(entry.dropped.into_iter().map(placed));
        for fact in entry.facts {
            if !self.facts.contains(&fact) {
                self.facts.push(fact);
            }
        }
    }
}

/// A part of a delivery that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dropped {
    /// Its place in the documents of the mapping.
    pub path: String,
    /// Why. It repeats no value.
    pub why: String,
}
