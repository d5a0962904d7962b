//! What this crate knows of its platforms and the assembly of journeys needs.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cxtrace_domain::journeys::{Policy, Source};

use crate::genesys;
use crate::registry::Registry;

/// The policy for the platforms that this crate reads. Genesys Cloud's clock is the reference, and Genesys Cloud reports
/// its conversations. No other source must report: others name its ids whether somebody has connected it or not. How late a
/// source may report stands in its definition.
#[must_use]
pub fn policy() -> Policy {
    Policy {
        delays: delays(),
        reference: Some(genesys::SOURCE),
        reporters: BTreeMap::from([(genesys::CONVERSATION, genesys::SOURCE)]),
        authorities: authorities(),
        ..Policy::default()
    }
}

/// How late each source may report whose definition says so.
fn delays() -> BTreeMap<Source, TimeDelta> {
    let delay =
        |name: &str, seconds: u64| Some((Source::read(name)?, TimeDelta::try_seconds(i64::try_from(seconds).ok()?)?));
    match Registry::in_place() {
        Some(registry) => registry.delays().filter_map(|(name, length)| delay(name, length.seconds())).collect(),
        None => lines(include_str!(concat!(env!("OUT_DIR"), "/delays.txt")))
            .filter_map(|(name, seconds)| delay(name, seconds.parse().ok()?))
            .collect(),
    }
}

/// The authority of each source that has a definition.
fn authorities() -> BTreeMap<Source, u8> {
    lines(include_str!(concat!(env!("OUT_DIR"), "/authorities.txt")))
        .filter_map(|(name, authority)| Some((Source::read(name)?, authority.parse().ok()?)))
        .collect()
}

/// The build has written a name and a number in each line. Functions that only assemble journeys read nothing else of the
/// definitions at their start.
fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter_map(|line| line.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delays_are_those_of_the_definitions() {
        let declared: BTreeMap<_, _> =
            Registry::built_in().delays().map(|(name, length)| (name.to_owned(), length.seconds())).collect();
        let delays = policy().delays.into_iter();
        let delays: BTreeMap<_, _> =
            delays.map(|(source, by)| (source.as_str().to_owned(), by.num_seconds().unsigned_abs())).collect();
        assert!(declared.len() > 30);
        assert_eq!(delays, declared);
    }
}
