//! An hour of the corpus through all functions of journeys, and what they have done when all has settled.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::pipeline::{Done, Journeys};
use super::traffic::hour;
use crate::cost::shards;
use crate::deployed::Template;
use crate::prices::Prices;
use crate::run::{Effort, Failure};
use crate::units::stored_size;

/// After this long everything has settled, open spans too.
const UNTIL_SETTLED: TimeDelta = TimeDelta::hours(27);

/// What a run came to.
pub(super) struct Run {
    /// What the functions have done.
    pub(super) done: Done,
    /// How many events there were: of attributes, others of Genesys, and spans of other systems.
    pub(super) events: [u64; 3],
    /// How many journeys they made.
    pub(super) journeys: u64,
    /// How many events were put on the journey bus.
    pub(super) notified: u64,
    /// What DynamoDB stores of it.
    pub(super) stored_bytes: u64,
}

/// Runs it.
pub(super) async fn run(template: &Template, prices: &Prices, effort: Effort) -> Result<Run, Failure> {
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let mut journeys = Journeys::new(start, template, shards(prices)).await?;
    let mut events = [0; 3];
    let mut last = start;
    for arrival in hour(effort.journeys, start) {
        last = last.max(arrival.at);
        journeys.advance_to(last).await?;
        events[arrival.class as usize] += 1;
        journeys.take(arrival.class, &arrival.json).await?;
    }
    journeys.advance_to(last + UNTIL_SETTLED).await?;
    let items = journeys.items();
    let is_line = |item: &&Value| item["sk"]["S"] == "row" && !item["began"].is_null();
    Ok(Run {
        events,
        journeys: items.iter().filter(is_line).count() as u64,
        notified: journeys.notified() as u64,
        stored_bytes: items.iter().map(stored_size).sum(),
        done: journeys.done,
    })
}
