//! Long texts as compressed attributes. DynamoDB bills each KB of an item that is written and each 4 KB that is read. JSON
//! of a fact or of a summary takes less than a third of its size when it is compressed, so most items stay below 1 KB.
//!
//! Both sides compress as if a dictionary had come before the text: names and values that most texts contain. The first byte
//! says which dictionary it was. A new dictionary gets a new number, and no dictionary changes: tables hold texts that need it.

use std::io::{self, Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// No text that Cxtrace compresses is longer, in bytes.
const MAX_BYTES: u64 = 1_000_000;

/// The texts that come most often are last: what is near takes fewer bits to refer to.
const DICTIONARY: &str = include_str!("dictionary-1.txt");

/// Higher levels take longer and save few bytes of texts as short as these.
const LEVEL: Compression = Compression::new(2);

/// The first byte of a text with [`DICTIONARY`]. DEFLATE (RFC 1951, 3.2.3) never begins like this: its block would have the
/// reserved type 3. Earlier versions compressed without a dictionary, and refuse this byte.
const WITH_DICTIONARY: u8 = 0b0000_0110;

/// `text` as an attribute.
pub(crate) fn pack(text: &str) -> AttributeValue {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(DICTIONARY.len()), LEVEL);
    // Writing to a vector does not fail. The flush ends the dictionary at a whole byte, from where on the result is kept.
    let _ = encoder.write_all(DICTIONARY.as_bytes()).and_then(|()| encoder.flush());
    encoder.get_mut().clear();
    encoder.get_mut().push(WITH_DICTIONARY);
    let _ = encoder.write_all(text.as_bytes());
    AttributeValue::B(Blob::new(encoder.finish().unwrap_or_default()))
}

/// The text in the bytes of such an attribute.
///
/// # Errors
/// When the bytes are not compressed text, or the text is longer than a million bytes.
pub fn unpack(bytes: &[u8]) -> Result<String, io::Error> {
    match bytes.strip_prefix(&[WITH_DICTIONARY]) {
        Some(rest) => {
            let mut decoder = DeflateDecoder::new(uncompressed_block(DICTIONARY).chain(rest));
            io::copy(&mut (&mut decoder).take(DICTIONARY.len() as u64), &mut io::sink())?;
            text_of(decoder)
        }
        None => text_of(DeflateDecoder::new(bytes)),
    }
}

/// `text` as a block of DEFLATE without compression (RFC 1951, 3.2.4), after which more blocks follow.
fn uncompressed_block(text: &'static str) -> impl io::BufRead {
    let length = u16::try_from(text.len()).unwrap_or_default();
    let [low, high] = length.to_le_bytes();
    io::Cursor::new([0, low, high, !low, !high]).chain(text.as_bytes())
}

fn text_of(decoder: impl Read) -> Result<String, io::Error> {
    let mut text = String::new();
    decoder.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the text is longer than a million bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

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
        assert!(unpack(&[]).is_err() && unpack(&[WITH_DICTIONARY]).is_err());
        // A small item that would take all memory.
        assert!(unpack(&bytes(pack(&"0".repeat(1_000_001)))).is_err());
    }

    #[test]
    fn the_dictionary_never_changes() {
        assert!(u16::try_from(DICTIONARY.len()).is_ok());
        let digest = &Sha256::digest(DICTIONARY)[..4];
        assert_eq!(digest, [86, 2, 0, 141], "texts in tables need this dictionary: add another one");
        // A text as it was written with it.
        let written = [
            6, 77, 216, 129, 9, 0, 0, 0, 1, 193, 153, 12, 104, 119, 69, 233, 151, 184, 120, 80, 190, 11, 126, 198, 31,
            116, 4, 204, 186, 149, 28,
        ];
        let fact = r#"{"source":"crm","anchor":"crm.case:1","event":"span"}"#;
        assert_eq!(unpack(&written).unwrap(), fact);
    }

    #[test]
    fn what_an_earlier_version_compressed_is_read() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(b"{\"source\":\"crm\"}").unwrap();
        assert_eq!(unpack(&encoder.finish().unwrap()).unwrap(), "{\"source\":\"crm\"}");
    }

    #[test]
    fn a_usual_fact_takes_less_than_a_third_of_its_size() {
        let fact = r#"{"source":"genesys","anchor":"genesys.conversation:7f45fb17-d063-45c7-8277-e627ab293edf","observed_at":"2026-03-02T08:58:40.442Z","event":"customer.end","mentions":[{"party":"customer","phone":{"hash":"66e60e9b7f2a8ddcc0ed47bf5765fce8","masked":"•••• 10"}}],"spans":[{"key":"genesys:7f45fb17-d063-45c7-8277-e627ab293edf:customer:be421eb2-a2fb-4105-8c06-09fb03d07fb2","authority":0,"version":0,"type":"telephony","platform":"genesys","name":"Customer call","start":{"derived":true,"at":"2026-03-02T08:52:35.892Z"},"end":"2026-03-02T08:58:40.190Z","outcome":"ok","reason":"CLIENT","attributes":{"genesys.direction":"INBOUND","genesys.media_type":"VOICE","genesys.provider":"Edge"},"traits":{"medium":"voice"}}]}"#;
        let packed = bytes(pack(fact)).len();
        assert!(packed * 3 < fact.len(), "{packed} of {}", fact.len());
    }
}
