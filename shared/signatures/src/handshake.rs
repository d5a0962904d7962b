//! Handshakes: requests by which a vendor proves, before it sends events, that we answer. They hold no event.

use cxtrace_webhook_auth::Hash;
use http::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hmac::key;

/// The largest body of a handshake.
const MAX_BYTES: usize = 2_048;

/// The longest token that is sent back.
const MAX_TOKEN: usize = 512;

/// How a vendor checks the address of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Handshake {
    /// A signed event `endpoint.url_validation`, whose token is sent back with its HMAC.
    #[serde(rename = "zoom")]
    Zoom,
    /// A request with the header `Validation-Token`, which is sent back. It has no signature.
    #[serde(rename = "ringcentral")]
    RingCentral,
    /// An event `WEB_HOOK_VERIFY`, which is answered with 200. It has no signature.
    #[serde(rename = "8x8")]
    EightByEight,
}

/// The answer to a handshake, with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeAnswer {
    Empty,
    /// A header, as it came.
    Header(HeaderName, HeaderValue),
    /// A JSON body.
    Json(String),
}

impl Handshake {
    /// The answer to a request that needs no signature. `None` if it is not such a handshake.
    #[must_use]
    pub fn answer_unsigned(self, headers: &HeaderMap, body: &[u8]) -> Option<HandshakeAnswer> {
        match self {
            Self::Zoom => None,
            Self::RingCentral => {
                let name = HeaderName::from_static("validation-token");
                let mut values = headers.get_all(&name).iter();
                let (Some(token), None) = (values.next(), values.next()) else { return None };
                let is_token = token.len() <= MAX_TOKEN && token.to_str().is_ok_and(|token| !token.is_empty());
                is_token.then(|| HandshakeAnswer::Header(name, token.clone()))
            }
            Self::EightByEight => {
                (small(body)?.get("eventType")? == "WEB_HOOK_VERIFY").then_some(HandshakeAnswer::Empty)
            }
        }
    }

    /// The answer to a request whose signature is right. `None` if it is not such a handshake.
    #[must_use]
    pub fn answer_signed(self, body: &[u8], secret: &str) -> Option<HandshakeAnswer> {
        let Self::Zoom = self else { return None };
        let event = small(body)?;
        if event.get("event")? != "endpoint.url_validation" {
            return None;
        }
        let token = event.get("payload")?.get("plainToken")?.as_str().filter(|token| token.len() <= MAX_TOKEN)?;
        let tag = hmac::sign(&key(Hash::Sha256, secret), token.as_bytes());
        let answer = json!({"plainToken": token, "encryptedToken": hex::encode(tag)});
        Some(HandshakeAnswer::Json(answer.to_string()))
    }
}

fn small(body: &[u8]) -> Option<Value> {
    (body.len() <= MAX_BYTES).then(|| serde_json::from_slice(body).ok())?
}
