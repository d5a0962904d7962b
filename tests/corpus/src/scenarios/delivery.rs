//! The delivery of events: some arrive twice, some are sent again in a new envelope, some arrive out of order, a few are
//! lost, and one system sends nothing for some minutes.

use chrono::{DateTime, TimeDelta, Utc};

use crate::platforms::Event;
use cxtrace_fixtures::SeededRng;

/// A period in which one system sends nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    /// The system's name.
    pub(super) by: &'static str,
    /// The beginning.
    pub(super) from: DateTime<Utc>,
    /// The end, not included.
    pub(super) to: DateTime<Utc>,
}

impl Outage {
    fn covers(&self, event: &Event) -> bool {
        event.by == self.by && (self.from..self.to).contains(&event.published)
    }
}

/// The deliveries of `events`, as JSON, in the order in which they arrive.
pub(super) fn deliver(events: Vec<Event>, outage: &Outage, rng: &mut SeededRng) -> Vec<String> {
    let mut arrivals = Vec::new();
    for event in events.into_iter().filter(|event| !outage.covers(event)) {
        let mut rng = rng.fork();
        if rng.chance(1) {
            continue;
        }
        let late = match rng.below(1_000) {
            0..40 => rng.millis(200, 5_000),
            40..44 => rng.seconds(60, 600),
            _ => TimeDelta::zero(),
        };
        let at = event.published + late;
        let envelope = rng.uuid();
        if rng.chance(20) {
            arrivals.push((at + rng.seconds(1, 600), event.json(&envelope)));
        }
        if rng.chance(15) {
            arrivals.push((at + rng.seconds(1, 1_800), event.json(&rng.uuid())));
        }
        arrivals.push((at, event.json(&envelope)));
    }
    arrivals.sort();
    arrivals.into_iter().map(|(_, json)| json).collect()
}
