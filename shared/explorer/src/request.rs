//! A request as whoever serves HTTP hands it over, and how large it may be.

use http::{HeaderMap, Method};

use crate::refusal::Refusal;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path, as it was sent: still percent-encoded.
    pub path: String,
    /// What stood behind the `?`, still percent-encoded.
    pub query: Option<String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// The longest path.
pub(crate) const MOST_PATH_BYTES: usize = 256;
/// The longest query string.
pub(crate) const MOST_QUERY_BYTES: usize = 4 * 1024;
/// The largest body.
pub(crate) const MOST_BODY_BYTES: usize = 64 * 1024;

impl Request {
    /// A GET of `path`, which may have a query.
    #[must_use]
    pub fn get(path: &str) -> Self {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        Self { path: path.to_owned(), query, ..Self::default() }
    }

    /// Refuses what is too large, and paths that could mean another than they say: no path of ours has anything but
    /// letters, digits, dots, dashes and underscores between single slashes.
    pub(crate) fn admit(&self) -> Result<(), Refusal> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
        let written = self.path.len() <= MOST_PATH_BYTES && self.path.bytes().all(plain);
        let inner = self.path.strip_prefix('/').unwrap_or("/");
        let steps = inner.is_empty() || inner.strip_suffix('/').unwrap_or(inner).split('/').all(is_step);
        if !written || !steps {
            return Err(Refusal::invalid_path());
        }
        if self.query.as_ref().is_some_and(|query| query.len() > MOST_QUERY_BYTES) {
            return Err(Refusal::query_too_long());
        }
        if self.body.len() > MOST_BODY_BYTES {
            return Err(Refusal::body_too_large());
        }
        Ok(())
    }
}

fn is_step(segment: &str) -> bool {
    !segment.is_empty() && segment != "." && segment != ".."
}
