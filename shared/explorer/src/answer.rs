//! How an answer is sent: JSON, headers, compression, and what HEAD leaves out.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;

use crate::refusal::Refusal;
use crate::request::Request;
use crate::settings::Settings;

/// What is sent back.
pub type Response = http::Response<Vec<u8>>;

/// Less than this is sent as it is: compressing gains nothing.
const LEAST_TO_COMPRESS: usize = 1024;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// An answer in JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    // Everything that is answered is made of texts, numbers, lists and maps with text keys, which JSON can write.
    match serde_json::to_vec(value) {
        Ok(body) => bytes(status, "application/json", body),
        Err(_) => bytes(StatusCode::INTERNAL_SERVER_ERROR, "application/json", b"{}".to_vec()),
    }
}

/// An answer of another type.
pub(crate) fn bytes(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Makes an answer ready to be sent for `request`.
pub(crate) fn finish(response: Response, request: &Request, settings: &Settings) -> Response {
    let mut response = compressed(response, &request.headers);
    if settings.most_answer_bytes.is_some_and(|most| response.body().len() > most) {
        response = Refusal::answer_too_large().into_response();
    }
    let length = response.body().len();
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (RESOURCE_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (VARY, "accept-encoding"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if response.status() != StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if request.method == Method::HEAD {
        response.body_mut().clear();
    }
    response
}

fn compressed(mut response: Response, headers: &HeaderMap) -> Response {
    if response.body().len() <= LEAST_TO_COMPRESS || !takes_gzip(headers) {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail; if it did, the answer would go as it is.
    let Ok(body) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) else { return response };
    if body.len() < response.body().len() {
        *response.body_mut() = body;
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether `accept-encoding` takes gzip: RFC 9110, section 12.5.3.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}
