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
            key if key.ends_with('=') || key.starts_with("-----") || key.starts_with('{') => continue,
            secret => format!("{secret}!"),
        };
        let other = Vector { secret: other, ..vector };
        assert_eq!(other.verify(), Err(Refusal::Wrong), "{}", other.name);
    }
}

#[test]
fn another_key_of_8x8_and_another_algorithm_are_refused() {
    let vector = Vector::named("8x8: a detached JWS with a key as 8x8 gives it");
    let with = |from: &str, to: &str| {
        assert!(vector.secret.contains(from));
        Vector { secret: vector.secret.replacen(from, to, 1), ..vector.clone() }.verify()
    };
    assert_eq!(with("key1", "key2"), Err(Refusal::Wrong));
    assert_eq!(with("v1W4", "v1W5"), Err(Refusal::Wrong));
    assert_eq!(with("\"n\"", "\"m\""), Err(Refusal::UnusableSecret));
    let signature = &vector.headers["x-8x8-signature"];
    let (_, signed) = signature.split_once('.').unwrap();
    for (name, jose) in [
        ("none", r#"{"b64":false,"crit":["b64"],"kid":"key1","alg":"none"}"#),
        ("HS256", r#"{"b64":false,"crit":["b64"],"kid":"key1","alg":"HS256"}"#),
        ("no crit", r#"{"b64":false,"crit":[],"kid":"key1","alg":"RS256"}"#),
    ] {
        use base64::Engine as _;
        let jose = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(jose);
        let mut headers = vector.map();
        headers.insert("x-8x8-signature", HeaderValue::from_str(&format!("{jose}.{signed}")).unwrap());
        let verified = vector.verify_with(&headers, &vector.url, vector.body.as_bytes());
        assert_eq!(verified, Err(Refusal::Malformed), "{name}");
    }
}
