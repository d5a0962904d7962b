//! The demo's day: generated events, counted.

use std::sync::Arc;

use super::comparison::Comparison;
use super::part::{Part, environment, remove_tables};
use crate::commands::generate::START;
use crate::commands::options::TableOptions;
use crate::commands::replay_loop::replay_all;
use crate::failure::{Completion, Failure};
use crate::generate::{ExpectedCounts, Traffic};
use crate::progress::Progress;
use crate::recording::Origin;
use crate::recording::recording_clock::RecordingClock;
use crate::recording::timeline::{Recorded, Step, published};
use crate::report::layout::{number, several};
use crate::report::table;
use crate::twin::Replay;

/// The day's events.
pub(super) fn traffic() -> Result<Traffic, Failure> {
    let start = START.parse().map_err(|_| Failure::failed("the demo's start time is invalid. Please report this."))?;
    Ok(Traffic { seed: 1, conversations: 400, hours: 24, start })
}

/// Replays the day on a twin of its own, and compares the counts with the expected.
pub(super) async fn replay(table: &TableOptions) -> Result<Part, Failure> {
    let traffic = traffic()?;
    let opened = Replay::open_to_count(table.fresh_location(), environment()).await;
    let mut replay = opened.map_err(|error| Failure::usage_of(&error))?;
    let counted = Box::pin(count(&mut replay, &traffic)).await;
    remove_tables(table, &replay).await;
    counted
}

async fn count(replay: &mut Replay, traffic: &Traffic) -> Result<Part, Failure> {
    let expected = traffic.expected();
    let name: Arc<str> = "the demo's day".into();
    let events = (1..).zip(traffic.events()).map(move |(line, event)| -> Step {
        Ok(Recorded::new(Origin { name: Arc::clone(&name), line }, Ok(event.json)))
    });
    let timeline = RecordingClock::new(events, published);
    let replayed = replay_all(replay, timeline, Progress::new(Some(expected.events)), |_, read| read).await?;
    let points = replay.finish().await?;

    let comparison = Comparison::of(&expected, &points);
    let text = format!("{}\n{}\n{}", headline(traffic, &expected), table::metrics(&points), comparison.text());
    let completion = if comparison.is_exact() { replayed.completion() } else { Completion::Partial };
    Ok(Part { text, completion })
}

fn headline(traffic: &Traffic, expected: &ExpectedCounts) -> String {
    format!(
        "A generated day in a contact centre: {} of {}.\n\
         {} were delivered twice and {} sent twice; others came late or out of order.\n",
        several(expected.events, "event"),
        several(traffic.conversations.into(), "conversation"),
        number(expected.redelivered),
        number(expected.resent),
    )
}
