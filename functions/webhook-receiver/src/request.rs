//! An HTTP request as it came in, before anything of it is read.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::HOST;
use http::{HeaderMap, Method};

pub use cxtrace_sources::delivery::MAX_BODY;

/// The message for a larger body.
pub(crate) const TOO_LARGE: &str = "the body is larger than 1 MB.";

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

/// Why a request cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untaken {
    /// The body is larger than [`MAX_BODY`].
    TooLarge,
    /// The body is not base64, although the event says so.
    NotBase64,
}

impl Request {
    /// The request in an event of an HTTP API (payload version 2.0). Signatures cover the public URL: that is `public_url`
    /// with the path and the query, or the URL of the API.
    ///
    /// # Errors
    /// When the body is too large or cannot be decoded.
    pub fn of_event(event: ApiGatewayV2httpRequest, public_url: Option<&str>) -> Result<Self, Untaken> {
        let text = event.body.unwrap_or_default();
        let size = if event.is_base64_encoded { text.len() / 4 * 3 } else { text.len() };
        if size > MAX_BODY + 2 {
            return Err(Untaken::TooLarge);
        }
        let body = match event.is_base64_encoded {
            true => STANDARD.decode(&text).map_err(|_| Untaken::NotBase64)?,
            false => text.into_bytes(),
        };
        if body.len() > MAX_BODY {
            return Err(Untaken::TooLarge);
        }
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
        Ok(Self { method: context.http.method, path, query, url, headers: event.headers, body })
    }
}
