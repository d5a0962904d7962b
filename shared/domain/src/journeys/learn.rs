//! Learning how far a source's clock is off, from journeys that have settled.
//!
//! A part that a source observed lies inside its whole, and a customer who was sent to a number is answered there within
//! [`handoff::TOLERANCE`]: each journey says between which bounds a source's clock is ahead of Genesys'. What nearly all
//! of them agree on is believed. It decides which hand-offs are joined *from then on*.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::fact::Source;
use super::gathered::{Delay, Gathered};
use super::handoff;
use super::skew::{Clocks, enclosed};

/// Fewer journeys than this prove nothing.
pub const ENOUGH: usize = 20;

/// What was observed longest ago counts no more, once there are this many.
pub const LATEST: usize = 50;

/// Bounds that leave more room than this say that a clock may be right, and not how far it is off.
const NARROW: TimeDelta = TimeDelta::seconds(10);

/// By how much a clock is ahead of Genesys', at least and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// At least.
    pub least: TimeDelta,
    /// At most.
    pub most: TimeDelta,
}

/// What a journey says of its sources' clocks: of each the narrowest bounds.
#[must_use]
pub fn readings(gathered: &Gathered) -> BTreeMap<Source, Reading> {
    let genesys = Source::genesys();
    let parts = enclosed(gathered).filter_map(|bound| match (bound.least, bound.most) {
        (Some(least), Some(most)) if *bound.to == genesys => Some((bound.of, Reading { least: -most, most: -least })),
        (Some(least), Some(most)) if *bound.of == genesys => Some((bound.to, Reading { least, most })),
        _ => None,
    });
    let handoffs = gathered.delays.iter().filter_map(|Delay { left, arrived, apart, .. }| {
        let (source, ahead) = match (*left == genesys, *arrived == genesys) {
            (true, false) => (arrived, *apart),
            (false, true) => (left, -*apart),
            _ => return None,
        };
        Some((source, Reading { least: ahead - handoff::TOLERANCE, most: ahead + handoff::TOLERANCE }))
    });
    let mut narrowest: BTreeMap<Source, Reading> = BTreeMap::new();
    for (source, reading) in parts.chain(handoffs) {
        let known = narrowest.entry(source.clone()).or_insert(reading);
        if reading.width() < known.width() {
            *known = reading;
        }
    }
    narrowest
}

/// By how much a clock is ahead, if nine in ten of at least [`ENOUGH`] readings agree on it. What was believed `before`
/// stays while nothing agrees with more of them.
#[must_use]
pub fn believed(readings: &[Reading], before: TimeDelta) -> Option<TimeDelta> {
    let agree = |ahead: TimeDelta| readings.iter().filter(|reading| reading.allows(ahead)).count();
    let ends = || readings.iter().flat_map(|reading| [reading.least, reading.most]);
    let most = ends().map(agree).max()?;
    if readings.len() < ENOUGH || most * 10 < readings.len() * 9 {
        return None;
    }
    if agree(before) == most {
        return Some(before);
    }
    let agreed = || ends().filter(|end| agree(*end) == most);
    let (low, high) = (agreed().min()?, agreed().max()?);
    let middle = low + (high - low) / 2;
    let ahead = if high - low <= NARROW { middle } else { TimeDelta::zero().clamp(low, high) };
    // Two ranges that are as good leave open which of them is right.
    (agree(middle) == most && ahead.abs() <= Clocks::MOST).then_some(ahead)
}

impl Reading {
    fn allows(&self, ahead: TimeDelta) -> bool {
        (self.least..=self.most).contains(&ahead)
    }

    fn width(&self) -> TimeDelta {
        self.most - self.least
    }
}
