//! One event of Genesys: its time, and the keys of its spans. This module does not know the meaning of topics.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Id, SpanKey};
use cxtrace_privacy::{Pseudonyms, meaningless, safe_text};

use super::body::Body;
use super::topic::Topic;
use crate::error::SourceError;
use crate::shape::required;
use crate::times;

/// One event of a known topic.
pub(super) struct Event<'a> {
    pub(super) topic: Topic,
    pub(super) body: &'a Body,
    pub(super) conversation: Id,
    pub(super) published: DateTime<Utc>,
    pub(super) pseudonyms: &'a Pseudonyms,
}

/// The path of a field of the event's body, for errors.
pub(super) fn field(name: &str) -> String {
    format!("detail.eventBody.{name}")
}

impl Event<'_> {
    /// The time of the change: `eventTime`.
    pub(super) fn at(&self) -> Result<DateTime<Utc>, SourceError> {
        let body = self.body;
        let at = required(&body.event_time, ("eventTime", &body.unreadable), field("eventTime"))?.0;
        self.possible(at, "eventTime")
    }

    /// The time in a field that decides.
    pub(super) fn possible(&self, at: DateTime<Utc>, name: &str) -> Result<DateTime<Utc>, SourceError> {
        times::possible(at, self.published, "it was published", field(name)).map(|()| at)
    }

    /// The key of the span of this session. Each flow, queue and agent is a participant of its own, so without a
    /// session id the participant identifies the span.
    pub(super) fn key(&self, kind: &str) -> Result<SpanKey, SourceError> {
        let body = self.body;
        // A placeholder as session id would make one session of all of them.
        let session = body.session_id.as_deref().filter(|id| !meaningless::is_absent(id));
        let stands_in = session.is_none() && !body.unreadable.contains("sessionId");
        let (name, id) = match &body.participant_id {
            Some(id) if stands_in => ("participantId", id),
            _ => ("sessionId", required(&body.session_id, ("sessionId", &body.unreadable), field("sessionId"))?),
        };
        let id = safe_text::uuid(id.trim()).ok_or_else(|| SourceError::at(field(name), "is not a UUID"))?;
        Ok(SpanKey::of(&["genesys", self.conversation.value(), kind, &id]))
    }
}
