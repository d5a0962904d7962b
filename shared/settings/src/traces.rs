//! The forms of the settings about exported traces.

use std::collections::BTreeMap;

use url::Url;

use crate::datadog::{InvalidAddress, base_url};
use crate::setting::Spec;

/// The path of the trace service in OTLP/HTTP.
const PATH: &str = "/v1/traces";

/// The address that receives traces: `url`, with [`PATH`] appended unless it ends with it.
///
/// # Errors
/// When `url` is not a plain `https://` address, or an `http://` address of this machine.
pub fn traces_url(url: &str) -> Result<Url, InvalidAddress> {
    let mut url = base_url(url)?;
    let path = url.path().trim_end_matches('/');
    if !path.ends_with(PATH) {
        let path = format!("{path}{PATH}");
        url.set_path(&path);
    }
    Ok(url)
}

/// Attributes as `name=value`, separated by commas.
///
/// # Errors
/// The first entry without a name or a value.
pub fn attributes(_: &Spec, value: &str) -> Result<BTreeMap<String, String>, String> {
    let entries = value.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let pair = |entry: &str| {
        let (name, value) = entry.split_once('=').map(|(name, value)| (name.trim(), value.trim()))?;
        (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
    };
    entries.map(|entry| pair(entry).ok_or_else(|| format!("`{entry}` is not `name=value`"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_is_appended_once() {
        for (given, expected) in [
            ("https://otlp.example.com", "https://otlp.example.com/v1/traces"),
            ("https://otlp.example.com/", "https://otlp.example.com/v1/traces"),
            ("https://example.com/otlp/v1/traces", "https://example.com/otlp/v1/traces"),
            ("http://127.0.0.1:4318/v1/traces/", "http://127.0.0.1:4318/v1/traces/"),
        ] {
            assert_eq!(traces_url(given).unwrap().as_str(), expected);
        }
        assert!(traces_url("http://collector:4318").is_err() && traces_url("collector").is_err());
    }
}
