//! The forms of the settings about Datadog: site, address, API key, transport.

use url::{Host, Url};

/// How metrics reach Datadog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetricsTransport {
    /// Absolute totals to Datadog's API. This is exact.
    #[default]
    Api,
    /// Increments to the Datadog Lambda extension in the same sandbox. This cannot be exact.
    Extension,
}

impl MetricsTransport {
    /// Reads `api` or `extension`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "api" => Some(Self::Api),
            "extension" => Some(Self::Extension),
            _ => None,
        }
    }
}

/// Why a site or an address is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAddress(&'static str);

/// The API's address of a Datadog site, such as `datadoghq.eu`. Any host name is valid: Datadog opens new sites, and
/// their API is always at `https://api.<site>` (docs, *Getting started with Datadog sites*).
///
/// # Errors
/// When `site` is not a host name, or names the host of the API or of the web application.
pub fn site(site: &str) -> Result<Url, InvalidAddress> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if site.len() > 200 || !site.contains('.') || !site.split('.').all(label) {
        return Err(InvalidAddress("it is not a host name in lower case"));
    }
    if site.starts_with("api.") || site.starts_with("app.") {
        return Err(InvalidAddress("leave out `api.` and `app.`"));
    }
    // A numeric address has the form of a host name, and `api.127.0.0.1` is neither.
    Url::parse(&format!("https://api.{site}/")).map_err(|_| InvalidAddress("it is not a host name"))
}

/// The base address of an intake, such as a proxy's.
///
/// # Errors
/// When `url` is not a plain `https://` address, or an `http://` address of this machine.
pub fn base_url(url: &str) -> Result<Url, InvalidAddress> {
    let url = Url::parse(url).map_err(|_| InvalidAddress("it is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(InvalidAddress("it does not begin with http:// or https:// and a host"));
    }
    // The key goes to this address.
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(InvalidAddress("http:// would send the key in clear: use https://, except on this machine"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(InvalidAddress("it must not have a query or a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidAddress("it must not hold a user name or a password"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Why a text is not an API key. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidApiKey {
    /// It has no characters other than spaces.
    #[error("it is empty")]
    Empty,
    /// It has characters that no key has.
    #[error("it has characters other than ASCII letters, digits, `-` and `_`")]
    Characters,
}

/// The API key in `text`, without the spaces and line breaks around it.
///
/// # Errors
/// When it cannot be a key. Quotation marks and braces are signs of a secret that was stored in the wrong form.
pub fn api_key(text: &str) -> Result<&str, InvalidApiKey> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidApiKey::Empty);
    }
    let valid = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if valid { Ok(text) } else { Err(InvalidApiKey::Characters) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_must_keep_the_key_secret() {
        for address in [
            "https://proxy.example.com",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:80/x",
            "http://127.9.9.9",
        ] {
            assert!(base_url(address).is_ok(), "{address}");
        }
        for address in [
            "http://proxy.example.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::2]",
            "ftp://localhost",
        ] {
            assert!(base_url(address).is_err(), "{address}");
        }
    }
}
