//! Settled journeys of every kind of the corpus.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_corpus::insights::{CLEAN, OTHERS};
use cxtrace_corpus::reading::Reader;
use cxtrace_domain::journeys::assemble::{Settled, assemble};
use cxtrace_domain::journeys::{Clocks, Journey, Policy};
use cxtrace_fixtures::MemoryTable;

/// The day of the recorded journeys.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-05T08:00:00Z".parse().unwrap()
}

/// A time at which every journey has settled.
pub(crate) fn later() -> DateTime<Utc> {
    start() + TimeDelta::days(5)
}

/// `count` settled journeys of each situation.
pub(crate) fn settled(count: u32) -> Vec<Journey> {
    let reader = Reader::new().unwrap();
    let mut all = Vec::new();
    for situation in CLEAN.iter().chain(OTHERS.iter()) {
        for number in 0..count {
            let deliveries = situation.record(11, number, start()).deliveries();
            let facts = reader.facts(deliveries.iter().map(String::as_str)).unwrap();
            let table = MemoryTable::of(&facts);
            for gathered in table.partition(&Clocks::default()) {
                let settled = Settled { revision: 1, content: gathered.content() };
                all.extend(assemble(&gathered, &Policy::default(), Some(settled), later()));
            }
        }
    }
    assert!(all.iter().any(|journey| journey.legs.len() > 1) && all.iter().any(|journey| !journey.insights.is_empty()));
    all
}
