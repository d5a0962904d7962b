//! The block `auth` of a source's definition: how its webhooks prove who sends them. The registry of sources reads the block, and
//! `cxtrace-signatures` verifies by it. This crate holds data alone. It must not know how anything is verified.

use serde::{Deserialize, Serialize};

/// One way to prove who sent a webhook. Secrets are never written here: they come from Secrets Manager, by source and name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// A definition must name one. A secret without a definition uses `bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// The hash of an HMAC, or of the body in a token. The default is `sha256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// How the signature, or the body's hash in a token, is written. The default is `hex` for an HMAC; other signatures
    /// may be hex or base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The header with the signature or the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What precedes the signature in its header, such as `sha256=`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The names in a header of the form `t=1739537297,v0=918a…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// The signed text, with `{body}`, `{timestamp}`, `{method}`, `{url}` and `{url_decoded}`. The default is `{body}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The header with the time of signing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_header: Option<String>,
    /// By how much the time of signing may differ from ours, in both directions, such as `5m`. The default is 5 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<String>,
    /// The claim of a token that holds the hash of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_claim: Option<String>,
}

/// The kind of proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// HMAC-SHA1 over the public URL and the sorted parameters of a form, or over the URL with the hash of the body.
    Twilio,
    /// An HMAC over a template.
    Hmac,
    /// A token (JWT, HS256) in a header that holds the hash of the body.
    Jwt,
    /// The body is a token (JWT, HS256).
    JwtBody,
    /// A signature of an Ed25519 key, of which we have the public half.
    Ed25519,
    /// A signature of a P-256 key, of which we have the public half.
    Ecdsa,
    /// `Authorization: Bearer <secret>`.
    Bearer,
    /// `Authorization: Basic <user:password in base64>`. The secret is `user:password`.
    Basic,
    /// A header that is the secret.
    Token,
    /// The detached JSON Web Signature (RS256) of 8x8, over its headers and the CRC32 of the body.
    JwsDetached,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hash {
    Sha1,
    Sha256,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
}

/// The names of the time and of the signature in one header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// Empty if the header holds no time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timestamp: String,
    pub signature: String,
}
