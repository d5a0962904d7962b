//! The JSON of one event: a Genesys attribute update inside EventBridge's envelope, on one line.

use std::fmt;

use serde::{Serialize, Serializer};

/// The Genesys organization of all samples and generated traffic.
pub const ORGANIZATION: &str = "7c0b5a3e-94d1-4f0e-8a52-1d6be7f0c9a4";

/// What the sources of Genesys' partner events start with; `/<organization>/cxtrace` follows.
pub const SOURCE_PREFIX: &str = "aws.partner/genesys.com/cloud";

/// The `detail-type` of attribute events, with Genesys' own literal `{id}` in it.
pub const ATTRIBUTES_TOPIC: &str = "v2.detail.events.conversation.{id}.attributes";

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-west-1";

/// The envelope, with its fields in the order in which EventBridge writes them.
#[derive(Serialize)]
pub(super) struct Envelope<'a> {
    version: &'static str,
    id: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'static str,
    source: &'a str,
    account: &'static str,
    /// To the second.
    time: &'a str,
    region: &'static str,
    resources: [&'static str; 0],
    detail: Detail<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    topic_name: String,
    version: &'static str,
    event_body: Body<'a>,
    metadata: Metadata<'a>,
    timestamp: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    correlation_id: &'a str,
}

/// What Genesys says about the update.
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

/// `eventTime` in either of its encodings.
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

impl<'a> Envelope<'a> {
    /// `published` is RFC 3339 with milliseconds and `time` the same to the second.
    pub(super) fn new(
        id: &'a str,
        source: &'a str,
        (time, published): (&'a str, &'a str),
        correlation_id: &'a str,
        event_body: Body<'a>,
    ) -> Self {
        Self {
            version: "0",
            id,
            detail_type: ATTRIBUTES_TOPIC,
            source,
            account: ACCOUNT,
            time,
            region: REGION,
            resources: [],
            detail: Detail {
                topic_name: ATTRIBUTES_TOPIC.replace("{id}", event_body.conversation_id),
                version: "2",
                event_body,
                metadata: Metadata { correlation_id },
                timestamp: published,
            },
        }
    }
}

impl fmt::Display for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
