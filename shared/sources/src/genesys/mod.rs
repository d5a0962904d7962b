//! Genesys Cloud's conversation detail events on Amazon EventBridge: sixteen topics, fifteen of them about spans.
//!
//! The session id joins a span's start and end, in any order of arrival. An end event alone is enough: the start is
//! then computed from its durations. A start event without an end is an open span. Topics, fields and enumerations:
//! Genesys' public notification schemas.

mod allowlist;
pub mod attributes;
mod body;
pub(crate) mod conversation;
mod event;
mod numbers;
mod spans;
mod topic;
mod traits;
mod words;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Fact, Id};
use cxtrace_privacy::Pseudonyms;

use crate::error::SourceError;
use crate::reading::object;
use crate::shape::{Field, required};
use crate::times;
use crate::values::{Time, Value};
use body::Detail;
use event::{Event, field};

pub use conversation::{CONVERSATION, SOURCE, conversation_id};
pub use topic::{KINDS, TOPICS, Topic};

/// The fields of every topic except `attributes`, and how they are read.
pub fn fields() -> impl Iterator<Item = Field> {
    body::fields()
}

/// Reads the `detail` of an event whose envelope has the time `published`.
pub(crate) fn read(
    topic: Topic,
    detail: &str,
    published: Option<DateTime<Utc>>,
    pseudonyms: &Pseudonyms,
) -> Result<Vec<Fact>, SourceError> {
    // The function `flow-metrics` reads participant attributes.
    if topic == Topic::Attributes {
        return Ok(Vec::new());
    }
    let text = detail;
    let mut detail = object(text, "detail", Detail::default())?;
    let published = published_at(&mut detail, published);
    if let (Some(body), Some(published)) = (&mut detail.body, published) {
        detail.unreadable.extend(body.leave_out_impossible_times(published));
    }
    let body = required(&detail.body, ("eventBody", &detail.unreadable), "detail.eventBody")?;
    let id = required(&body.conversation_id, ("conversationId", &body.unreadable), field("conversationId"))?;
    let conversation = match conversation_id(id) {
        Ok(conversation) => conversation,
        // Without a conversation id, its sessions belong to nothing. The fact only notes the placeholder.
        Err(InvalidId::Meaningless) => {
            let anchor = Id::unidentified(text, pseudonyms);
            let mut fact = published.map(|at| Fact::of(SOURCE, anchor, at, topic.name()));
            fact.iter_mut().for_each(|fact| fact.note_meaningless(CONVERSATION.as_str()));
            return Ok(fact.into_iter().collect());
        }
        Err(_) => return Err(SourceError::at(field("conversationId"), "is not a UUID")),
    };
    let published = published.ok_or_else(|| match detail.unreadable.contains("timestamp") {
        true => SourceError::at("detail.timestamp", format!("is not {}", Time::EXPECTED)),
        false => SourceError::at("time", "is missing"),
    })?;
    let event = Event { topic, body, conversation, published, pseudonyms };
    let mut fact = Fact::of(SOURCE, event.conversation.clone(), published, topic.name());
    fact.unreadable = detail.unreadable.iter().map(|name| (*name).to_owned()).collect();
    event.add_to(&mut fact)?;
    Ok(vec![fact])
}

/// When an event was published: its timestamp, or the time of its envelope if the timestamp is missing or not possible.
fn published_at(detail: &mut Detail, envelope: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let is_impossible = |time: &mut Time| envelope.is_some_and(|envelope| !times::is_possible(time.0, envelope));
    if detail.timestamp.take_if(is_impossible).is_some() {
        detail.unreadable.insert("timestamp");
    }
    detail.timestamp.map(|time| time.0).or(envelope)
}

impl Event<'_> {
    fn add_to(&self, fact: &mut Fact) -> Result<(), SourceError> {
        self.add_mentions(fact);
        match self.topic {
            Topic::Attributes => {}
            Topic::CustomerStart => {
                self.customer_start(fact)?;
                self.add_web_session(fact);
                fact.handoffs.extend(self.call(fact.spans.first()));
            }
            Topic::CustomerEnd => self.customer_end(fact)?,
            Topic::FlowStart => fact.spans.push(self.started(self.flow()?)?),
            Topic::FlowEnd => self.flow_end(fact)?,
            Topic::FlowOutcome => self.flow_outcome(fact)?,
            Topic::AcdStart => fact.spans.push(self.started(self.queue()?)?),
            Topic::AcdEnd => self.queue_end(fact)?,
            Topic::UserStart => fact.spans.push(self.started(self.agent()?)?),
            Topic::UserEnd => self.agent_end(fact)?,
            Topic::Acw | Topic::Wrapup => self.wrap_up(fact)?,
            Topic::VoicemailStart => fact.spans.push(self.started(self.voicemail()?)?),
            Topic::VoicemailEnd => self.voicemail_end(fact)?,
            Topic::Outbound => {
                fact.point_events.push(self.point_event("outbound_dial")?);
                fact.handoffs.extend(self.dialled(None));
            }
            Topic::Contact => fact.point_events.push(self.point_event("contact_update")?),
        }
        Ok(())
    }
}
