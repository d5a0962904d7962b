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
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_privacy::Pseudonyms;

use crate::error::SourceError;
use crate::reading::object;
use crate::shape::{Field, required};
use crate::values::{Time, Value};
use body::Detail;
use event::{Event, field};

pub use conversation::{CONVERSATION, SOURCE, conversation_id};
pub(crate) use topic::Topic;
pub use topic::{KINDS, TOPICS};

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
    if topic.0 == "attributes" {
        return Ok(Vec::new());
    }
    let detail = object(detail, "detail", Detail::default())?;
    let body = required(&detail.body, ("eventBody", &detail.unreadable), "detail.eventBody")?;
    let id = required(&body.conversation_id, ("conversationId", &body.unreadable), field("conversationId"))?;
    let conversation = match conversation_id(id) {
        Ok(conversation) => conversation,
        // Without a conversation id, its sessions belong to nothing.
        Err(InvalidId::Meaningless) => return Ok(Vec::new()),
        Err(_) => return Err(SourceError::at(field("conversationId"), "is not a UUID")),
    };
    let published = detail.timestamp.map(|time| time.0).or(published);
    let published = published.ok_or_else(|| match detail.unreadable.contains("timestamp") {
        true => SourceError::at("detail.timestamp", format!("is not {}", Time::EXPECTED)),
        false => SourceError::at("time", "is missing"),
    })?;
    let event = Event { topic: topic.0, body, conversation, pseudonyms };
    let mut fact = Fact::of(SOURCE, event.conversation.clone(), published, topic.0);
    fact.unreadable = detail.unreadable.iter().map(|name| (*name).to_owned()).collect();
    event.add_to(&mut fact)?;
    Ok(vec![fact])
}

impl Event<'_> {
    fn add_to(&self, fact: &mut Fact) -> Result<(), SourceError> {
        self.add_mentions(fact);
        match self.topic {
            "customer.start" => {
                self.customer_start(fact)?;
                self.add_web_session(fact);
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
                fact.point_events.push(self.point_event("outbound_dial")?);
                fact.handoffs.extend(self.dialled(None));
            }
            // `contact`: the conversation got another external contact.
            _ => fact.point_events.push(self.point_event("contact_update")?),
        }
        Ok(())
    }
}
