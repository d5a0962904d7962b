//! The address of Datadog: the API of the site in `DD_SITE`, or the address in `DD_METRICS_URL`.

use cxtrace_settings::datadog::{InvalidAddress, base_url, site};
use cxtrace_settings::{Environment, InvalidSetting, registry};
use reqwest::Url;

/// The path of series (Datadog's API reference, *Submit metrics*, v2).
const SERIES: &str = "/api/v2/series";

/// The path of distributions (Datadog's API reference, *Submit distribution points*, v1).
const DISTRIBUTIONS: &str = "/api/v1/distribution_points";

/// The base address of Datadog's API, or of its replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The API of a site, such as `datadoghq.eu`.
    ///
    /// # Errors
    /// When `name` is not a site.
    pub fn of_site(name: &str) -> Result<Self, InvalidAddress> {
        site(name).map(Self)
    }

    /// The API at a base address, such as a proxy's. The path of series may be part of it.
    ///
    /// # Errors
    /// When `url` is not a plain `http://` or `https://` address.
    pub fn at(url: &str) -> Result<Self, InvalidAddress> {
        base_url(url).map(Self::of_base)
    }

    /// Reads `DD_METRICS_URL`, otherwise `DD_SITE`.
    ///
    /// # Errors
    /// The invalid setting.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        match registry::DD_METRICS_URL.read_if_set(environment)? {
            Some(url) => Ok(Self::of_base(url)),
            None => registry::DD_SITE.read(environment).map(Self),
        }
    }

    fn of_base(mut url: Url) -> Self {
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(SERIES).unwrap_or(path).to_owned();
        url.set_path(&path);
        Self(url)
    }

    /// The address of `path`, such as `/api/v1/validate`.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    /// The address of series.
    #[must_use]
    pub fn series(&self) -> Url {
        self.with_path(SERIES)
    }

    /// The address of distributions.
    #[must_use]
    pub fn distributions(&self) -> Url {
        self.with_path(DISTRIBUTIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(site: &str) -> Option<String> {
        Endpoint::of_site(site).ok().map(|endpoint| endpoint.series().to_string())
    }

    fn at(url: &str) -> Option<String> {
        Endpoint::at(url).ok().map(|endpoint| endpoint.series().to_string())
    }

    #[test]
    fn every_known_site_and_any_new_one_has_its_api() {
        for known in ["datadoghq.com", "us3.datadoghq.com", "datadoghq.eu", "ddog-gov.com", "us2.ddog-gov.com"] {
            assert_eq!(site(known), Some(format!("https://api.{known}/api/v2/series")));
        }
        assert_eq!(site("mars1.datadoghq.space").as_deref(), Some("https://api.mars1.datadoghq.space/api/v2/series"));
    }

    #[test]
    fn anything_but_a_host_name_is_refused() {
        let long = format!("{}.com", "a".repeat(64));
        for wrong in [
            "",
            "datadoghq",
            "https://datadoghq.com",
            "datadoghq.com/",
            "datadoghq.com:443",
            "api.datadoghq.com",
            "app.datadoghq.com",
            "Datadoghq.com",
            "-a.com",
            "a-.com",
            "a..com",
            ".com",
            "a.com.",
            "a b.com",
            "a.com@evil.com",
            "127.0.0.1",
            "ä.com",
            &long,
        ] {
            assert_eq!(site(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_address_gets_the_path_once() {
        let whole = Some("http://127.0.0.1:4010/api/v2/series".to_owned());
        for url in [
            "http://127.0.0.1:4010",
            "http://127.0.0.1:4010/",
            "http://127.0.0.1:4010/api/v2/series",
            "http://127.0.0.1:4010/api/v2/series/",
        ] {
            assert_eq!(at(url), whole, "{url}");
        }
        assert_eq!(at("https://proxy.example/dd/").as_deref(), Some("https://proxy.example/dd/api/v2/series"));
        assert_eq!(at("http://[::1]:80").as_deref(), Some("http://[::1]/api/v2/series"));
        for wrong in ["", "proxy.example", "ftp://a", "file:///a", "https://a?b", "https://a#b", "https://u:p@a"] {
            assert_eq!(at(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn distributions_go_to_the_same_host_and_base() {
        let distributions = |endpoint: Endpoint| endpoint.distributions().to_string();
        let of_site = distributions(Endpoint::of_site("datadoghq.eu").unwrap());
        assert_eq!(of_site, "https://api.datadoghq.eu/api/v1/distribution_points");
        let at = distributions(Endpoint::at("http://127.0.0.1:4010/dd/api/v2/series").unwrap());
        assert_eq!(at, "http://127.0.0.1:4010/dd/api/v1/distribution_points");
    }

    #[test]
    fn an_address_wins_over_a_site_and_us1_is_the_default() {
        let read = |pairs: &[(&str, &str)]| Endpoint::read(&Environment::of(pairs.iter().copied()));
        assert_eq!(read(&[]).unwrap(), Endpoint::of_site("datadoghq.com").unwrap());
        let both = read(&[("DD_SITE", "datadoghq.eu"), ("DD_METRICS_URL", "http://127.0.0.1:1")]).unwrap();
        assert_eq!(both.series().as_str(), "http://127.0.0.1:1/api/v2/series");
        let error = read(&[("DD_METRICS_URL", "https://user:hush@proxy")]).unwrap_err();
        assert!(error.to_string().contains("a password") && !format!("{error:?}").contains("hush"), "{error}");
    }
}
