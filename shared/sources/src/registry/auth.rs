//! The part of a definition that says how its webhooks prove who sent them. `build.rs` reads the same types. It must not know how
//! anything is verified.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::length::Length;

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
