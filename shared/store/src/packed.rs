//! Long texts as compressed attributes. DynamoDB bills each KB of an item that is written and each 4 KB that is read. JSON
//! of a fact or of a summary takes about a third of its size when it is compressed, so most items stay below 1 KB.

use std::io::{self, Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// No text that Cxtrace compresses is longer, in bytes.
const MAX_BYTES: u64 = 1_000_000;

/// `text` as an attribute: DEFLATE, without a header.
pub(crate) fn pack(text: &str) -> AttributeValue {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(text.len() / 2), Compression::fast());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(text.as_bytes());
    AttributeValue::B(Blob::new(encoder.finish().unwrap_or_default()))
}

/// The text in the bytes of such an attribute.
///
/// # Errors
/// When the bytes are not compressed text, or the text is longer than a million bytes.
pub fn unpack(bytes: &[u8]) -> Result<String, io::Error> {
    let mut text = String::new();
    DeflateDecoder::new(bytes).take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the text is longer than a million bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(attribute: AttributeValue) -> Vec<u8> {
        attribute.as_b().unwrap().clone().into_inner()
    }

    #[test]
    fn a_text_comes_back_and_nothing_else_does() {
        for text in ["", "{}", "•••• 91", &"{\"key\":\"value\"}".repeat(1_000)] {
            assert_eq!(unpack(&bytes(pack(text))).unwrap(), text);
        }
        assert!(bytes(pack(&"{\"key\":\"value\"}".repeat(1_000))).len() < 1_000);
        assert!(unpack(b"{\"source\":\"crm\"}").is_err());
        assert!(unpack(&bytes(pack("cut off"))[..4]).is_err());
        // A small item that would take all memory.
        assert!(unpack(&bytes(pack(&"0".repeat(1_000_001)))).is_err());
    }
}
