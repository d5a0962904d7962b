//! A delivery, and what reading it gives.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::Fact;
use serde::Serialize;

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
}

/// A part of a delivery that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dropped {
    /// Its place in the documents of the mapping.
    pub path: String,
    /// Why. It repeats no value.
    pub why: String,
}
