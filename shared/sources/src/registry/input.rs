//! The part of a definition that says how a source's events arrive: its inputs, and how its webhooks prove who sent them.
//! `build.rs` reads the same types. It must not know how anything is decoded or verified.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// A length of time: `30s`, `15m`, `24h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(u64);

impl Length {
    /// The length in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds > 0 && seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
            seconds if seconds > 0 && seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (number, unit) = text.split_at(text.len().saturating_sub(1));
        let unit = match unit {
            "s" => Some(1),
            "m" => Some(60),
            "h" => Some(3600),
            _ => None,
        };
        let seconds = unit.zip(number.parse::<u64>().ok()).and_then(|(unit, number)| number.checked_mul(unit));
        let seconds = seconds.filter(|seconds| *seconds <= 14 * 24 * 3600);
        seconds.map(Self).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is not a length of time up to 14 days. Write 30s, 15m or 24h"))
        })
    }
}

/// How a source's webhooks prove who sent them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Auths {
    /// What the platform asks of an address before it uses it.
    pub handshake: Option<Handshake>,
    /// By name. An input without a name uses `default`.
    pub schemes: BTreeMap<String, Auth>,
}

impl Auths {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handshake.is_none() && self.schemes.is_empty()
    }
}

impl Serialize for Auths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        if let Some(handshake) = &self.handshake {
            map.serialize_entry("handshake", handshake)?;
        }
        for (name, auth) in &self.schemes {
            map.serialize_entry(name, auth)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Auths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Auths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("schemes by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Auths, A::Error> {
                let mut auths = Auths::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "handshake" {
                        auths.handshake = Some(map.next_value()?);
                    } else {
                        auths.schemes.insert(name, map.next_value()?);
                    }
                }
                Ok(auths)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// One way to prove who sent a webhook. Secrets are never written here: they come from Secrets Manager, by source and name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// The scheme. Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// The hash of `hmac` and of a body's claim. The default is SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// How a signature, or a body's hash in a claim, is written. The default is hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The header with the signature or token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What stands before the signature in the header, such as `sha256=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The names of the parts of a header such as `t=..,v0=..`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<SignatureParts>,
    /// What is signed: a template of `{body}`, `{timestamp}`, `{method}`, `{url}` and `{url_decoded}`. The default is
    /// `{body}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The header with the time of the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_header: Option<String>,
    /// How old a signature may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Length>,
    /// The claim of a JSON Web Token with the hash of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_claim: Option<String>,
}

/// The names of the parts of a signature header.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignatureParts {
    /// The part with the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The part with the signature.
    pub signature: String,
}

/// How a webhook proves who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Twilio's rule over the address and the form's fields.
    Twilio,
    /// A keyed hash of a template.
    Hmac,
    /// A JSON Web Token in a header, with the hash of the body.
    Jwt,
    /// The body itself is a JSON Web Token.
    JwtBody,
    /// An Ed25519 signature.
    Ed25519,
    /// An ECDSA signature over P-256.
    Ecdsa,
    /// `Authorization: Bearer` and the secret.
    Bearer,
    /// `Authorization: Basic` with the secret, `user:password`.
    Basic,
    /// A header that equals the secret.
    Token,
    /// A detached JSON Web Signature.
    JwsDetached,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hash {
    Sha1,
    Sha256,
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Hex,
    Base64,
}

/// What a platform asks of an address before it uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Handshake {
    Zoom,
    RingCentral,
    #[serde(rename = "8x8")]
    EightByEight,
    None,
}

/// The names of inputs, for checks.
pub(crate) fn repeated(inputs: &[Input]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    inputs.iter().map(|input| input.name.as_str()).find(|name| !seen.insert(*name))
}
