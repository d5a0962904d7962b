//! A request as an HTTP server hands it over, and its limits.

use http::{HeaderMap, Method};

use crate::api_error::ApiError;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path, as it was sent, still percent-encoded.
    pub path: String,
    /// The text after the `?`, still percent-encoded.
    pub query: Option<String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// The longest path.
pub(crate) const MAX_PATH_BYTES: usize = 256;
/// The longest query string.
pub(crate) const MAX_QUERY_BYTES: usize = 4 * 1024;
/// The largest body.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

impl Request {
    /// A GET of `path`, which may have a query string.
    #[must_use]
    pub fn get(path: &str) -> Self {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        Self { path: path.to_owned(), query, ..Self::default() }
    }

    /// Checks the limits and the form of the path. Paths of this API have only letters, digits, dots, dashes and
    /// underscores between single slashes, so that no encoded path can mean another path.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
        let written = self.path.len() <= MAX_PATH_BYTES && self.path.bytes().all(plain);
        let inner = self.path.strip_prefix('/').unwrap_or("/");
        let steps = inner.is_empty() || inner.strip_suffix('/').unwrap_or(inner).split('/').all(is_step);
        if !written || !steps {
            return Err(ApiError::invalid_path());
        }
        if self.query.as_ref().is_some_and(|query| query.len() > MAX_QUERY_BYTES) {
            return Err(ApiError::query_too_long());
        }
        if self.body.len() > MAX_BODY_BYTES {
            return Err(ApiError::body_too_large());
        }
        Ok(())
    }
}

fn is_step(segment: &str) -> bool {
    !segment.is_empty() && segment != "." && segment != ".."
}
