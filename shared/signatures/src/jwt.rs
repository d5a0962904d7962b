//! Tokens (JWT, RFC 7519) that are signed with HS256: one in a header that holds the hash of the body, or the body itself.
//! No other algorithm is accepted, whatever the token says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_webhook_auth::{Auth, Encoding, Hash};
use ring::{digest, hmac};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::hmac::key;
use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;
use crate::{compare, header, time};

/// A token in a header.
#[derive(Debug, Clone)]
pub(crate) struct Jwt {
    header: String,
    body_claim: String,
    encoding: Option<Encoding>,
    tolerance: TimeDelta,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    /// Extensions that a reader must know (RFC 7515, 4.1.11). This one knows none.
    crit: Option<Value>,
}

impl Jwt {
    pub(crate) fn try_new(auth: &Auth) -> Result<Self, InvalidAuth> {
        let body_claim = auth.body_claim.clone().filter(|claim| !claim.is_empty());
        if auth.hash == Some(Hash::Sha1) {
            return Err(InvalidAuth::new("hash", "must be sha256 for a token"));
        }
        Ok(Self {
            header: header::name("header", auth.header.as_deref().unwrap_or("authorization"))?,
            body_claim: body_claim
                .ok_or_else(|| InvalidAuth::new("body_claim", "is missing, so nothing would cover the body"))?,
            encoding: auth.encoding,
            tolerance: time::tolerance(auth.tolerance.as_deref())?,
        })
    }

    pub(crate) fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        let value = header::single(request.headers, &self.header)?;
        let claims = claims(value.strip_prefix("Bearer ").unwrap_or(value), secret)?;
        self.check_times(&claims, request.received_at)?;
        let hash = claims.get(&self.body_claim).and_then(Value::as_str).ok_or(Refusal::Malformed)?;
        compare::signature(self.encoding, digest::digest(&digest::SHA256, request.body).as_ref(), hash)
    }

    /// A token must say when it was made or when it ends, and its times must hold.
    fn check_times(&self, claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), Refusal> {
        let time = |name| match claims.get(name) {
            None => Ok(None),
            Some(value) => {
                let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e11).ok_or(Refusal::Malformed)?;
                DateTime::from_timestamp_millis((seconds * 1e3) as i64).map(Some).ok_or(Refusal::Malformed)
            }
        };
        let (issued, ends, begins) = (time("iat")?, time("exp")?, time("nbf")?);
        if issued.is_none() && ends.is_none() {
            return Err(Refusal::Malformed);
        }
        if let Some(issued) = issued {
            time::check(issued, now, self.tolerance)?;
        }
        let has_ended = ends.is_some_and(|ends| ends + self.tolerance < now);
        let has_not_begun = begins.is_some_and(|begins| begins - self.tolerance > now);
        if has_ended || has_not_begun { Err(Refusal::Stale) } else { Ok(()) }
    }
}

/// Checks a body that is a token.
pub(crate) fn verify_body(request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
    let token = std::str::from_utf8(request.body).map_err(|_| Refusal::Malformed)?;
    claims(token, secret).map(drop)
}

/// The claims of a token whose signature is right.
fn claims(token: &str, secret: &str) -> Result<Map<String, Value>, Refusal> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed);
    let header: JoseHeader = serde_json::from_slice(&decode(header)?).map_err(|_| Refusal::Malformed)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    let right = hmac::sign(&key(Hash::Sha256, secret), signed.as_bytes());
    if !compare::equal(URL_SAFE_NO_PAD.encode(right).as_bytes(), signature.as_bytes()) {
        return Err(Refusal::Wrong);
    }
    serde_json::from_slice(&decode(payload)?).map_err(|_| Refusal::Malformed)
}
