//! Responses. An error of a webhook is a JSON object with one sentence, which repeats nothing of the request.

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
    pub body: Vec<u8>,
}

impl Answer {
    /// The facts are stored, or there were none.
    #[must_use]
    pub fn taken() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// An error, with what the sender can do.
    #[must_use]
    pub fn error(status: StatusCode, message: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { status, headers, body: json!({"error": message}).to_string().into_bytes() }
    }

    /// Nothing is stored, and the sender is not to blame.
    #[must_use]
    pub fn unavailable() -> Self {
        let message = "the request could not be stored. Send it again.";
        let mut answer = Self::error(StatusCode::SERVICE_UNAVAILABLE, message);
        answer.headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        answer
    }

    /// The route exists, but only with these methods.
    #[must_use]
    pub fn method_not_allowed(methods: &'static str) -> Self {
        let mut answer = Self::error(StatusCode::METHOD_NOT_ALLOWED, "send the request with another method.");
        answer.headers.insert(ALLOW, HeaderValue::from_static(methods));
        answer
    }

    /// The response in the form of an HTTP API.
    #[must_use]
    pub fn into_response(self) -> ApiGatewayV2httpResponse {
        let mut response = ApiGatewayV2httpResponse::default();
        response.status_code = i64::from(self.status.as_u16());
        response.headers = self.headers;
        if !self.body.is_empty() {
            // Everything here that is not protobuf is JSON.
            let text = String::from_utf8(self.body).map_err(std::string::FromUtf8Error::into_bytes);
            let is_json = response.headers.get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
            response.body = Some(match text {
                Ok(text) if is_json => Body::Text(text),
                Ok(text) => Body::Binary(text.into_bytes()),
                Err(bytes) => Body::Binary(bytes),
            });
            response.is_base64_encoded = matches!(response.body, Some(Body::Binary(_)));
        }
        response
    }
}

impl From<HandshakeAnswer> for Answer {
    fn from(answer: HandshakeAnswer) -> Self {
        let (mut headers, mut bytes) = (HeaderMap::new(), Vec::new());
        match answer {
            HandshakeAnswer::Empty => {}
            HandshakeAnswer::Header(name, value) => drop(headers.insert(name, value)),
            HandshakeAnswer::Json(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                bytes = body.into_bytes();
            }
        }
        Self { status: StatusCode::OK, headers, body: bytes }
    }
}
