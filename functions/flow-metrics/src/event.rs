//! Reading an EventBridge event: what it is, and what of it matters. Unknown fields are ignored.
//!
//! Attribute values and the names of ordinary attributes are skipped unread. No error repeats a part of
//! the event but the names of fields that Genesys defines, for an event is full of personal data.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::attribute::SEPARATOR;
use cxtrace_domain::metrics::{ConversationId, MediaType, timestamp};
use cxtrace_privacy::safe_text;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The one topic that is read. EventBridge's `detail-type` holds the template, `{id}` and all.
pub const TOPIC: &str = "v2.detail.events.conversation.{id}.attributes";

/// An event that cannot be read. It goes to the dead-letter queue as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event cannot be read: {field} {problem}. Compare it with a sample in events/genesys/attributes.")]
pub struct EventError {
    field: String,
    problem: String,
}

/// What arrived.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// Participant attributes were set.
    Attributes(AttributesEvent<'a>),
    /// Another topic, for somebody else.
    Foreign {
        /// Its `detail-type`, shortened.
        topic: String,
    },
}

/// What matters of an attributes event.
#[derive(Debug)]
pub struct AttributesEvent<'a> {
    /// The conversation.
    pub conversation: ConversationId,
    /// When Genesys published it.
    pub published: DateTime<Utc>,
    /// The names of those attributes that may be metrics.
    pub names: Vec<Cow<'a, str>>,
    /// The medium of the participant's first communication.
    pub media: Option<MediaType>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type", borrow)]
    detail_type: Cow<'a, str>,
    #[serde(default)]
    time: Option<Time>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(default)]
    timestamp: Option<Time>,
    #[serde(rename = "eventBody", borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(deserialize_with = "conversation_id")]
    conversation_id: ConversationId,
    #[serde(default, borrow)]
    attributes: Option<Names<'a>>,
    #[serde(default, borrow)]
    communications: Option<Vec<Communication<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Communication<'a> {
    #[serde(default, borrow)]
    media_type: Option<Cow<'a, str>>,
}

/// Reads an event.
///
/// # Errors
/// When it is no JSON object, or a field that is needed is missing or of the wrong kind.
pub fn read(json: &str) -> Result<Incoming<'_>, EventError> {
    let envelope: Envelope<'_> = parse(json, "")?;
    if envelope.detail_type != TOPIC {
        let topic = safe_text::label(&envelope.detail_type).unwrap_or_else(|| "a topic that is no label".to_owned());
        return Ok(Incoming::Foreign { topic });
    }
    let detail: Detail<'_> = parse(envelope.detail.get(), "detail")?;
    let published = match detail.timestamp.or(envelope.time) {
        Some(Time(published)) => published,
        None => return Err(EventError { field: "time".to_owned(), problem: "is missing".to_owned() }),
    };
    let communications = detail.body.communications.unwrap_or_default();
    let media = communications.iter().find_map(|c| c.media_type.as_deref()).map(MediaType::read);
    Ok(Incoming::Attributes(AttributesEvent {
        conversation: detail.body.conversation_id,
        published,
        names: detail.body.attributes.map(|names| names.0).unwrap_or_default(),
        media,
    }))
}

/// A point in time as RFC 3339.
struct Time(DateTime<Utc>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a time such as 2023-03-05T08:18:04.568Z";
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        timestamp::parse(&text)
            .map(Self)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Other("another text"), &EXPECTED))
    }
}

fn conversation_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ConversationId, D::Error> {
    let text = String::deserialize(deserializer)?;
    ConversationId::try_new(text)
        .map_err(|_| de::Error::invalid_value(de::Unexpected::Other("another text"), &"an id of 1 to 256 bytes"))
}

/// The names of attributes that may be metrics; values are skipped.
struct Names<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Names<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Names<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut names = Vec::new();
                while let Some((Name(name), IgnoredAny)) = map.next_entry()? {
                    if name.ends_with(')') && memchr::memmem::find(name.as_bytes(), SEPARATOR.as_bytes()).is_some() {
                        names.push(name);
                    }
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// An attribute's name, borrowed where it can be.
///
/// JSON lets a text hold half of a surrogate pair, which is what is left of a character that was cut in two, and which
/// no text of ours can hold. In a name it is read as replacement characters: one strange name must not keep the others
/// from being counted. In a value it is skipped like any other.
pub(crate) struct Name<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute's name")
            }

            fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Name(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }
        // As bytes, for as a text the parser refuses half a pair, and with it the event.
        deserializer.deserialize_bytes(Reader)
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str, at: &str) -> Result<T, EventError> {
    // The path to the field is only worked out for an event that cannot be read.
    serde_json::from_str(json).map_err(|_| explain::<T>(json, at))
}

fn explain<'a, T: Deserialize<'a>>(json: &'a str, at: &str) -> EventError {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let error = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => error,
        // Only what follows the document was wrong.
        Ok(_) => {
            return EventError { field: "it".to_owned(), problem: "is followed by more than one document".to_owned() };
        }
    };
    let path = match error.path().to_string() {
        // What a document is that ends too early, no path can tell.
        path if path == "." || path == "?" => at.to_owned(),
        path if at.is_empty() => path,
        path => format!("{at}.{path}"),
    };
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        // The path may lead through a field that is not ours, and its name may be anybody's.
        let problem = format!("is no JSON, from line {} column {} on", inner.line(), inner.column());
        return EventError { field: if at.is_empty() { "it" } else { at }.to_owned(), problem };
    }
    // serde's message repeats what it found, which may be anybody's data; these two parts never do.
    let message = inner.to_string();
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let field = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        return EventError { field, problem: "is missing".to_owned() };
    }
    if let Some(name) = message.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next()) {
        return EventError { field: name.to_owned(), problem: "is there twice".to_owned() };
    }
    let expected = message
        .rsplit_once(", expected ")
        .map_or("another kind of value", |(_, rest)| rest.split(" at line ").next().unwrap_or(rest));
    let expected = expected.strip_prefix("struct ").map_or(expected, |_| "an object");
    let expected = if expected == "any valid JSON value" { "valid JSON" } else { expected };
    EventError { field: if path.is_empty() { "it".to_owned() } else { path }, problem: format!("is not {expected}") }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(json: &str) -> AttributesEvent<'_> {
        match read(json) {
            Ok(Incoming::Attributes(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    fn event(detail: &str) -> String {
        format!(r#"{{"detail-type":"{TOPIC}","time":"2023-03-05T08:18:05Z","detail":{detail}}}"#)
    }

    fn refusal(json: &str) -> String {
        let error = read(json).unwrap_err();
        format!("{} {}", error.field, error.problem)
    }

    #[test]
    fn only_names_that_may_be_metrics_are_kept() {
        let json = event(
            r#"{"timestamp":"2023-03-05T08:18:05.123Z","eventBody":{"conversationId":"c","eventTime":1678004285123,
            "attributes":{"AMetric_B(2023-03-05T08:18:04Z)":"1","AccountID":"0-000000","LLM (AW) question":{"a":[1]},
            "\u0041Metric_C(x)":null}}}"#,
        );
        let event = attributes(&json);
        assert_eq!(event.names, ["AMetric_B(2023-03-05T08:18:04Z)", "AMetric_C(x)"]);
        assert_eq!(event.published.to_rfc3339(), "2023-03-05T08:18:05.123+00:00");
        assert_eq!(event.media, None);
    }

    #[test]
    fn the_envelopes_time_stands_in_for_a_missing_timestamp() {
        let json = event(r#"{"eventBody":{"conversationId":"c","eventTime":"2023-03-05T08:18:05Z"}}"#);
        let event = attributes(&json);
        assert_eq!(event.published.to_rfc3339(), "2023-03-05T08:18:05+00:00");
        assert!(event.names.is_empty());
    }

    #[test]
    fn the_first_communication_with_a_medium_tells_the_media_type() {
        let json = event(r#"{"eventBody":{"conversationId":"c","communications":[{"id":"x"},{"mediaType":"VOICE"}]}}"#);
        assert_eq!(attributes(&json).media, Some(MediaType::read("voice")));
    }

    #[test]
    fn another_topic_is_foreign_whatever_it_holds() {
        let json = r#"{"detail-type":"v2.detail.events.conversation.{id}.customer.end","detail":{"eventBody":7}}"#;
        assert!(matches!(read(json), Ok(Incoming::Foreign { topic }) if topic.ends_with("customer.end")));
    }

    #[test]
    fn an_event_that_cannot_be_read_says_which_field() {
        assert_eq!(refusal("{}"), "detail-type is missing");
        assert_eq!(refusal("[]"), "it is not an object");
        assert_eq!(refusal("{"), "it is no JSON, from line 1 column 1 on");
        assert_eq!(refusal(r#"{"detail-type":7,"detail":{}}"#), "detail-type is not a string");
        assert_eq!(refusal(&event("{}")), "detail.eventBody is missing");
        assert_eq!(refusal(&event(r#"{"eventBody":{}}"#)), "detail.eventBody.conversationId is missing");
        assert_eq!(
            refusal(&event(r#"{"eventBody":{"conversationId":7}}"#)),
            "detail.eventBody.conversationId is not a string"
        );
        assert_eq!(
            refusal(&event(r#"{"eventBody":{"conversationId":""}}"#)),
            "detail.eventBody.conversationId is not an id of 1 to 256 bytes"
        );
        assert_eq!(
            refusal(&event(r#"{"timestamp":"soon","eventBody":{"conversationId":"c"}}"#)),
            "detail.timestamp is not a time such as 2023-03-05T08:18:04.568Z"
        );
        assert_eq!(
            refusal(&format!(r#"{{"detail-type":"{TOPIC}","detail":{{"eventBody":{{"conversationId":"c"}}}}}}"#)),
            "time is missing"
        );
    }

    #[test]
    fn an_error_repeats_nothing_that_a_customer_said() {
        let secret = "+44 7700 900123";
        for detail in [
            format!(r#"{{"eventBody":{{"conversationId":"c","attributes":"{secret}"}}}}"#),
            format!(r#"{{"eventBody":"{secret}"}}"#),
            format!(r#"{{"timestamp":"{secret}","eventBody":{{"conversationId":"c"}}}}"#),
            format!(r#""{secret}""#),
        ] {
            let error = read(&event(&detail)).unwrap_err().to_string();
            assert!(!error.contains("7700"), "{error}");
        }
    }

    #[test]
    fn neither_a_strange_field_nor_a_strange_topic_is_repeated() {
        assert_eq!(refusal(r#"{"Ada Lovelace":{"Ada":nope}}"#), "it is no JSON, from line 1 column 25 on");
        let foreign = read(r#"{"detail-type":"call +44 7700 900123","detail":{}}"#);
        assert!(matches!(foreign, Ok(Incoming::Foreign { topic }) if topic == "a topic that is no label"));
    }

    #[test]
    fn half_a_character_in_a_name_or_a_value_keeps_nothing_from_being_counted() {
        let json = event(
            r#"{"eventBody":{"conversationId":"c","attributes":{"Nickname \ud83d":"x","Nickname":"Ada \ud83d",
            "AMetric_B(2023-03-05T08:18:04Z)":"\ud800","CMetric_\udc00(2023-03-05T08:18:04Z)":{"\ud800":1},
            "DMetric_\ud83d\ude00(2023-03-05T08:18:04Z)":"1"}}}"#,
        );
        let read = ["AMetric_B", "CMetric_\u{fffd}\u{fffd}\u{fffd}", "DMetric_\u{1f600}"];
        assert_eq!(attributes(&json).names, read.map(|name| format!("{name}(2023-03-05T08:18:04Z)")));
    }

    #[test]
    fn half_a_character_where_we_need_a_text_is_refused() {
        let refused = refusal(&event(r#"{"eventBody":{"conversationId":"\ud800"}}"#));
        assert!(refused.starts_with("detail is no JSON, from line 1 column "), "{refused}");
    }

    #[test]
    fn deep_nesting_is_skipped_or_refused_without_a_crash() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let json = event(&format!(r#"{{"eventBody":{{"conversationId":"c","attributes":{{"a":{deep}}}}}}}"#));
        let _ = read(&json);
        let _ = read(&deep);
    }
}
