//! The body of one event: a Genesys update of participant attributes.

use serde::{Serialize, Serializer};

/// The body, with its fields in the order in which Genesys writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    pub(super) event_time: EventTime,
    pub(super) conversation_id: &'a str,
    pub(super) participant_id: &'a str,
    pub(super) attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversation_external_contact_ids: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) communications: Option<[Communication<'a>; 1]>,
}

/// The two forms of `eventTime`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum EventTime {
    /// Milliseconds since the epoch.
    Millis(i64),
    /// ISO 8601.
    Iso(String),
}

/// A JSON object with its members in this order, names unique.
pub(super) struct Attributes<'a>(pub(super) &'a [(String, String)]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Communication<'a> {
    pub(super) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) media_type: Option<&'static str>,
}
