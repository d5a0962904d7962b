//! What this crate knows of its platforms and the assembly of journeys needs.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cxtrace_domain::journeys::{Policy, Source};

use crate::genesys;
use crate::registry::{Length, Registry};

/// The policy for the platforms that this crate reads. Genesys Cloud's clock is the reference, and Genesys Cloud reports
/// its conversations. No other source must report: others name its ids whether somebody has connected it or not. How late a
/// source may report stands in its definition.
#[must_use]
pub fn policy() -> Policy {
    let delay = |(source, length): (&str, Length)| {
        let length = TimeDelta::try_seconds(i64::try_from(length.seconds()).ok()?)?;
        Some((Source::read(source)?, length))
    };
    Policy {
        delays: Registry::embedded().delays().filter_map(delay).collect(),
        reference: Some(genesys::SOURCE),
        reporters: BTreeMap::from([(genesys::CONVERSATION, genesys::SOURCE)]),
        authorities: authorities(),
        ..Policy::default()
    }
}

/// The authority of each source that has a definition.
fn authorities() -> BTreeMap<Source, u8> {
    // The build has written a name and a number in each line.
    let lines = include_str!(concat!(env!("OUT_DIR"), "/authorities.txt")).lines();
    lines
        .filter_map(|line| {
            let (name, authority) = line.split_once(' ')?;
            Some((Source::read(name)?, authority.parse().ok()?))
        })
        .collect()
}
