//! What befalls events on their way: some come twice, some are sent again in a new envelope, some are overtaken, a
//! few are lost, and one system is silent for some minutes.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dice::Dice;
use crate::platforms::Event;

/// A system that told nothing for a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence {
    /// Which.
    pub(super) by: &'static str,
    /// From when.
    pub(super) from: DateTime<Utc>,
    /// Until when.
    pub(super) to: DateTime<Utc>,
}

impl Silence {
    fn covers(&self, event: &Event) -> bool {
        event.by == self.by && (self.from..self.to).contains(&event.published)
    }
}

/// The deliveries of `events`, as JSON, in the order in which they arrive.
pub(super) fn deliver(events: Vec<Event>, silence: &Silence, dice: &mut Dice) -> Vec<String> {
    let mut arrivals = Vec::new();
    for event in events.into_iter().filter(|event| !silence.covers(event)) {
        let mut dice = dice.fork();
        if dice.chance(1) {
            continue;
        }
        let late = match dice.below(1_000) {
            0..40 => dice.millis(200, 5_000),
            40..44 => dice.seconds(60, 600),
            _ => TimeDelta::zero(),
        };
        let at = event.published + late;
        let envelope = dice.uuid();
        if dice.chance(20) {
            arrivals.push((at + dice.seconds(1, 600), event.json(&envelope)));
        }
        if dice.chance(15) {
            arrivals.push((at + dice.seconds(1, 1_800), event.json(&dice.uuid())));
        }
        arrivals.push((at, event.json(&envelope)));
    }
    arrivals.sort();
    arrivals.into_iter().map(|(_, json)| json).collect()
}
