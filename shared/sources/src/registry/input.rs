//! The part of a definition that says how a source's events arrive: its inputs. `build.rs` reads the same types. It must not
//! know how anything is decoded.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::poll::Poll;

/// One kind of delivery, and how it is read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Its name in messages.
    pub name: String,
    /// How it arrives. Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// Whether the form is known from the vendor's documentation or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What arrives, in a sentence.
    pub about: String,
    /// What is not confirmed, in a sentence. Required if the status is `unconfirmed`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unconfirmed: String,
    /// The event types that it maps.
    pub events: Vec<String>,
    /// Which events of an EventBridge bus it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eventbridge: Option<EventPattern>,
    /// Which spans of OpenTelemetry it takes. Without it, spans of every library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<SpanPattern>,
    /// How an API is asked for it, if its transport is `poll`. Without it, only recordings are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// A predicate in jq on the decoded body. Without one every delivery of the transport is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How the body is decoded, step by step. The default is JSON.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decode: Vec<Decoder>,
    /// Text fields of the body that hold JSON, as paths such as `data.attributes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub json_fields: Vec<String>,
    /// A program in jq that gives the items of the body. Without one the body is the only item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// The file with the mapping. The default is `map.jq`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// The name of the entry in `auth` that it is proved by. The default is `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
}

impl Input {
    /// The file with the mapping.
    #[must_use]
    pub fn map_file(&self) -> &str {
        self.map.as_deref().unwrap_or("map.jq")
    }
}

/// How a platform's events arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// An EventBridge bus.
    EventBridge,
    /// An HTTP request to `/hooks/<source>`.
    Webhook,
    /// A Kinesis stream.
    Kinesis,
    /// Spans of OpenTelemetry.
    Otlp,
    /// A scheduled request to the platform.
    Poll,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 5] = [Self::EventBridge, Self::Webhook, Self::Kinesis, Self::Otlp, Self::Poll];
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EventBridge => "eventbridge",
            Self::Webhook => "webhook",
            Self::Kinesis => "kinesis",
            Self::Otlp => "otlp",
            Self::Poll => "poll",
        })
    }
}

/// How well the form of an input is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// From the vendor's documentation, code or schema, or from a capture.
    Verified,
    /// In part a guess.
    Unconfirmed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Verified { "verified" } else { "unconfirmed" })
    }
}

/// Which events of an EventBridge bus an input takes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventPattern {
    /// The envelope's `source`. `*` at the end stands for any ending.
    pub source: String,
    /// The envelope's `detail-type`, likewise. Without one every type is taken.
    pub detail_types: Vec<String>,
}

impl EventPattern {
    /// Whether an envelope with these fields is taken.
    #[must_use]
    pub fn matches(&self, source: &str, detail_type: &str) -> bool {
        let matches = |pattern: &str, text: &str| match pattern.strip_suffix('*') {
            Some(beginning) => text.starts_with(beginning),
            None => text == pattern,
        };
        matches(&self.source, source)
            && (self.detail_types.is_empty() || self.detail_types.iter().any(|pattern| matches(pattern, detail_type)))
    }
}

/// Which spans of OpenTelemetry an input takes, and what their attributes name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpanPattern {
    /// The instrumentation scopes. `*` at the end stands for any ending.
    pub scopes: Vec<String>,
    /// The attributes that hold an id of an interaction, each with the id's namespace. A trace that has one belongs to a journey.
    pub ids: BTreeMap<String, String>,
}

impl SpanPattern {
    /// Whether spans of this scope may be taken.
    #[must_use]
    pub fn matches(&self, scope: &str) -> bool {
        let matches = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => scope.starts_with(beginning),
            None => scope == pattern,
        };
        self.scopes.is_empty() || self.scopes.iter().any(matches)
    }
}

/// A step of decoding a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decoder {
    /// Compressed bytes.
    Gzip,
    /// Base64, with either alphabet.
    Base64,
    /// Plain text, which becomes one string.
    Text,
    /// JSON, or one JSON document a line, which become a list.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// The claims of a JSON Web Token. The signature is checked before, and not here.
    Jwt,
    /// Lines of comma-separated values with a header line. They become a list of objects.
    Csv,
    /// The same with `|` between values.
    Pipe,
    /// `name=value` pairs. Each line becomes an object of a list.
    KeyValue,
}
