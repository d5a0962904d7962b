//! Reads headers that must occur once.

use http::HeaderMap;

use crate::refusal::{InvalidAuth, Refusal};

/// The name of a header, checked.
pub(crate) fn name(key: &'static str, text: &str) -> Result<String, InvalidAuth> {
    http::HeaderName::try_from(text)
        .map(|name| name.as_str().to_owned())
        .map_err(|_| InvalidAuth::new(key, format!("is not the name of a header: {text:?}")))
}

/// The value of a header.
///
/// # Errors
/// When it is missing, occurs twice, or is not visible ASCII.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Err(Refusal::Unsigned),
        (Some(_), Some(_)) => Err(Refusal::Duplicated),
        (Some(value), None) => value.to_str().map_err(|_| Refusal::Malformed),
    }
}
