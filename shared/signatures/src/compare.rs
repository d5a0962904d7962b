//! Comparison of secrets and signatures. It takes the same time for every wrong value of one length.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_webhook_auth::Encoding;
use subtle::ConstantTimeEq;

use crate::refusal::Refusal;

/// Whether two texts are equal. Lengths are no secret: those of signatures are public, and passwords come as hashes.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Compares a signature, as it is written, with the right one. Hexadecimal digits may be all lower or all upper case.
/// Without an encoding, both are accepted.
pub(crate) fn signature(encoding: Option<Encoding>, right: &[u8], written: &str) -> Result<(), Refusal> {
    let is = |text: String| equal(text.as_bytes(), written.as_bytes());
    let mut is_right = false;
    if encoding != Some(Encoding::Hex) {
        is_right |= is(STANDARD.encode(right));
    }
    if encoding != Some(Encoding::Base64) {
        is_right |= is(hex::encode(right)) | is(hex::encode_upper(right));
    }
    if is_right { Ok(()) } else { Err(Refusal::Wrong) }
}
