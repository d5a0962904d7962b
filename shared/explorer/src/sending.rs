//! Making a response ready to be sent: headers, compression, and what HEAD leaves out.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderName,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::api_error::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::settings::Settings;

/// A smaller body is sent as it is: compression gains nothing.
const MIN_BYTES_TO_COMPRESS: usize = 1024;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Makes a response to `request` ready to be sent.
pub(crate) fn finish(response: Response, request: &Request, settings: &Settings) -> Response {
    let mut response = compressed(response, &request.headers);
    if settings.max_response_bytes.is_some_and(|max| response.body().len() > max) {
        response = ApiError::response_too_large().into_response();
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
    if settings.sign_in.is_some() {
        // Where people sign in, the explorer is served over HTTPS only.
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
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
    if response.body().len() <= MIN_BYTES_TO_COMPRESS || !accepts_gzip(headers) {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail. If it did, the response would be sent uncompressed.
    let Ok(body) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) else { return response };
    if body.len() < response.body().len() {
        *response.body_mut() = body;
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether `accept-encoding` accepts gzip (RFC 9110, section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}
