//! The topics of Genesys Cloud's conversation detail events, and the kinds of its spans.

/// The conversation detail topics, as in `detail-type`: `{id}` is literal.
pub const TOPICS: [&str; 16] = [
    "v2.detail.events.conversation.{id}.acd.end",
    "v2.detail.events.conversation.{id}.acd.start",
    "v2.detail.events.conversation.{id}.acw",
    "v2.detail.events.conversation.{id}.attributes",
    "v2.detail.events.conversation.{id}.contact",
    "v2.detail.events.conversation.{id}.customer.end",
    "v2.detail.events.conversation.{id}.customer.start",
    "v2.detail.events.conversation.{id}.flow.end",
    "v2.detail.events.conversation.{id}.flow.outcome",
    "v2.detail.events.conversation.{id}.flow.start",
    "v2.detail.events.conversation.{id}.outbound",
    "v2.detail.events.conversation.{id}.user.end",
    "v2.detail.events.conversation.{id}.user.start",
    "v2.detail.events.conversation.{id}.voicemail.end",
    "v2.detail.events.conversation.{id}.voicemail.start",
    "v2.detail.events.conversation.{id}.wrapup",
];

/// The kinds in the keys of Genesys' spans, `genesys:<conversation>:<kind>:<session>`.
pub const KINDS: [&str; 7] = ["acd", "customer", "flow", "hold", "user", "voicemail", "wrap_up"];

/// One of [`TOPICS`], without the common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topic(pub(super) &'static str);

impl Topic {
    pub(crate) fn read(detail_type: &str) -> Option<Self> {
        let topic = TOPICS.iter().find(|topic| **topic == detail_type)?;
        topic.strip_prefix("v2.detail.events.conversation.{id}.").map(Self)
    }
}
