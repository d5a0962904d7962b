//! The form of a Cxtrace Span event's `detail`: its fields, and which of them decide. `docs/span.md` describes each
//! field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cxtrace_domain::journeys::{CodeAct, HandoffAct, Outcome, Party, Role, SpanType};
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess};
use serde_json::value::RawValue;

use crate::reading::{Found, Members, Object};
use crate::shape::{Field, shape};
use crate::values::{Reading, Time, Value, Version, text};

/// The `detail-type` of Cxtrace's own form.
pub const DETAIL_TYPE: &str = "Cxtrace Span";

const SPAN: [&str; 1] = [DETAIL_TYPE];

shape! {
    pub(super) struct Detail under "" {
        source: String = "source" decides in SPAN,
        id: String = "id" decides in SPAN,
        observed_at: Time = "observed_at" decides in SPAN,
        time: Time = "time" decides in SPAN,
        links: Vec<LinkForm> = "links" decides in [],
        span: SpanForm = "span" decides in SPAN,
        spans: Vec<SpanForm> = "spans" decides in SPAN,
        phones: Vec<PhoneForm> = "phones" decides in [],
        code: CodeForm = "code" decides in [],
        handoff: HandoffForm = "handoff" decides in [],
        attributes: Attributes = "attributes" decides in [],
        events: Vec<EventForm> = "events" decides in [],
    }
}

shape! {
    pub(super) struct LinkForm under "links." {
        id: String = "id" decides in SPAN,
        role: Word<Role> = "role" decides in [],
    }
}

shape! {
    pub(super) struct SpanForm under "span." {
        key: String = "key" decides in SPAN,
        span_type: Word<SpanType> = "type" decides in SPAN,
        name: String = "name" decides in [],
        platform: String = "platform" decides in [],
        started_at: Time = "started_at" decides in SPAN,
        ended_at: Time = "ended_at" decides in SPAN,
        status: Word<Outcome> = "status" decides in [],
        reason: String = "reason" decides in [],
        parent: ParentForm = "parent" decides in [],
        version: Version = "version" decides in [],
        attributes: Attributes = "attributes" decides in [],
        events: Vec<EventForm> = "events" decides in [],
    }
}

shape! {
    pub(super) struct PhoneForm under "phones." {
        party: Word<Party> = "party" decides in [],
        number: String = "number" decides in [],
    }
}

shape! {
    pub(super) struct CodeForm under "code." {
        value: String = "value" decides in [],
        act: Word<CodeAct> = "act" decides in [],
        at: Time = "at" decides in [],
    }
}

shape! {
    pub(super) struct HandoffForm under "handoff." {
        number: String = "number" decides in [],
        act: Word<HandoffAct> = "act" decides in [],
        at: Time = "at" decides in [],
        customer: String = "customer" decides in [],
        span: String = "span" decides in [],
    }
}

shape! {
    pub(super) struct EventForm under "events." {
        name: String = "name" decides in [],
        at: Time = "at" decides in [],
        attributes: Attributes = "attributes" decides in [],
    }
}

shape! {
    /// A reference to a span of any system.
    pub(super) struct Reference under "span.parent." {
        source: String = "source" decides in [],
        id: String = "id" decides in [],
        key: String = "key" decides in [],
    }
}

/// The table of these fields.
pub(super) fn fields() -> impl Iterator<Item = Field> {
    let parts = [
        Detail::FIELDS,
        LinkForm::FIELDS,
        SpanForm::FIELDS,
        Reference::FIELDS,
        PhoneForm::FIELDS,
        CodeForm::FIELDS,
        HandoffForm::FIELDS,
        EventForm::FIELDS,
    ];
    parts.into_iter().flatten().copied()
}

/// A parent: the key of a span of the same source and id, or a reference to another system's span.
#[derive(Debug)]
pub(super) enum ParentForm {
    Key(String),
    Of(Reference),
}

impl Value for ParentForm {
    const EXPECTED: &'static str = "a span's key, or an object with a key";

    fn read(json: &str) -> Reading<Self> {
        match json.starts_with('{') {
            true => Reference::read(json).map(Self::Of),
            false => text(json).map(|key| Self::Key(key.into_owned())),
        }
    }
}

/// A type whose values have words in events. An error lists the words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<T>(pub(super) T);

pub(super) trait Words: DeserializeOwned {
    /// The words, as an error lists them.
    const WORDS: &'static str;
}

impl Words for Role {
    const WORDS: &'static str = "same, root, parent, previous, related or reference";
}
impl Words for Outcome {
    const WORDS: &'static str = "ok, error or abandoned";
}
impl Words for Party {
    const WORDS: &'static str = "customer or centre";
}
impl Words for CodeAct {
    const WORDS: &'static str = "issued or used";
}
impl Words for HandoffAct {
    const WORDS: &'static str = "left or arrived";
}
impl Words for SpanType {
    const WORDS: &'static str = "telephony, ivr, ai_conversation, queue, agent_interaction, hold, wrap_up, \
                                 platform_handoff, voicemail, backend, crm, web or message";
}

impl<T: Words> Value for Word<T> {
    const EXPECTED: &'static str = T::WORDS;

    fn read(json: &str) -> Reading<Self> {
        let word = |text: &str| T::deserialize(de::value::StrDeserializer::<de::value::Error>::new(text));
        text(json).and_then(|text| {
            let text = text.trim();
            let in_our_spelling = || word(&text.to_ascii_lowercase().replace(['-', ' '], "_"));
            word(text).or_else(|_| in_our_spelling()).ok().map(Self)
        })
    }
}

/// Attributes as texts. Numbers and booleans are converted; other values are skipped.
#[derive(Debug, Default)]
pub(super) struct Attributes(pub(super) BTreeMap<String, String>);

impl<'de> Members<'de> for Attributes {
    fn take<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        if let Some(value) = scalar(map.next_value::<&RawValue>()?.get()) {
            self.0.insert(name.into_owned(), value);
        }
        Ok(())
    }
}

impl Value for Attributes {
    const EXPECTED: &'static str = "an object of attributes";

    fn read(json: &str) -> Reading<Self> {
        match Object(Self::default()).deserialize(&mut serde_json::Deserializer::from_str(json)) {
            Ok(Found::Object(attributes)) => Reading::of(attributes),
            Ok(Found::Empty) => Reading::ABSENT,
            Ok(Found::Other) | Err(_) => Reading::UNREADABLE,
        }
    }
}

fn scalar(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b't' | b'f' => Some(json.to_owned()),
        b'-' | b'0'..=b'9' => match json.parse::<i64>() {
            Ok(whole) => Some(whole.to_string()),
            Err(_) => json.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string()),
        },
        _ => None,
    }
}
