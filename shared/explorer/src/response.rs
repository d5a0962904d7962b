//! Responses in JSON and other types, before they are sent.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// What is sent back.
pub type Response = http::Response<Vec<u8>>;

/// A response in JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    // Every value here is made of texts, numbers, lists and maps with text keys, which JSON can write.
    match serde_json::to_vec(value) {
        Ok(body) => bytes(status, "application/json", body),
        Err(_) => bytes(StatusCode::INTERNAL_SERVER_ERROR, "application/json", b"{}".to_vec()),
    }
}

/// A response of another type.
pub(crate) fn bytes(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
