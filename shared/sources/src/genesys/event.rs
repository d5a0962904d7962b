//! One event of Genesys: its time, and the keys of its spans. It must not know what the topics mean.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Id, SpanKey};
use cxtrace_privacy::{Pseudonyms, safe_text};

use super::body::Detail;
use crate::reading::SourceError;

/// One event of a known topic.
pub(super) struct Event<'a> {
    pub(super) topic: &'static str,
    pub(super) detail: &'a Detail,
    pub(super) conversation: Id,
    pub(super) pseudonyms: &'a Pseudonyms,
}

/// The path of a field of the event's body, for errors.
pub(super) fn field(name: &str) -> String {
    format!("detail.eventBody.{name}")
}

impl Event<'_> {
    /// When it happened: `eventTime`.
    pub(super) fn at(&self) -> Result<DateTime<Utc>, SourceError> {
        let at = self.detail.body.event_time.map(|time| time.0);
        at.ok_or_else(|| SourceError::at(field("eventTime"), "is missing"))
    }

    /// The key of a span of this session. Each flow, queue and agent is a participant of its own, so the participant
    /// takes the place of a session that is not named.
    pub(super) fn key(&self, kind: &str) -> Result<SpanKey, SourceError> {
        let body = &self.detail.body;
        let named = [("sessionId", &body.session_id), ("participantId", &body.participant_id)];
        let named = named.into_iter().find_map(|(name, id)| Some((name, id.as_deref()?)));
        let (name, id) = named.ok_or_else(|| SourceError::at(field("sessionId"), "is missing"))?;
        let id = safe_text::uuid(id.trim()).ok_or_else(|| SourceError::at(field(name), "is not a UUID"))?;
        Ok(SpanKey::of(&["genesys", self.conversation.value(), kind, &id]))
    }
}
