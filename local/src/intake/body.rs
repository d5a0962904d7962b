//! The bytes of a payload: their limits before and after decompression.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::rejection::Rejection;

/// The maximum size of a payload as sent, in bytes.
pub const MAX_SENT: usize = 512_000;

/// The size of a decompressed payload must be less than this, in bytes.
pub const MAX_PLAIN: usize = 5_242_880;

/// The JSON in a request's body. At most [`MAX_PLAIN`] bytes are decompressed.
pub(super) fn plain<'a>(body: &'a [u8], content_encoding: Option<&str>) -> Result<Cow<'a, [u8]>, Rejection> {
    if body.len() > MAX_SENT {
        return Err(Rejection::new(413, format!("Payload too big: {} bytes, and {MAX_SENT} are allowed", body.len())));
    }
    match content_encoding.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Cow::Borrowed(body)),
        "gzip" => inflate(GzDecoder::new(body), GzDecoder::into_inner),
        // HTTP's `deflate` is zlib's format (RFC 9110, 8.4.1.2).
        "deflate" => inflate(ZlibDecoder::new(body), ZlibDecoder::into_inner),
        _ => Err(Rejection::new(400, "this content encoding is not supported; use gzip or deflate")),
    }
}

fn inflate<'a, D: Read>(mut decoder: D, rest: fn(D) -> &'a [u8]) -> Result<Cow<'a, [u8]>, Rejection> {
    let mut plain = Vec::new();
    if let Err(error) = decoder.by_ref().take(MAX_PLAIN as u64).read_to_end(&mut plain) {
        return Err(Rejection::new(400, format!("the body cannot be decompressed: {error}")));
    }
    if plain.len() >= MAX_PLAIN {
        return Err(Rejection::new(
            413,
            format!("Payload too big: it must decompress to fewer than {MAX_PLAIN} bytes"),
        ));
    }
    if !rest(decoder).is_empty() {
        return Err(Rejection::new(400, "there is data after the compressed body"));
    }
    Ok(Cow::Owned(plain))
}
