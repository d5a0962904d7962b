//! Genesys Cloud's conversation detail events on Amazon EventBridge: sixteen topics, of which fifteen tell of spans.
//!
//! What a span's start and end say is joined by the session, never by the order of arrival. An end is enough: its
//! start is then derived from the durations that it carries. A start alone is a span under way.
//! Topics, fields and enumerations: Genesys' public notification schemas.

mod body;
mod kept;
mod numbers;
mod spans;
mod words;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Id, Namespace, Source, SpanKey};
use cxtrace_privacy::{Pseudonyms, safe_text};

use crate::{SourceError, reading};
use body::Detail;

/// The conversation detail topics, as they stand in `detail-type`: `{id}` is literal.
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

/// One of [`TOPICS`], without what they all begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topic(&'static str);

impl Topic {
    pub(crate) fn read(detail_type: &str) -> Option<Self> {
        let topic = TOPICS.iter().find(|topic| **topic == detail_type)?;
        topic.strip_prefix("v2.detail.events.conversation.{id}.").map(Self)
    }
}

/// One event, as far as it has been understood.
struct Event<'a> {
    topic: &'static str,
    detail: &'a Detail,
    conversation: Id,
    pseudonyms: &'a Pseudonyms,
}

/// Reads the `detail` of an event whose envelope says that it was `published` then.
pub(crate) fn read(
    topic: Topic,
    detail: &str,
    published: Option<DateTime<Utc>>,
    pseudonyms: &Pseudonyms,
) -> Result<Vec<Fact>, SourceError> {
    // Participant attributes are read where metrics are counted: most of them are nobody's business here.
    if topic.0 == "attributes" {
        return Ok(Vec::new());
    }
    let detail: Detail = reading::parse(detail, "detail")?;
    let conversation = Id::read(Namespace::GENESYS_CONVERSATION, &detail.body.conversation_id, pseudonyms)
        .map_err(|_| SourceError::at(field("conversationId"), "is not a UUID"))?;
    let published = detail.timestamp.map(|time| time.0).or(published);
    let published = published.ok_or_else(|| SourceError::at("time", "is missing"))?;
    let event = Event { topic: topic.0, detail: &detail, conversation, pseudonyms };
    let mut fact = Fact::of(Source::genesys(), event.conversation.clone(), published, topic.0);
    event.tell(&mut fact)?;
    Ok(vec![fact])
}

fn field(name: &str) -> String {
    format!("detail.eventBody.{name}")
}

impl Event<'_> {
    fn tell(&self, fact: &mut Fact) -> Result<(), SourceError> {
        fact.mentions = self.mentions();
        match self.topic {
            "customer.start" => {
                self.customer_start(fact)?;
                fact.links.extend(self.web_session());
                fact.handoffs.extend(self.call(fact.spans.first()));
            }
            "customer.end" => self.customer_end(fact)?,
            "flow.start" => fact.spans.push(self.started(self.flow()?)?),
            "flow.end" => self.flow_end(fact)?,
            "flow.outcome" => self.flow_outcome(fact)?,
            "acd.start" => fact.spans.push(self.started(self.queue()?)?),
            "acd.end" => self.queue_end(fact)?,
            "user.start" => fact.spans.push(self.started(self.agent()?)?),
            "user.end" => self.agent_end(fact)?,
            "acw" | "wrapup" => self.wrap_up(fact)?,
            "voicemail.start" => fact.spans.push(self.started(self.voicemail()?)?),
            "voicemail.end" => self.voicemail_end(fact)?,
            "outbound" => {
                fact.moments.push(self.moment("outbound_dial")?);
                fact.handoffs.extend(self.dialled(None));
            }
            // `contact`: the conversation was given another external contact.
            _ => fact.moments.push(self.moment("contact_update")?),
        }
        Ok(())
    }

    /// When it happened: `eventTime`.
    fn at(&self) -> Result<DateTime<Utc>, SourceError> {
        let at = self.detail.body.event_time.map(|time| time.0);
        at.ok_or_else(|| SourceError::at(field("eventTime"), "is missing"))
    }

    /// The key of a span of this session. Each flow, queue and agent is a participant of its own, so the participant
    /// stands in for a session that is not named.
    fn key(&self, kind: &str) -> Result<SpanKey, SourceError> {
        let body = &self.detail.body;
        let named = [("sessionId", &body.session_id), ("participantId", &body.participant_id)];
        let named = named.into_iter().find_map(|(name, id)| Some((name, id.as_deref()?)));
        let (name, id) = named.ok_or_else(|| SourceError::at(field("sessionId"), "is missing"))?;
        let id = safe_text::uuid(id.trim()).ok_or_else(|| SourceError::at(field(name), "is not a UUID"))?;
        Ok(SpanKey::of(&["genesys", self.conversation.value(), kind, &id]))
    }
}
