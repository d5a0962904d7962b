//! Learns the offset of a source's clock from settled journeys.
//!
//! Each journey limits how far a source's clock can be ahead of the reference source's: a request lies inside the span
//! that waits for it, and a transferred call is answered within [`handoff::TOLERANCE`]. An offset is accepted if nearly
//! all journeys agree on it. It decides which hand-offs are joined *from then on*.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::clocks::Clocks;
use super::gathered::{Delay, Gathered};
use super::handoff;
use super::origin::Source;
use super::skew::enclosed;

/// Fewer readings than this are not enough.
pub const MIN_READINGS: usize = 20;

/// Only the latest readings count, up to this many.
pub const MAX_READINGS: usize = 50;

/// Wider bounds than this show that a clock may be right, but not how far it is off.
const NARROW: TimeDelta = TimeDelta::seconds(10);

/// The bounds of a clock's lead over the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The smallest possible lead.
    pub least: TimeDelta,
    /// The largest possible lead.
    pub most: TimeDelta,
}

/// The narrowest bounds that a journey gives for each source's clock, compared with `reference`.
#[must_use]
pub fn readings(gathered: &Gathered, reference: &Source) -> BTreeMap<Source, Reading> {
    let spans = enclosed(gathered, Some(reference)).filter_map(|bound| match (bound.least, bound.most) {
        (Some(least), Some(most)) if bound.to == reference => Some((bound.of, Reading { least: -most, most: -least })),
        (Some(least), Some(most)) if bound.of == reference => Some((bound.to, Reading { least, most })),
        _ => None,
    });
    let handoffs = gathered.delays.iter().filter_map(|Delay { left, arrived, apart, .. }| {
        let (source, ahead) = match (left == reference, arrived == reference) {
            (true, false) => (arrived, *apart),
            (false, true) => (left, -*apart),
            _ => return None,
        };
        Some((source, Reading { least: ahead - handoff::TOLERANCE, most: ahead + handoff::TOLERANCE }))
    });
    let mut narrowest: BTreeMap<Source, Reading> = BTreeMap::new();
    for (source, reading) in spans.chain(handoffs) {
        let known = narrowest.entry(source.clone()).or_insert(reading);
        if reading.width() < known.width() {
            *known = reading;
        }
    }
    narrowest
}

/// A clock's lead, if nine in ten of at least [`MIN_READINGS`] readings agree on it. The lead that was accepted
/// `before` stays unless more readings agree on another.
#[must_use]
pub fn believed(readings: &[Reading], before: TimeDelta) -> Option<TimeDelta> {
    let agree = |ahead: TimeDelta| readings.iter().filter(|reading| reading.allows(ahead)).count();
    let ends = || readings.iter().flat_map(|reading| [reading.least, reading.most]);
    let most = ends().map(agree).max()?;
    if readings.len() < MIN_READINGS || most * 10 < readings.len() * 9 {
        return None;
    }
    if agree(before) == most {
        return Some(before);
    }
    let agreed = || ends().filter(|end| agree(*end) == most);
    let (low, high) = (agreed().min()?, agreed().max()?);
    let middle = low + (high - low) / 2;
    let ahead = if high - low <= NARROW { middle } else { TimeDelta::zero().clamp(low, high) };
    // If two separate ranges have equal support, it is unknown which one is right.
    (agree(middle) == most && ahead.abs() <= Clocks::MAX_OFFSET).then_some(ahead)
}

impl Reading {
    fn allows(&self, ahead: TimeDelta) -> bool {
        (self.least..=self.most).contains(&ahead)
    }

    fn width(&self) -> TimeDelta {
        self.most - self.least
    }
}
