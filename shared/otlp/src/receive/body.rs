//! The body of `POST /v1/traces`.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use prost::Message;

use crate::encoding::Encoding;
use crate::json_reader;
use crate::messages::ExportTraceServiceRequest;

/// The longest body after decompression. Lambda passes about 4.4 MB; the specification asks for a limit.
pub const MAX_BYTES: usize = 4_000_000;

/// The most spans in one request. OpenTelemetry's SDKs send 512.
pub const MAX_SPANS: usize = 20_000;

/// Why a request is refused as a whole. The sender must not send it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the content type must be application/x-protobuf or application/json")]
    ContentType,
    #[error("the content encoding must be gzip or identity")]
    ContentEncoding,
    #[error("the body is longer than {MAX_BYTES} bytes after decompression: send smaller batches")]
    TooLong,
    #[error("the request has more than {MAX_SPANS} spans: send smaller batches")]
    TooMany,
    /// The body is not what its content type says. The reason repeats nothing of it.
    #[error("the body is not a request in this encoding: {0}")]
    Malformed(&'static str),
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::ContentType | Self::ContentEncoding => 415,
            Self::TooLong | Self::TooMany => 413,
            Self::Malformed(_) => 400,
        }
    }
}

/// The request in `body`. `content_encoding` is that header's value, empty if it is missing.
///
/// # Errors
/// When the body is of another form, or beyond a limit.
pub fn read(encoding: Encoding, content_encoding: &str, body: &[u8]) -> Result<ExportTraceServiceRequest, Refusal> {
    let unzipped;
    let bytes = match content_encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => body,
        "gzip" => {
            unzipped = gunzip(body)?;
            &unzipped
        }
        _ => return Err(Refusal::ContentEncoding),
    };
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::TooLong);
    }
    let request = match encoding {
        Encoding::Protobuf => {
            ExportTraceServiceRequest::decode(bytes).map_err(|_| Refusal::Malformed("it is not protobuf"))?
        }
        Encoding::Json => json_reader::decode(bytes).map_err(|_| Refusal::Malformed("it is not a JSON object"))?,
    };
    let scopes = request.resource_spans.iter().flat_map(|of| &of.scope_spans);
    match scopes.map(|of| of.spans.len()).sum::<usize>() {
        count if count > MAX_SPANS => Err(Refusal::TooMany),
        _ => Ok(request),
    }
}

fn gunzip(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    MultiGzDecoder::new(body).take(limit).read_to_end(&mut bytes).map_err(|_| Refusal::Malformed("it is not gzip"))?;
    Ok(bytes)
}
