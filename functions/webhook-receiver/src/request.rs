//! An HTTP request as it came in, before anything of it is read. The body comes last, so that a route can refuse a request by its
//! headers.

use std::future::Future;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::HOST;
use http::{HeaderMap, Method};

pub use cxtrace_sources::delivery::MAX_BODY;

/// The message for a larger body.
pub(crate) const TOO_LARGE: &str = "the body is larger than 1 MB.";

/// A request without its body.
#[derive(Debug, Clone)]
pub struct Head {
    pub method: Method,
    pub path: String,
    /// Without the question mark. Empty if there is none.
    pub query: String,
    /// The URL that the sender called.
    pub url: String,
    pub headers: HeaderMap,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub path: String,
    /// Without the question mark. Empty if there is none.
    pub query: String,
    /// The URL that the sender called.
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why a body cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untaken {
    /// The body is larger than its route allows.
    TooLarge,
    /// The body is not base64, although the event says so.
    NotBase64,
    /// The connection ended before the body did.
    Broken,
}

/// Reads the body of a request, once.
pub trait ReadBody {
    /// The body, of at most `limit` bytes.
    fn read(self, limit: usize) -> impl Future<Output = Result<Vec<u8>, Untaken>> + Send;
}

/// The body in an event of an HTTP API.
#[derive(Debug, Clone, Default)]
pub struct EventBody {
    text: String,
    is_base64: bool,
}

impl Head {
    /// The head and the body of a request in an event of an HTTP API (payload version 2.0). Signatures cover the public URL: that is
    /// `public_url` with the path and the query, or the URL of the API.
    #[must_use]
    pub fn of_event(event: ApiGatewayV2httpRequest, public_url: Option<&str>) -> (Self, EventBody) {
        let body = EventBody { text: event.body.unwrap_or_default(), is_base64: event.is_base64_encoded };
        let context = event.request_context;
        let host = event.headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let host = host.or(context.domain_name).unwrap_or_default();
        let base = public_url.map_or_else(|| format!("https://{host}"), |url| url.trim_end_matches('/').to_owned());
        let path = event.raw_path.unwrap_or_default();
        let query = event.raw_query_string.unwrap_or_default();
        let url = match query.as_str() {
            "" => format!("{base}{path}"),
            query => format!("{base}{path}?{query}"),
        };
        (Self { method: context.http.method, path, query, url, headers: event.headers }, body)
    }

    /// The request with its body.
    #[must_use]
    pub fn with(self, body: Vec<u8>) -> Request {
        let Self { method, path, query, url, headers } = self;
        Request { method, path, query, url, headers, body }
    }
}

impl ReadBody for EventBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, Untaken> {
        let Self { text, is_base64 } = self;
        let size = if is_base64 { text.len() / 4 * 3 } else { text.len() };
        if size > limit + 2 {
            return Err(Untaken::TooLarge);
        }
        let body = match is_base64 {
            true => STANDARD.decode(&text).map_err(|_| Untaken::NotBase64)?,
            false => text.into_bytes(),
        };
        if body.len() > limit { Err(Untaken::TooLarge) } else { Ok(body) }
    }
}

impl ReadBody for Vec<u8> {
    async fn read(self, limit: usize) -> Result<Vec<u8>, Untaken> {
        if self.len() > limit { Err(Untaken::TooLarge) } else { Ok(self) }
    }
}
