//! Where series are sent: Datadog's API of the site in `DD_SITE`, or the address in `DD_METRICS_URL`.

use cxtrace_lambda::environment::{Environment, InvalidSetting};
use reqwest::Url;

/// The path that takes series (Datadog's API reference, *Submit metrics*, v2).
const PATH: &str = "/api/v2/series";

/// The path that takes distributions (Datadog's API reference, *Submit distribution points*, v1).
const DISTRIBUTIONS: &str = "/api/v1/distribution_points";

/// The site of an organisation that names none: US1.
pub const DEFAULT_SITE: &str = "datadoghq.com";

/// The address that series are posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why a site or an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidEndpoint(&'static str);

impl Endpoint {
    /// The API of a site, such as `datadoghq.eu`. Any host name will do: Datadog opens new sites, and their
    /// API is always at `https://api.<site>` (docs, *Getting started with Datadog sites*).
    ///
    /// # Errors
    /// When `site` is no host name, or names the API's or the web application's host.
    pub fn of_site(site: &str) -> Result<Self, InvalidEndpoint> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if site.len() > 200 || !site.contains('.') || !site.split('.').all(label) {
            return Err(InvalidEndpoint("it is no host name in lower case"));
        }
        if site.starts_with("api.") || site.starts_with("app.") {
            return Err(InvalidEndpoint("a site is named without api. and app."));
        }
        // An address in numbers has the form of a host name, and `api.127.0.0.1` is neither.
        Url::parse(&format!("https://api.{site}{PATH}")).map(Self).map_err(|_| InvalidEndpoint("it is no host name"))
    }

    /// The API at a base address, such as a proxy's; the path is added unless it is there already.
    ///
    /// # Errors
    /// When `url` is no plain `http://` or `https://` address.
    pub fn at(url: &str) -> Result<Self, InvalidEndpoint> {
        let mut url = Url::parse(url).map_err(|_| InvalidEndpoint("it is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(InvalidEndpoint("it is no http or https URL"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidEndpoint("it must have no query and no fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidEndpoint("it must hold no user name and no password"));
        }
        let path = url.path().trim_end_matches('/');
        let path = if path.ends_with(PATH) { path.to_owned() } else { format!("{path}{PATH}") };
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Reads `DD_METRICS_URL`, and if it is not set `DD_SITE`, and if neither is, takes [`DEFAULT_SITE`].
    ///
    /// # Errors
    /// The setting that cannot be used.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        if let Some(url) = environment.get("DD_METRICS_URL") {
            return Self::at(url).map_err(|reason| InvalidSetting::Unusable {
                name: "DD_METRICS_URL",
                // What stands before an @ may be a password.
                value: if url.contains('@') { "(not shown)".to_owned() } else { url.to_owned() },
                reason: reason.to_string(),
                what: "an http or https URL without query, such as https://proxy.example.com",
            });
        }
        let what = "your Datadog site, such as datadoghq.com, us5.datadoghq.com or datadoghq.eu";
        let site = environment.get("DD_SITE").unwrap_or(DEFAULT_SITE);
        Self::of_site(site).map_err(|reason| InvalidSetting::Unusable {
            name: "DD_SITE",
            value: site.to_owned(),
            reason: reason.to_string(),
            what,
        })
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address that distributions are posted to, on the same host.
    #[must_use]
    pub fn distributions(&self) -> Url {
        let mut url = self.0.clone();
        let base = url.path().strip_suffix(PATH).unwrap_or_default().to_owned();
        url.set_path(&format!("{base}{DISTRIBUTIONS}"));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(site: &str) -> Option<String> {
        Endpoint::of_site(site).ok().map(|endpoint| endpoint.url().to_string())
    }

    fn at(url: &str) -> Option<String> {
        Endpoint::at(url).ok().map(|endpoint| endpoint.url().to_string())
    }

    #[test]
    fn every_site_of_today_and_any_of_tomorrow_has_its_api() {
        for known in ["datadoghq.com", "us3.datadoghq.com", "datadoghq.eu", "ddog-gov.com", "us2.ddog-gov.com"] {
            assert_eq!(site(known), Some(format!("https://api.{known}/api/v2/series")));
        }
        assert_eq!(site("mars1.datadoghq.space").as_deref(), Some("https://api.mars1.datadoghq.space/api/v2/series"));
    }

    #[test]
    fn what_is_no_host_name_is_refused() {
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
        assert_eq!(read(&[]).unwrap(), Endpoint::of_site(DEFAULT_SITE).unwrap());
        let both = read(&[("DD_SITE", "datadoghq.eu"), ("DD_METRICS_URL", "http://127.0.0.1:1")]).unwrap();
        assert_eq!(both.url().as_str(), "http://127.0.0.1:1/api/v2/series");
        let error = read(&[("DD_METRICS_URL", "https://user:hush@proxy")]).unwrap_err();
        assert!(error.to_string().contains("no password") && !format!("{error:?}").contains("hush"), "{error}");
        assert_eq!(
            read(&[("DD_SITE", "https://datadoghq.eu")]).unwrap_err().to_string(),
            "DD_SITE is \"https://datadoghq.eu\", which cannot be used: it is no host name in lower case. Set it to \
             your Datadog site, such as datadoghq.com, us5.datadoghq.com or datadoghq.eu."
        );
    }
}
