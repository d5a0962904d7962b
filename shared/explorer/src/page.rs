//! The web page's files, which the build embeds in the program.

use cxtrace_domain::digest::Digest128;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::api_error::ApiError;
use crate::response::{self, Response};
use crate::settings::SignIn;

/// A file of the page.
pub(crate) struct File {
    name: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Only scripts, styles and requests of this origin, nothing inline, and no framing by other pages.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// The file `name`, for a request with these `headers`.
pub(crate) fn response(name: &str, headers: &HeaderMap, sign_in: Option<&SignIn>) -> Result<Response, ApiError> {
    among(FILES, name, headers, sign_in)
}

fn among(files: &[File], name: &str, headers: &HeaderMap, sign_in: Option<&SignIn>) -> Result<Response, ApiError> {
    let Some((file, content_type)) =
        files.iter().find(|file| file.name == name).and_then(|file| Some((file, content_type(name)?)))
    else {
        if name == "index.html" {
            let text = b"The Journey Explorer's page is not part of this program. Its API is under /api/journeys.\n";
            return Ok(response::bytes(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text.to_vec()));
        }
        return Err(ApiError::not_found("There is nothing at this path."));
    };
    // A weak tag, because the same content may be compressed.
    let tag = format!("W/\"{}\"", Digest128::of([file.bytes]));
    let unchanged = headers.get_all(IF_NONE_MATCH).iter().any(|value| {
        let value = value.to_str().unwrap_or_default();
        value.split(',').map(str::trim).any(|known| known == "*" || known == tag || Some(known) == tag.get(2..))
    });
    let mut page = if unchanged {
        response::bytes(StatusCode::NOT_MODIFIED, content_type, Vec::new())
    } else {
        response::bytes(StatusCode::OK, content_type, file.bytes.to_vec())
    };
    let headers = page.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, policy(sign_in));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if unchanged {
        headers.remove(CONTENT_TYPE);
    }
    Ok(page)
}

/// The policy, extended by the origins of the sign-in.
fn policy(sign_in: Option<&SignIn>) -> HeaderValue {
    let origins = sign_in.map(|sign_in| format!("{POLICY}; connect-src 'self' {}", sign_in.origins().join(" ")));
    origins.and_then(|policy| HeaderValue::from_str(&policy).ok()).unwrap_or(HeaderValue::from_static(POLICY))
}

fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}
