//! The settings that say how journeys are assembled: one reading of them for every function.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cxtrace_domain::journeys::{Policy, Source};
use cxtrace_lambda::environment::{Environment, InvalidSetting};
use cxtrace_lambda::settings::retention;

/// How journeys are assembled and kept.
#[derive(Debug, Clone)]
pub struct JourneySettings {
    /// `CORRELATION_TABLE`.
    pub table: String,
    /// `RETENTION_DAYS`: how long the correlation table keeps its items after they were last written.
    pub retention: TimeDelta,
    /// What is long, and how late a source may be.
    pub policy: Policy,
}

impl JourneySettings {
    /// Reads them.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        let table =
            environment.require("CORRELATION_TABLE", "the name of the correlation table; the template sets it")?;
        let policy = policy(environment)?;
        Ok(Self { table: table.to_owned(), retention: retention(environment)?, policy })
    }
}

/// The numbers behind gaps, insights and status.
///
/// # Errors
/// The first setting that cannot be used.
pub fn policy(environment: &Environment) -> Result<Policy, InvalidSetting> {
    let default = cxtrace_sources::policy();
    let seconds = |name, what, default: TimeDelta, range| {
        environment.number(name, what, default.num_seconds(), range).map(TimeDelta::seconds)
    };
    let what = "sources with how late they may be in seconds, such as crm=7200,sbc=300";
    Ok(Policy {
        delays: environment.read("SOURCE_DELAYS", what, BTreeMap::new(), delays)?,
        delay: seconds("SETTLE_SECONDS", "a whole number of seconds, 1 to 604800", default.delay, 1..=604_800)?,
        long_queue: seconds("LONG_QUEUE_SECONDS", "a whole number of seconds", default.long_queue, 1..=86_400)?,
        long_gap: seconds("LONG_GAP_SECONDS", "a whole number of seconds", default.long_gap, 1..=86_400)?,
        slow_backend: environment
            .number(
                "SLOW_BACKEND_MS",
                "milliseconds, 1 to 600000",
                default.slow_backend.num_milliseconds(),
                1..=600_000,
            )
            .map(TimeDelta::milliseconds)?,
        ..default
    })
}

fn delays(text: &str) -> Result<BTreeMap<Source, TimeDelta>, String> {
    let mut delays = BTreeMap::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (source, seconds) = entry.split_once('=').ok_or_else(|| format!("{entry:?} has no ="))?;
        let source = Source::read(source.trim()).ok_or_else(|| format!("{:?} is no source's name", source.trim()))?;
        let seconds = seconds.trim().parse::<u32>().map_err(|error| format!("of {entry:?}, {error}"))?;
        delays.insert(source, TimeDelta::seconds(i64::from(seconds)));
    }
    Ok(delays)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<JourneySettings, InvalidSetting> {
        JourneySettings::read(&Environment::of([("CORRELATION_TABLE", "t"), (name, value)]))
    }

    #[test]
    fn sources_may_be_as_late_as_they_are_said_to_be() {
        let policy = read("SOURCE_DELAYS", "crm=7200, sbc=300,").unwrap().policy;
        let delay = |source| policy.delay_of(&Source::read(source).unwrap()).num_seconds();
        assert_eq!((delay("crm"), delay("sbc"), delay("genesys")), (7200, 300, 900));
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_what_to_do() {
        let message = |name, value| read(name, value).unwrap_err().to_string();
        assert_eq!(
            message("SOURCE_DELAYS", "crm"),
            "SOURCE_DELAYS is \"crm\", which cannot be used: \"crm\" has no =. Set it to sources with how late they may be in seconds, such as crm=7200,sbc=300."
        );
        assert!(message("SOURCE_DELAYS", "CRM=1").contains("no source's name"));
        assert!(message("SETTLE_SECONDS", "0").contains("it must be 1 to 604800"));
        assert!(JourneySettings::read(&Environment::default()).unwrap_err().to_string().contains("CORRELATION_TABLE"));
    }
}
