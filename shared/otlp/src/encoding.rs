//! The two encodings of OTLP/HTTP.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use crate::json;
use crate::messages::ExportTraceServiceRequest;

/// The encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    #[default]
    Protobuf,
    Json,
}

impl Encoding {
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// The encoding of a body with this content type; `None` if it is not one of OTLP's.
    #[must_use]
    pub fn of_content_type(value: &str) -> Option<Self> {
        match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The body of `request`, compressed with gzip.
    ///
    /// # Errors
    /// When memory cannot be written to, so never.
    pub fn body(self, request: &ExportTraceServiceRequest) -> io::Result<Vec<u8>> {
        let bytes = match self {
            Self::Protobuf => request.encode_to_vec(),
            Self::Json => json::encode(request).into_bytes(),
        };
        let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::fast());
        encoder.write_all(&bytes)?;
        encoder.finish()
    }
}
