//! An event before its delivery: EventBridge gives every delivery an id of its own.

use chrono::{DateTime, Utc};
use cxtrace_fixtures::Envelope;
use serde_json::Value;

/// An event without the id of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The system that sends it: `genesys`, `sbc`, `crm`.
    pub by: &'static str,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// The envelope's `source`.
    pub source: String,
    /// The envelope's `region`.
    pub region: &'static str,
    /// The envelope's `detail-type`.
    pub detail_type: String,
    /// The event's `detail`.
    pub detail: Value,
}

impl Event {
    /// The whole event on one line, as the delivery with this `id`.
    #[must_use]
    pub fn json(&self, id: &str) -> String {
        let (detail_type, source) = (&self.detail_type, &self.source);
        let envelope = Envelope::new(id, detail_type, source, self.region, self.published, &self.detail);
        // Members in the order of their names: the order decides which of two simultaneous deliveries comes first.
        serde_json::to_value(&envelope).unwrap_or_default().to_string()
    }
}

/// Adds the members of one object to another.
pub(crate) fn add(to: &mut Value, more: Value) {
    if let (Value::Object(to), Value::Object(more)) = (to, more) {
        to.extend(more);
    }
}
