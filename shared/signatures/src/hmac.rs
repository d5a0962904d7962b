//! An HMAC over a template: most vendors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use cxtrace_webhook_auth::{Auth, Encoding, Hash, Parts};
use ring::hmac;

use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;
use crate::template::Template;
use crate::{compare, header, parts, time};

#[derive(Debug, Clone)]
pub(crate) struct Hmac {
    hash: Hash,
    encoding: Encoding,
    header: String,
    prefix: String,
    parts: Option<Parts>,
    signed: Template,
    timestamp_header: Option<String>,
    tolerance: TimeDelta,
}

impl Hmac {
    pub(crate) fn try_new(auth: &Auth) -> Result<Self, InvalidAuth> {
        let header = auth.header.as_deref().ok_or_else(|| InvalidAuth::new("header", "is missing"))?;
        let signed = Template::try_new(auth.signed.as_deref().unwrap_or("{body}"))?;
        let timestamp_header = auth.timestamp_header.as_deref();
        let timestamp_header = timestamp_header.map(|name| header::name("timestamp_header", name)).transpose()?;
        let is_in_parts = auth.parts.as_ref().is_some_and(|parts| !parts.timestamp.is_empty());
        let has_time = is_in_parts || timestamp_header.is_some();
        if signed.has_timestamp() != has_time {
            let problem = "must hold {timestamp} exactly if `parts` or `timestamp_header` names the time";
            return Err(InvalidAuth::new("signed", problem));
        }
        if is_in_parts && timestamp_header.is_some() {
            return Err(InvalidAuth::new("timestamp_header", "and `parts` both name the time; leave one out"));
        }
        Ok(Self {
            hash: auth.hash.unwrap_or(Hash::Sha256),
            encoding: auth.encoding.unwrap_or(Encoding::Hex),
            header: header::name("header", header)?,
            prefix: auth.prefix.clone(),
            parts: auth.parts.clone(),
            signed,
            timestamp_header,
            tolerance: time::tolerance(auth.tolerance.as_deref())?,
        })
    }

    pub(crate) fn covers_url(&self) -> bool {
        self.signed.has_url()
    }

    pub(crate) fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        let header = header::single(request.headers, &self.header)?;
        let (in_parts, signatures) = match &self.parts {
            Some(names) => parts::read(names, header)?,
            None => (None, vec![header]),
        };
        let timestamp = match &self.timestamp_header {
            Some(name) => header::single(request.headers, name)?,
            None => in_parts.unwrap_or_default(),
        };
        if self.signed.has_timestamp() {
            time::check(time::signed_at(timestamp)?, request.received_at, self.tolerance)?;
        }
        let right = self.tag(request, timestamp, secret);
        let is_right = |written: &&str| match written.strip_prefix(self.prefix.as_str()) {
            Some(written) => compare::signature(Some(self.encoding), right.as_ref(), written).is_ok(),
            None => false,
        };
        if signatures.iter().any(is_right) { Ok(()) } else { Err(Refusal::Wrong) }
    }

    fn tag(&self, request: &SignedRequest<'_>, timestamp: &str, secret: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&key(self.hash, secret));
        self.signed.pieces(request, timestamp).for_each(|piece| context.update(&piece));
        context.sign()
    }
}

/// What marks a secret as bytes in base64.
const BYTES: &str = "base64:";

/// The key of an HMAC: the secret's text, or the bytes that it stands for.
pub(crate) fn key(hash: Hash, secret: &str) -> hmac::Key {
    let algorithm = match hash {
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hmac::HMAC_SHA256,
    };
    match secret.strip_prefix(BYTES).and_then(|bytes| STANDARD.decode(bytes).ok()) {
        Some(bytes) => hmac::Key::new(algorithm, &bytes),
        None => hmac::Key::new(algorithm, secret.as_bytes()),
    }
}
