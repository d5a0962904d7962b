//! The topic `attributes`: an event with all participant attributes of a conversation.
//!
//! The event is parsed once. Names that may be metrics are kept. A value is read only if a setting names its attribute.
//! All other names and values are skipped unread.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{AttributeName, ConversationId, MediaType};
use cxtrace_privacy::safe_text;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::topic::Topic;
use crate::error::SourceError;
use crate::reading::{Found, Members, Object, object};
use crate::shape::{self, Field, required, shape};
use crate::times;
use crate::values::{self, Exact, Reading, Time, Unreadable, Value};

/// The `detail-type` of this topic. `{id}` is literal.
pub const TOPIC: &str = Topic::Attributes.detail_type();

const OF_THE_EVENT: [Field; 6] = [
    Field { name: "detail-type", kind: "a text", decides_in: &["attributes"] },
    Field { name: "time", kind: Time::EXPECTED, decides_in: &[] },
    Field { name: "timestamp", kind: Time::EXPECTED, decides_in: &[] },
    Field { name: "conversationId", kind: Exact::EXPECTED, decides_in: &["attributes"] },
    Field { name: ATTRIBUTES, kind: "an object of attributes", decides_in: &["attributes"] },
    Field { name: COMMUNICATIONS, kind: "a list", decides_in: &[] },
];

/// The fields of an event, and how they are read.
pub fn fields() -> impl Iterator<Item = Field> {
    OF_THE_EVENT.into_iter().chain(Communication::FIELDS.iter().copied())
}

const ATTRIBUTES: &str = "attributes";
const COMMUNICATIONS: &str = "communications";

/// Whether an attribute of this name names an id of another system.
pub type NamesAnId<'c> = &'c dyn Fn(&str) -> bool;

/// An event that was read.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// Participant attributes were set.
    Attributes(AttributesEvent<'a>),
    /// An event of another topic, which another function handles.
    Foreign {
        /// Its `detail-type`, if it is safe to show.
        topic: String,
    },
}

/// The relevant parts of an attributes event.
#[derive(Debug)]
pub struct AttributesEvent<'a> {
    pub conversation: ConversationId,
    /// When Genesys published it.
    pub published: DateTime<Utc>,
    /// The names of attributes that may be metrics.
    pub names: Vec<AttributeName<'a>>,
    /// The attributes that name ids of other systems.
    pub ids: Vec<NamedId<'a>>,
    /// The first medium in the participant's communications.
    pub media: Option<MediaType>,
    /// The fields that were partly or fully unreadable.
    pub unreadable: BTreeSet<&'static str>,
}

/// An attribute that names an id. It is never shown completely, because its value belongs to a customer.
pub struct NamedId<'a> {
    pub attribute: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

impl fmt::Debug for NamedId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedId").finish_non_exhaustive()
    }
}

/// Reads an event. `names_an_id` decides which attributes name ids.
///
/// # Errors
/// When it is not a JSON object, or a deciding field is missing or cannot be read.
pub fn read<'a>(json: &'a str, names_an_id: NamesAnId<'_>) -> Result<Incoming<'a>, SourceError> {
    read_event(json, names_an_id).map_err(SourceError::of_attributes)
}

fn read_event<'a>(json: &'a str, names_an_id: NamesAnId<'_>) -> Result<Incoming<'a>, SourceError> {
    let envelope = object(json, "it", Envelope::of(names_an_id))?;
    let detail_type = required(&envelope.detail_type, ("detail-type", &envelope.unreadable), "detail-type")?;
    if detail_type.0 != TOPIC {
        let topic = safe_text::label(&detail_type.0).unwrap_or_else(|| "a topic whose name is not shown".to_owned());
        return Ok(Incoming::Foreign { topic });
    }
    let detail = match envelope.detail {
        Part::Absent => return Err(SourceError::at("detail", "is missing")),
        Part::Other => return Err(SourceError::at("detail", "is not an object")),
        Part::Unread(json) => object(json.get(), "detail", Detail::of(names_an_id))?,
        Part::Read(detail) => detail,
    };
    let body = match detail.body {
        Part::Read(body) => body,
        Part::Other => return Err(SourceError::at("detail.eventBody", "is not an object")),
        Part::Absent | Part::Unread(_) => return Err(SourceError::at("detail.eventBody", "is missing")),
    };
    let mut unreadable = envelope.unreadable;
    unreadable.extend(detail.unreadable);
    unreadable.extend(&body.unreadable);
    let id_path = "detail.eventBody.conversationId";
    let conversation = required(&body.conversation, ("conversationId", &body.unreadable), id_path)?;
    let conversation = ConversationId::try_new(conversation.0.clone())
        .map_err(|_| SourceError::at(id_path, "is not an id of 1 to 256 bytes"))?;
    let attributes = match body.attributes {
        Part::Read(attributes) => attributes,
        Part::Absent | Part::Unread(_) => Attributes::of(names_an_id),
        Part::Other => return Err(SourceError::at("detail.eventBody.attributes", "is not an object of attributes")),
    };
    unreadable.extend(attributes.unreadable);
    let time = envelope.time.map_or(Reading::ABSENT, |json| Time::read(json.get()));
    let is_possible = |timestamp: &Time| time.value.is_none_or(|time| times::is_possible(timestamp.0, time.0));
    let timestamp = detail.timestamp.filter(is_possible);
    if timestamp != detail.timestamp {
        unreadable.insert("timestamp");
    }
    let published = match timestamp {
        Some(Time(published)) => published,
        None => {
            if time.is_unreadable {
                unreadable.insert("time");
            }
            time.value.ok_or_else(|| published_error(&unreadable))?.0
        }
    };
    Ok(Incoming::Attributes(AttributesEvent {
        conversation,
        published,
        names: attributes.names,
        ids: attributes.ids,
        media: body.communications.iter().flatten().find_map(|c| c.media_type.as_deref()).map(MediaType::read),
        unreadable,
    }))
}

fn published_error(unreadable: &Unreadable) -> SourceError {
    let broken =
        [("timestamp", "detail.timestamp"), ("time", "time")].into_iter().find(|(name, _)| unreadable.contains(name));
    match broken {
        Some((_, path)) => SourceError::at(path, format!("is not {}", Time::EXPECTED)),
        None => SourceError::at("time", "is missing"),
    }
}

/// A member that should be an object.
enum Part<'a, T> {
    Absent,
    /// It is not an object.
    Other,
    /// It comes before the field that determines how to read it.
    Unread(&'a RawValue),
    Read(T),
}

impl<T> Part<'_, T> {
    fn of(found: Found<T>) -> Self {
        match found {
            Found::Object(read) => Self::Read(read),
            Found::Empty => Self::Absent,
            Found::Other => Self::Other,
        }
    }
}

struct Envelope<'a, 'c> {
    names_an_id: NamesAnId<'c>,
    detail_type: Option<Exact>,
    time: Option<&'a RawValue>,
    detail: Part<'a, Detail<'a, 'c>>,
    unreadable: Unreadable,
}

impl<'c> Envelope<'_, 'c> {
    fn of(names_an_id: NamesAnId<'c>) -> Self {
        Self { names_an_id, detail_type: None, time: None, detail: Part::Absent, unreadable: Unreadable::new() }
    }
}

impl<'de: 'a, 'a> Members<'de> for Envelope<'a, '_> {
    fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        match &*member {
            "detail-type" => self.detail_type = shape::field(map, "detail-type", &mut self.unreadable)?,
            "time" => self.time = Some(map.next_value()?),
            "detail" => {
                self.detail = match &self.detail_type {
                    Some(Exact(topic)) if topic == TOPIC => {
                        Part::of(map.next_value_seed(Object(Detail::of(self.names_an_id)))?)
                    }
                    _ => Part::Unread(map.next_value()?),
                }
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

struct Detail<'a, 'c> {
    names_an_id: NamesAnId<'c>,
    timestamp: Option<Time>,
    body: Part<'a, Body<'a, 'c>>,
    unreadable: Unreadable,
}

impl<'c> Detail<'_, 'c> {
    fn of(names_an_id: NamesAnId<'c>) -> Self {
        Self { names_an_id, timestamp: None, body: Part::Absent, unreadable: Unreadable::new() }
    }
}

impl<'de: 'a, 'a> Members<'de> for Detail<'a, '_> {
    fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        match &*member {
            "timestamp" => self.timestamp = shape::field(map, "timestamp", &mut self.unreadable)?,
            "eventBody" => self.body = Part::of(map.next_value_seed(Object(Body::of(self.names_an_id)))?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

struct Body<'a, 'c> {
    names_an_id: NamesAnId<'c>,
    conversation: Option<Exact>,
    attributes: Part<'a, Attributes<'a, 'c>>,
    communications: Option<Vec<Communication>>,
    unreadable: Unreadable,
}

shape! {
    /// A participant's communication.
    pub(super) struct Communication under "communications." {
        media_type: String = "mediaType" decides in [],
    }
}

impl<'c> Body<'_, 'c> {
    fn of(names_an_id: NamesAnId<'c>) -> Self {
        Self {
            names_an_id,
            conversation: None,
            attributes: Part::Absent,
            communications: None,
            unreadable: Unreadable::new(),
        }
    }
}

impl<'de: 'a, 'a> Members<'de> for Body<'a, '_> {
    fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        match &*member {
            "conversationId" => {
                self.conversation = shape::field(map, "conversationId", &mut self.unreadable)?;
            }
            "communications" => self.communications = shape::field(map, COMMUNICATIONS, &mut self.unreadable)?,
            "attributes" => {
                self.attributes = Part::of(map.next_value_seed(Object(Attributes::of(self.names_an_id)))?);
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

struct Attributes<'a, 'c> {
    names_an_id: NamesAnId<'c>,
    names: Vec<AttributeName<'a>>,
    ids: Vec<NamedId<'a>>,
    unreadable: Unreadable,
}

impl<'c> Attributes<'_, 'c> {
    fn of(names_an_id: NamesAnId<'c>) -> Self {
        Self { names_an_id, names: Vec::new(), ids: Vec::new(), unreadable: Unreadable::new() }
    }
}

impl<'de: 'a, 'a> Members<'de> for Attributes<'a, '_> {
    fn take<A: MapAccess<'de>>(&mut self, member: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        if (self.names_an_id)(&member) {
            let value = values::text_only(map.next_value::<&RawValue>()?.get());
            if value.is_unreadable {
                self.unreadable.insert(ATTRIBUTES);
            }
            let attribute = member.clone();
            self.ids.extend(value.value.map(|value| NamedId { attribute, value }));
        } else {
            map.next_value::<IgnoredAny>()?;
        }
        self.names.extend(AttributeName::of_candidate(member));
        Ok(())
    }
}
