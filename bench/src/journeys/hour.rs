//! Runs an hour of the corpus through all functions of journeys until all journeys have settled.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::pipeline::{Done, Journeys};
use super::traffic::hour;
use crate::cost::shards;
use crate::deployed::Template;
use crate::prices::Prices;
use crate::process::CORRELATION;
use crate::run::{Effort, Failure};
use crate::units::stored_bytes;

/// After this time everything has settled, even with open spans.
const UNTIL_SETTLED: TimeDelta = TimeDelta::hours(27);

/// The result of a run.
pub(super) struct HourRun {
    /// The functions' work.
    pub(super) done: Done,
    /// The numbers of events: of attributes, other Genesys events, and spans of other systems.
    pub(super) events: [u64; 3],
    /// The number of journeys.
    pub(super) journeys: u64,
    /// The number of events on the journey bus.
    pub(super) notified: u64,
    /// The storage in DynamoDB.
    pub(super) stored_bytes: u64,
}

/// Runs it.
pub(super) async fn run(template: &Template, prices: &Prices, effort: Effort) -> Result<HourRun, Failure> {
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
    Ok(HourRun {
        events,
        journeys: items.iter().filter(is_line).count() as u64,
        notified: journeys.notified() as u64,
        stored_bytes: stored_bytes(&journeys.engine, CORRELATION),
        done: journeys.done,
    })
}
