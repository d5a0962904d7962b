//! Comparison of secrets and signatures. It takes the same time for every wrong value of one length.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::auth::Encoding;
use crate::refusal::Refusal;

/// Whether two texts are equal. Lengths are no secret: those of signatures are public, and passwords come as hashes.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Compares a signature, as it is written, with the right one. Hexadecimal digits may be all lower or all upper case.
pub(crate) fn signature(encoding: Encoding, right: &[u8], written: &str) -> Result<(), Refusal> {
    let is_right = match encoding {
        Encoding::Base64 => equal(STANDARD.encode(right).as_bytes(), written.as_bytes()),
        Encoding::Hex => {
            equal(hex::encode(right).as_bytes(), written.as_bytes())
                | equal(hex::encode_upper(right).as_bytes(), written.as_bytes())
        }
    };
    if is_right { Ok(()) } else { Err(Refusal::Wrong) }
}
