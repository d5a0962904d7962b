//! The detached JSON Web Signature of 8x8 (RFC 7515 and RFC 7797, RS256): over a JSON text of its headers and the CRC32 of the body.
//! The source is 8x8's page "Validating webhook events". The secret is 8x8's public key: a JWK as its API gives it, or PEM.
//!
//! The signature covers the body by its CRC32 alone. Whoever has seen a signed request could make another body with the same
//! CRC32 within the tolerance. No flipped byte passes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use cxtrace_webhook_auth::Auth;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;
use crate::{header, time};

const CUSTOMER: &str = "x-8x8-customer-id";
const EVENT: &str = "x-8x8-event-id";
const RETRY: &str = "x-8x8-retry";
const TENANT: &str = "x-8x8-tenant-id";
const SENT: &str = "x-8x8-transmission-time";

/// The algorithm `rsaEncryption` and the beginning of the bits that follow it in a SubjectPublicKeyInfo (RFC 3279).
const RSA: [u8; 14] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03];

#[derive(Debug, Clone)]
pub(crate) struct Jws {
    header: String,
    tolerance: TimeDelta,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// The payload is not encoded (RFC 7797).
    b64: bool,
    crit: Vec<String>,
}

/// A public key of RSA.
#[derive(Deserialize)]
struct Jwk {
    #[serde(default)]
    kid: Option<String>,
    n: String,
    e: String,
}

impl Jws {
    pub(crate) fn try_new(auth: &Auth) -> Result<Self, InvalidAuth> {
        let header = auth.header.as_deref().ok_or_else(|| InvalidAuth::new("header", "is missing"))?;
        Ok(Self { header: header::name("header", header)?, tolerance: time::tolerance(auth.tolerance.as_deref())? })
    }

    pub(crate) fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        let token = header::single(request.headers, &self.header)?;
        let (protected, signature) = token.split_once("..").ok_or(Refusal::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed);
        let jose: JoseHeader = serde_json::from_slice(&decode(protected)?).map_err(|_| Refusal::Malformed)?;
        // No other algorithm is accepted, whatever the token says.
        if jose.alg != "RS256" || jose.b64 || jose.crit != ["b64"] {
            return Err(Refusal::Malformed);
        }
        let sent = header::single(request.headers, SENT)?;
        time::check(time::signed_at(sent)?, request.received_at, self.tolerance)?;
        let message = format!("{protected}.{}", payload(request, sent)?);
        let signature = decode(signature)?;
        check(secret, jose.kid.as_deref(), message.as_bytes(), &signature)
    }
}

/// The signed text: its keys are in the order of the alphabet, and nothing stands between them.
fn payload(request: &SignedRequest<'_>, sent: &str) -> Result<String, Refusal> {
    let text = |name: &str| Ok(Value::from(header::single(request.headers, name)?).to_string());
    let number = |text: &str| text.parse::<u64>().map_err(|_| Refusal::Malformed);
    Ok(format!(
        r#"{{"checksum":{},"cid":{},"eid":{},"retry":{},"tid":{},"tt":{}}}"#,
        crc32(request.body),
        text(CUSTOMER)?,
        text(EVENT)?,
        number(header::single(request.headers, RETRY)?)?,
        text(TENANT)?,
        number(sent)?,
    ))
}

fn check(secret: &str, kid: Option<&str>, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    if let Ok(jwk) = serde_json::from_str::<Jwk>(secret) {
        // A token of another key is checked with the other secrets.
        if jwk.kid.is_some() && kid.is_some() && jwk.kid.as_deref() != kid {
            return Err(Refusal::Wrong);
        }
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::UnusableSecret);
        let key = RsaPublicKeyComponents { n: bytes(&jwk.n)?, e: bytes(&jwk.e)? };
        return key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).map_err(|_| Refusal::Wrong);
    }
    let key = pem(secret).ok_or(Refusal::UnusableSecret)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message, signature).map_err(|_| Refusal::Wrong)
}

/// The key of a SubjectPublicKeyInfo in PEM.
fn pem(text: &str) -> Option<Vec<u8>> {
    let text: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let after = bytes.windows(RSA.len()).position(|part| part == RSA)? + RSA.len();
    // The length of the bits, which has two bytes for these keys, and the number of unused bits.
    let [0x82, _, _, 0, key @ ..] = bytes.get(after..)? else { return None };
    Some(key.to_vec())
}

/// The checksum of zip and Ethernet (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!((crc32(b""), crc32(b"123456789")), (0, 0xcbf4_3926));
    }
}
