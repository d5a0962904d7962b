//! Requests with right signatures, made by other programs than this crate (Python's hmac, OpenSSL; the first is Twilio's own
//! example).

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_signatures::{Auth, Refusal, SignedRequest, Verifier};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) auth: Auth,
    pub(crate) secret: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: std::collections::BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) received_at: DateTime<Utc>,
    /// What the signature covers: `body`, `form` (the decoded parameters of the body), `url`, `header:<name>`.
    pub(crate) covers: Vec<String>,
}

impl Vector {
    pub(crate) fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../vectors.json")).unwrap()
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::all().into_iter().find(|vector| vector.name == name).unwrap()
    }

    pub(crate) fn map(&self) -> HeaderMap {
        let pairs = self.headers.iter();
        pairs
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    pub(crate) fn covers(&self, part: &str) -> bool {
        self.covers.iter().any(|covered| covered == part)
    }

    /// Checks the request with these parts in place of its own.
    pub(crate) fn verify_with(&self, headers: &HeaderMap, url: &str, body: &[u8]) -> Result<(), Refusal> {
        let (method, received_at) = (self.method.as_str(), self.received_at);
        let request = SignedRequest { method, url, headers, body, received_at };
        Verifier::try_new(&self.auth).unwrap().verify(&request, &self.secret)
    }

    pub(crate) fn verify(&self) -> Result<(), Refusal> {
        self.verify_with(&self.map(), &self.url, self.body.as_bytes())
    }

    pub(crate) fn received(&self, later: TimeDelta) -> Self {
        Self { received_at: self.received_at + later, ..self.clone() }
    }
}

#[test]
fn every_right_signature_is_accepted() {
    let vectors = Vector::all();
    assert!(vectors.len() > 15);
    for vector in vectors {
        assert_eq!(vector.verify(), Ok(()), "{}", vector.name);
    }
}

#[test]
fn another_secret_is_refused() {
    for vector in Vector::all() {
        // Another key of the same curve: the last byte of a public key is flipped in its text, or all of a secret differs.
        let other = match vector.secret.as_str() {
            key if key.ends_with('=') || key.starts_with("-----") => continue,
            secret => format!("{secret}!"),
        };
        let other = Vector { secret: other, ..vector };
        assert_eq!(other.verify(), Err(Refusal::Wrong), "{}", other.name);
    }
}
