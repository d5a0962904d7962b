//! Which APIs are polled for events.

use std::collections::BTreeMap;
use std::fmt;

use url::{Host, Url, form_urlencoded};

/// An API of a source, with what its definition does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollTarget {
    /// The name of the source, or an alias.
    pub source: String,
    /// The values of the definition's address and query, such as `account`.
    pub values: BTreeMap<String, String>,
    /// The entry of the secret that opens it, if the source has several: `source/name`.
    pub secret: Option<String>,
    /// The address in the place of the definition's.
    pub url: Option<Url>,
}

/// The APIs that are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PollTargets(pub Vec<PollTarget>);

/// An entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolls {
    #[error("`{0}` does not begin with the name of a source")]
    Source(String),
    #[error("the value of `{0}` must have 1 to 100 letters, digits, dots, dashes or underscores, and not only dots")]
    Value(String),
    #[error("`url` must be an https address, or an http address of this machine, without a query")]
    Url,
    #[error("`{0}` stands there twice")]
    Repeated(String),
}

impl PollTargets {
    /// Reads entries such as `polyai?region=us-1&account=a&project=p`, separated by commas or spaces.
    ///
    /// # Errors
    /// The first entry of another form.
    pub fn read(setting: &str) -> Result<Self, InvalidPolls> {
        let mut all: Vec<PollTarget> = Vec::new();
        for entry in setting.split([',', ' ', '\n']).map(str::trim).filter(|entry| !entry.is_empty()) {
            let target = target(entry)?;
            if all.iter().any(|other| other.to_string() == target.to_string()) {
                return Err(InvalidPolls::Repeated(target.to_string()));
            }
            all.push(target);
        }
        Ok(Self(all))
    }
}

fn target(entry: &str) -> Result<PollTarget, InvalidPolls> {
    let (source, values) = entry.split_once('?').unwrap_or((entry, ""));
    if source.is_empty() || !source.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(InvalidPolls::Source(source.to_owned()));
    }
    let mut target =
        PollTarget { source: source.to_ascii_lowercase(), values: BTreeMap::new(), secret: None, url: None };
    for (name, value) in form_urlencoded::parse(values.as_bytes()) {
        if name == "url" {
            target.url = Some(address(&value).ok_or(InvalidPolls::Url)?);
            continue;
        }
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        // A value becomes a part of a path, where dots alone lead elsewhere.
        if !(1..=100).contains(&value.len()) || !value.bytes().all(is_plain) || value.bytes().all(|b| b == b'.') {
            return Err(InvalidPolls::Value(name.into_owned()));
        }
        match &*name {
            "secret" => target.secret = Some(value.into_owned()),
            _ => drop(target.values.insert(name.into_owned(), value.into_owned())),
        }
    }
    Ok(target)
}

/// A secret goes to this address, so it must not be readable on the way.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_local = match url.host() {
        Some(Host::Ipv4(host)) => host.is_loopback(),
        Some(Host::Ipv6(host)) => host.is_loopback(),
        Some(Host::Domain(host)) => host == "localhost",
        None => false,
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local);
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (is_safe && is_plain).then_some(url)
}

/// The name of the target: the source, and what tells it apart from others of the source.
impl fmt::Display for PollTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        let url = self.url.iter().map(|url| ("url", url.as_str()));
        let values = self.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(url);
        for (number, (name, value)) in values.enumerate() {
            write!(f, "{}{name}={value}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_values_and_a_name_that_does_not_depend_on_their_order() {
        let setting = "polyai?region=us-1&project=p-1&account=a, PolyAI?account=b&secret=second acme?url=http%3A%2F%2F127.0.0.1%3A9%2Fx";
        let PollTargets(targets) = PollTargets::read(setting).unwrap();
        let names: Vec<_> = targets.iter().map(ToString::to_string).collect();
        let expected =
            ["polyai?account=a&project=p-1&region=us-1", "polyai?account=b", "acme?url=http://127.0.0.1:9/x"];
        assert_eq!(names, expected);
        assert_eq!(targets[1].secret.as_deref(), Some("second"));
        assert_eq!(PollTargets::read(" , ").unwrap(), PollTargets::default());
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        let refused = |setting: &str| PollTargets::read(setting).unwrap_err();
        assert!(matches!(refused("?account=a"), InvalidPolls::Source(_)));
        for value in ["", "..", "a/b", "a%20b", "a%3Fb"] {
            assert!(matches!(refused(&format!("polyai?account={value}")), InvalidPolls::Value(_)), "{value}");
        }
        for url in ["http://api.example.com", "ftp://127.0.0.1", "https://a.example?x=1", "https://me@a.example", "x"] {
            assert_eq!(refused(&format!("polyai?url={url}").replace("?x", "%3Fx")), InvalidPolls::Url, "{url}");
        }
        assert!(matches!(refused("polyai?account=a,polyai?account=a"), InvalidPolls::Repeated(_)));
    }
}
