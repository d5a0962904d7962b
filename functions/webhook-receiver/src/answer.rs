//! Responses. An error is a JSON object with one sentence, which repeats nothing of the request.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use cxtrace_signatures::HandshakeAnswer;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

/// How long a vendor should wait before it sends a request again that we could not store.
const RETRY_AFTER_SECONDS: &str = "30";

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The facts are stored, or there were none.
    #[must_use]
    pub fn taken() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: String::new() }
    }

    /// An error, with what the sender can do.
    #[must_use]
    pub fn error(status: StatusCode, message: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { status, headers, body: json!({"error": message}).to_string() }
    }

    /// Nothing is stored, and the sender is not to blame.
    #[must_use]
    pub fn unavailable() -> Self {
        let message = "the request could not be stored. Send it again.";
        let mut answer = Self::error(StatusCode::SERVICE_UNAVAILABLE, message);
        answer.headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        answer
    }

    /// The route exists, but not with this method.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        let mut answer = Self::error(StatusCode::METHOD_NOT_ALLOWED, "send the request with POST or GET.");
        answer.headers.insert(ALLOW, HeaderValue::from_static("GET, POST"));
        answer
    }

    /// The response in the form of an HTTP API.
    #[must_use]
    pub fn into_response(self) -> ApiGatewayV2httpResponse {
        let mut response = ApiGatewayV2httpResponse::default();
        response.status_code = i64::from(self.status.as_u16());
        response.headers = self.headers;
        response.body = (!self.body.is_empty()).then_some(Body::Text(self.body));
        response
    }
}

impl From<HandshakeAnswer> for Answer {
    fn from(answer: HandshakeAnswer) -> Self {
        let (mut headers, mut text) = (HeaderMap::new(), String::new());
        match answer {
            HandshakeAnswer::Empty => {}
            HandshakeAnswer::Header(name, value) => drop(headers.insert(name, value)),
            HandshakeAnswer::Json(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                text = body;
            }
        }
        Self { status: StatusCode::OK, headers, body: text }
    }
}
