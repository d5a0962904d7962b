//! Signatures of a private key that only the vendor has: Ed25519, and ECDSA over P-256 with SHA-256. The secret is the
//! vendor's public key: as PEM, or its bytes in base64 or hexadecimal digits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use cxtrace_webhook_auth::{Auth, Encoding};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;
use crate::template::Template;
use crate::{header, time};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    Ed25519,
    P256,
}

#[derive(Debug, Clone)]
pub(crate) struct PublicKey {
    curve: Curve,
    header: String,
    encoding: Option<Encoding>,
    signed: Template,
    timestamp_header: Option<String>,
    tolerance: TimeDelta,
}

/// What precedes the key's bytes in a SubjectPublicKeyInfo (RFC 8410 and RFC 5480).
const ED25519_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The length of a signature of P-256 that is two numbers beside each other.
const FIXED: usize = 64;

impl PublicKey {
    pub(crate) fn try_new(curve: Curve, auth: &Auth) -> Result<Self, InvalidAuth> {
        let header = auth.header.as_deref().ok_or_else(|| InvalidAuth::new("header", "is missing"))?;
        let signed = Template::try_new(auth.signed.as_deref().unwrap_or("{body}"))?;
        let timestamp_header = auth.timestamp_header.as_deref();
        let timestamp_header = timestamp_header.map(|name| header::name("timestamp_header", name)).transpose()?;
        if signed.has_timestamp() != timestamp_header.is_some() {
            let problem = "must hold {timestamp} exactly if `timestamp_header` names the time";
            return Err(InvalidAuth::new("signed", problem));
        }
        Ok(Self {
            curve,
            header: header::name("header", header)?,
            encoding: auth.encoding,
            signed,
            timestamp_header,
            tolerance: time::tolerance(auth.tolerance.as_deref())?,
        })
    }

    pub(crate) fn covers_url(&self) -> bool {
        self.signed.has_url()
    }

    pub(crate) fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        let written = header::single(request.headers, &self.header)?;
        let timestamp = self.timestamp_header.as_deref().map(|name| header::single(request.headers, name));
        let timestamp = timestamp.transpose()?.unwrap_or_default();
        if self.timestamp_header.is_some() {
            time::check(time::signed_at(timestamp)?, request.received_at, self.tolerance)?;
        }
        let in_hex = || hex::decode(written).ok().filter(|_| self.encoding != Some(Encoding::Base64));
        let in_base64 = || STANDARD.decode(written).ok().filter(|_| self.encoding != Some(Encoding::Hex));
        let signature = in_hex().or_else(in_base64).ok_or(Refusal::Malformed)?;
        let key = self.curve.key(secret).ok_or(Refusal::UnusableSecret)?;
        let message: Vec<u8> = self.signed.pieces(request, timestamp).flat_map(|piece| piece.into_owned()).collect();
        let algorithm = self.curve.algorithm(signature.len());
        UnparsedPublicKey::new(algorithm, key).verify(&message, &signature).map_err(|_| Refusal::Wrong)
    }
}

impl Curve {
    fn algorithm(self, length: usize) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 => &signature::ED25519,
            Self::P256 if length == FIXED => &signature::ECDSA_P256_SHA256_FIXED,
            Self::P256 => &signature::ECDSA_P256_SHA256_ASN1,
        }
    }

    /// The bytes of a key.
    fn key(self, text: &str) -> Option<Vec<u8>> {
        let text: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let text = text.trim();
        let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text)).ok()?;
        let (info, length): (&[u8], _) = match self {
            Self::Ed25519 => (&ED25519_INFO, 32),
            Self::P256 => (&P256_INFO, 65),
        };
        let key = bytes.strip_prefix(info).unwrap_or(&bytes);
        (key.len() == length).then(|| key.to_vec())
    }
}
