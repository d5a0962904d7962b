//! The part of an input that says how an API is polled for events. `build.rs` reads the same types. It must
//! not know how a request is made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::length::Length;

/// How an API is asked. Texts in braces stand for values: those of the deployer, such as `{account}`, and in `query` the ends of
/// the window, `{from}` and `{to}` (RFC 3339), `{from_s}` and `{to_s}`, or `{from_ms}` and `{to_ms}` (since the epoch).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Poll {
    /// The address, without a query.
    pub url: String,
    /// The parameters of every request.
    pub query: BTreeMap<String, String>,
    /// How the next page is asked for. Without it an answer is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// Where the list of items is in the answer, such as `data.calls`. Empty if the answer is the list.
    pub items: String,
    /// Where the time of an item is in it. An item without one happened when it was read.
    pub time: String,
    /// The header with the secret.
    pub header: String,
    /// What stands before the secret there, such as `Bearer `.
    pub prefix: String,
    /// How often the API is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Length>,
    /// How far a window reaches back before the end of the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Length>,
    /// The longest time that one window adds. After an outage, several follow each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Length>,
    /// The most pages of one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pages: Option<u16>,
}

/// How the next page is asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// The parameter that asks for it.
    pub parameter: String,
    /// Where its value is in the answer. The page is the last one if there is none.
    pub next: String,
}

/// What stands between braces in `text`. `None` if a brace is not closed.
fn places(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}')?;
        found.push(place);
        rest = after;
    }
    (!rest.contains('}')).then_some(found)
}

impl Poll {
    /// The values that the query fills in itself.
    pub const TIMES: [&str; 6] = ["from", "to", "from_s", "to_s", "from_ms", "to_ms"];

    /// The names of the values that the deployer gives.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let texts = std::iter::once(&self.url).chain(self.query.values());
        let mut names: Vec<_> = texts.filter_map(|text| places(text)).flatten().collect();
        names.retain(|name| !Self::TIMES.contains(name));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How often the API is asked, in seconds.
    #[must_use]
    pub fn interval_seconds(&self) -> u64 {
        self.interval.map_or(300, Length::seconds)
    }

    /// How far a window reaches back, in seconds.
    #[must_use]
    pub fn overlap_seconds(&self) -> u64 {
        self.overlap.map_or(3600, Length::seconds)
    }

    /// The longest time that one window adds, in seconds.
    #[must_use]
    pub fn window_seconds(&self) -> u64 {
        self.window.map_or(3600, Length::seconds)
    }

    /// The most pages of one run.
    #[must_use]
    pub fn most_pages(&self) -> u16 {
        self.max_pages.unwrap_or(20)
    }

    /// What is wrong with it, for the input `name`. The message names it between its first backticks.
    ///
    /// # Errors
    /// When an API cannot be asked so.
    #[cfg_attr(not(feature = "folders"), allow(dead_code, reason = "only the build and the command check definitions"))]
    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        let wrong =
            |what: &str, text: &str, rule: &str| Err(format!("`{text}` in `{what}` of the input {name} {rule}"));
        if !self.url.starts_with("https://") || self.url.contains(['?', '#', ' ']) {
            return wrong("url", &self.url, "is not an https address without a query. Put parameters into `query`");
        }
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        for text in std::iter::once(&self.url).chain(self.query.values()) {
            if places(text).is_none_or(|found| !found.into_iter().all(is_name)) {
                return wrong(
                    "poll",
                    text,
                    "has a brace that is not closed, or a name with other characters than a-z, 0-9 and _",
                );
            }
        }
        let in_address = places(&self.url).unwrap_or_default();
        if let Some(time) = in_address.iter().find(|found| Self::TIMES.contains(found)) {
            return wrong("url", time, "is a time of the window. Use it in `query`");
        }
        if !self.query.values().any(|value| value.contains("{from")) {
            return Err(format!(
                "`query` of the input {name} does not use {{from}}. Every request must say where its window begins"
            ));
        }
        let is_header =
            !self.header.is_empty() && self.header.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !is_header {
            return wrong("header", &self.header, "is not the name of a header. Name the one that takes the secret");
        }
        if let Some(page) = &self.page
            && (page.parameter.is_empty() || page.next.is_empty())
        {
            return Err(format!("`page` of the input {name} needs `parameter` and `next`"));
        }
        for (what, seconds, least) in [
            ("interval", self.interval_seconds(), 60),
            ("overlap", self.overlap_seconds(), 1),
            ("window", self.window_seconds(), 60),
        ] {
            if seconds < least {
                return Err(format!("`{what}` of the input {name} is too short. Give {least}s or more"));
            }
        }
        if self.most_pages() == 0 {
            return Err(format!("`max_pages` of the input {name} must be 1 or more"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll() -> Poll {
        Poll {
            url: "https://api.{region}.example.com/{account}/calls".to_owned(),
            query: BTreeMap::from([("since".to_owned(), "{from_ms}".to_owned())]),
            header: "x-api-key".to_owned(),
            ..Poll::default()
        }
    }

    #[test]
    fn the_deployer_gives_the_values_that_are_no_times() {
        assert_eq!(poll().names(), ["account", "region"]);
        assert_eq!(poll().check("calls"), Ok(()));
        let defaults =
            (poll().interval_seconds(), poll().overlap_seconds(), poll().window_seconds(), poll().most_pages());
        assert_eq!(defaults, (300, 3600, 3600, 20));
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_its_key() {
        let page = Page { parameter: "cursor".to_owned(), next: String::new() };
        for (wrong, key) in [
            (Poll { url: "http://api.example.com".to_owned(), ..poll() }, "url"),
            (Poll { url: "https://api.example.com/x?y=1".to_owned(), ..poll() }, "url"),
            (Poll { url: "https://api.example.com/{from}".to_owned(), ..poll() }, "url"),
            (Poll { url: "https://api.example.com/{account".to_owned(), ..poll() }, "poll"),
            (Poll { url: "https://api.example.com/{Account}".to_owned(), ..poll() }, "poll"),
            (Poll { query: BTreeMap::new(), ..poll() }, "query"),
            (Poll { header: String::new(), ..poll() }, "header"),
            (Poll { page: Some(page), ..poll() }, "page"),
            (Poll { interval: Length::read("30s"), ..poll() }, "interval"),
            (Poll { overlap: Length::read("0s"), ..poll() }, "overlap"),
            (Poll { max_pages: Some(0), ..poll() }, "max_pages"),
        ] {
            let problem = wrong.check("calls").unwrap_err();
            assert!(problem.contains(&format!("`{key}`")), "{problem}");
        }
    }
}
