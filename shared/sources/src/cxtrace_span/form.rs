//! The form of a Cxtrace Span event's `detail`. What each field means is said in `docs/span.md`.

use std::collections::BTreeMap;
use std::fmt;

use cxtrace_domain::journeys::{CodeAct, HandoffAct, Outcome, Party, Role, SpanType};
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::reading::Time;

#[derive(Debug, Deserialize)]
pub(super) struct Detail {
    pub(super) source: String,
    pub(super) id: String,
    pub(super) observed_at: Option<Time>,
    pub(super) time: Option<Time>,
    pub(super) links: Option<Vec<LinkForm>>,
    pub(super) span: Option<SpanForm>,
    pub(super) spans: Option<Vec<SpanForm>>,
    pub(super) phones: Option<Vec<PhoneForm>>,
    pub(super) code: Option<CodeForm>,
    pub(super) handoff: Option<HandoffForm>,
    pub(super) attributes: Option<Attributes>,
    pub(super) events: Option<Vec<EventForm>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LinkForm {
    pub(super) id: String,
    pub(super) role: Option<Word<Role>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SpanForm {
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) span_type: Option<Word<SpanType>>,
    pub(super) name: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) started_at: Option<Time>,
    pub(super) ended_at: Option<Time>,
    pub(super) status: Option<Word<Outcome>>,
    pub(super) reason: Option<String>,
    pub(super) parent: Option<ParentForm>,
    pub(super) version: Option<u64>,
    pub(super) attributes: Option<Attributes>,
    pub(super) events: Option<Vec<EventForm>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PhoneForm {
    pub(super) party: Word<Party>,
    pub(super) number: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CodeForm {
    pub(super) value: String,
    pub(super) act: Word<CodeAct>,
    pub(super) at: Option<Time>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HandoffForm {
    pub(super) number: String,
    pub(super) act: Word<HandoffAct>,
    pub(super) at: Option<Time>,
    pub(super) customer: Option<String>,
    pub(super) span: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EventForm {
    pub(super) name: String,
    pub(super) at: Time,
    pub(super) attributes: Option<Attributes>,
}

/// A parent: a key of the same source and id, or a whole reference to another's span.
#[derive(Debug)]
pub(super) enum ParentForm {
    Key(String),
    Of(Reference),
}

#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) source: Option<String>,
    pub(super) id: Option<String>,
    pub(super) key: String,
}

impl<'de> Deserialize<'de> for ParentForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = ParentForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a span's key, or an object with a key")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<ParentForm, E> {
                Ok(ParentForm::Key(key.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ParentForm, A::Error> {
                Reference::deserialize(de::value::MapAccessDeserializer::new(map)).map(ParentForm::Of)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// One of the words that the domain knows a thing by; the error lists them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<T>(pub(super) T);

/// What has words.
pub(super) trait Words: DeserializeOwned {
    /// Them, as an error says it.
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

impl<'de, T: Words> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let word = T::deserialize(de::value::StrDeserializer::<de::value::Error>::new(&text));
        word.map(Self).map_err(|_| de::Error::invalid_value(Unexpected::Other("another word"), &T::WORDS))
    }
}

/// Attributes as texts. A number or a truth value is taken as it is written; what is neither is skipped, for a name
/// that a sender chose must not come up in an error.
#[derive(Debug, Default)]
pub(super) struct Attributes(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((name, Scalar(value))) = map.next_entry::<String, _>()? {
                    if let Some(value) = value {
                        all.insert(name, value);
                    }
                }
                Ok(Attributes(all))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute's value")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Some(text.to_owned())))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar(Some(flag.to_string())))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
