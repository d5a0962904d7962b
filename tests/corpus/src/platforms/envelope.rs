//! An event in EventBridge's envelope.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// An event, before EventBridge has given it an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Who tells: `genesys`, `sbc`, `crm`.
    pub by: &'static str,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// The envelope's `source`.
    pub source: String,
    /// The envelope's `region`.
    pub region: &'static str,
    /// The envelope's `detail-type`.
    pub detail_type: String,
    /// What it says.
    pub detail: Value,
}

/// The AWS account of all made-up events.
const ACCOUNT: &str = "123456789012";

impl Event {
    /// The whole event on one line, as the delivery with this `id`.
    #[must_use]
    pub fn json(&self, id: &str) -> String {
        json!({
            "version": "0",
            "id": id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": ACCOUNT,
            "time": self.published.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": self.region,
            "resources": [],
            "detail": self.detail,
        })
        .to_string()
    }
}

/// A time as events write it: RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Adds the members of one object to another.
pub(super) fn add(to: &mut Value, more: Value) {
    if let (Value::Object(to), Value::Object(more)) = (to, more) {
        to.extend(more);
    }
}
