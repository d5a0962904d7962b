//! An API that is asked: its definition with the deployer's values. It must not know how a request is sent.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_settings::PollTarget;
use cxtrace_sources::registry::{Poll, Registry};
use reqwest::Url;

/// Why a target cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    #[error(
        "no definition of `{0}` has an input with `poll`. `cxtrace source list` shows the sources that can be polled"
    )]
    Unknown(String),
    #[error("`{target}` has no value for `{}`. Write {target}?{}=…", .names.join("`, `"), .names.join("=…&"))]
    Missing { target: String, names: Vec<String> },
    #[error("`{target}` gives a value to `{name}`, which its definition does not use. Leave it out")]
    Unused { target: String, name: String },
    #[error("the address of `{0}` cannot be used")]
    Url(String),
}

/// An API that is asked.
#[derive(Debug, Clone)]
pub struct Target {
    /// Names the target in the table and in logs. It holds no secret.
    pub name: String,
    /// The source's own name.
    pub source: String,
    /// The entry of the secret, if the source has several.
    pub secret: Option<String>,
    pub poll: Poll,
    url: Url,
    /// The parameters with the deployer's values. The times are still to be filled in.
    query: Vec<(String, String)>,
}

/// A part of the time that is asked for in one or several pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Target {
    /// The target by its definition.
    ///
    /// # Errors
    /// When no definition can be polled, or a value is missing.
    pub fn try_new(target: &PollTarget, registry: &Registry) -> Result<Self, InvalidTarget> {
        let unknown = || InvalidTarget::Unknown(target.source.clone());
        let definition = registry.source(&target.source).ok_or_else(unknown)?;
        let poll = definition.inputs.iter().find_map(|input| input.poll.clone()).ok_or_else(unknown)?;
        // Another address takes the place of the whole template.
        let template = target.url.as_ref().map_or(poll.url.as_str(), Url::as_str);
        let used = Poll { url: template.to_owned(), ..poll.clone() };
        let name = target.to_string();
        let names: Vec<_> = used.names();
        let missing = names.iter().filter(|used| !target.values.contains_key(**used));
        let missing: Vec<_> = missing.map(|name| (*name).to_owned()).collect();
        if !missing.is_empty() {
            return Err(InvalidTarget::Missing { target: target.source.clone(), names: missing });
        }
        let is_known = |value: &String| poll.names().contains(&value.as_str());
        if let Some(unused) = target.values.keys().find(|value| !is_known(value)) {
            return Err(InvalidTarget::Unused { target: target.source.clone(), name: unused.clone() });
        }
        let filled = |text: &str| {
            target
                .values
                .iter()
                .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        let url = Url::parse(&filled(template)).map_err(|_| InvalidTarget::Url(name.clone()))?;
        let query = poll.query.iter().map(|(name, value)| (name.clone(), filled(value))).collect();
        Ok(Self { name, source: definition.source.clone(), secret: target.secret.clone(), poll, url, query })
    }

    /// The address of a page of `window`; of its first page without `page`.
    #[must_use]
    pub fn address(&self, window: Window, page: Option<&str>) -> Url {
        let mut url = self.url.clone();
        {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &self.query {
                pairs.append_pair(name, &with_times(value, window));
            }
            if let Some((rule, page)) = self.poll.page.as_ref().zip(page) {
                pairs.append_pair(&rule.parameter, page);
            }
        }
        url
    }

    /// How far a window reaches back.
    #[must_use]
    pub fn overlap(&self) -> TimeDelta {
        seconds(self.poll.overlap_seconds())
    }

    /// How often it is asked.
    #[must_use]
    pub fn interval(&self) -> TimeDelta {
        seconds(self.poll.interval_seconds())
    }

    /// The longest time that a window adds.
    #[must_use]
    pub fn longest_window(&self) -> TimeDelta {
        seconds(self.poll.window_seconds())
    }
}

fn seconds(seconds: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(seconds).unwrap_or(3600))
}

fn with_times(text: &str, Window { from, to }: Window) -> String {
    let mut text = text.to_owned();
    for (end, at) in [("from", from), ("to", to)] {
        text = text
            .replace(&format!("{{{end}}}"), &at.to_rfc3339_opts(SecondsFormat::Millis, true))
            .replace(&format!("{{{end}_s}}"), &at.timestamp().to_string())
            .replace(&format!("{{{end}_ms}}"), &at.timestamp_millis().to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use cxtrace_settings::PollTargets;

    use super::*;

    fn target(setting: &str) -> Result<Target, InvalidTarget> {
        Target::try_new(&PollTargets::read(setting).unwrap().0[0], Registry::embedded())
    }

    #[test]
    fn an_address_is_what_the_vendor_documents() {
        let target = target("poly-ai?region=us-1&account=ACCOUNT-1&project=PROJECT-2").unwrap();
        let window =
            Window { from: "2026-04-01T00:00:00Z".parse().unwrap(), to: "2026-04-02T00:00:00Z".parse().unwrap() };
        let base = "https://api.us-1.platform.polyai.app/v3/ACCOUNT-1/PROJECT-2/conversations?end_time=2026-04-02T00%3A00%3A00.000Z\
                    &limit=100&start_time=2026-04-01T00%3A00%3A00.000Z";
        assert_eq!(target.address(window, None).as_str(), base);
        assert_eq!(target.address(window, Some("a/b=")).as_str(), format!("{base}&cursor=a%2Fb%3D"));
        assert_eq!(target.source, "polyai");
    }

    #[test]
    fn a_target_needs_every_value_and_no_other() {
        assert!(matches!(target("vapi"), Err(InvalidTarget::Unknown(_))));
        assert!(matches!(target("nobody"), Err(InvalidTarget::Unknown(_))));
        let missing = target("polyai?region=us-1&account=a").unwrap_err().to_string();
        assert_eq!(missing, "`polyai` has no value for `project`. Write polyai?project=…");
        let all = target("polyai").unwrap_err().to_string();
        assert!(
            all.contains("`account`, `project`, `region`") && all.contains("?account=…&project=…&region=…"),
            "{all}"
        );
        let unused = target("polyai?region=us-1&account=a&project=b&projekt=c").unwrap_err().to_string();
        assert!(unused.contains("`projekt`"), "{unused}");
    }

    #[test]
    fn times_are_written_as_the_definition_says() {
        let window = Window { from: DateTime::UNIX_EPOCH, to: DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_500) };
        assert_eq!(with_times("{from_ms}-{to_ms} {from_s}-{to_s} {to}", window), "0-1500 0-1 1970-01-01T00:00:01.500Z");
    }
}
