//! What a signature covers: a request as it came in, before anything of it is decoded.

use chrono::{DateTime, Utc};
use http::HeaderMap;

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// In capital letters.
    pub method: &'a str,
    /// The URL that the vendor called, with its query.
    pub url: &'a str,
    pub headers: &'a HeaderMap,
    /// The raw bytes.
    pub body: &'a [u8],
    pub received_at: DateTime<Utc>,
}
