//! The demo's journeys: replayed scenarios, each reported by every system that the customer met, and recorded stories in the
//! vendors' own shapes.

use std::sync::Arc;

use chrono::{DurationRound, TimeDelta};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_corpus::demo::{DemoScenario, scenarios, stories};
use cxtrace_domain::journeys::Journey;

use super::day;
use super::part::Part;
use crate::commands::replay_loop::replay_all;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::recording::Origin;
use crate::recording::recording_clock::RecordingClock;
use crate::recording::timeline::{Recorded, Step, published};
use crate::report::journeys as report;
use crate::report::layout::{number, several};
use crate::twin::Replay;

/// Replays the scenarios. With `today`, they happen in the last hours, where a reader of the explorer looks for them.
pub(super) async fn replay(replay: &mut Replay, today: bool) -> Result<Part, Failure> {
    let start =
        if today { SystemClock.now() - TimeDelta::minutes(165) } else { day::traffic()?.start + TimeDelta::hours(33) };
    let start = start.duration_trunc(TimeDelta::minutes(1)).unwrap_or(start);
    let mut scenarios = scenarios(start);
    scenarios.extend(stories(start + TimeDelta::minutes(4) * i32::try_from(scenarios.len()).unwrap_or_default()));
    let events = events(&scenarios);
    let count = events.len() as u64;
    let timeline = RecordingClock::new(events.into_iter(), published);
    let replayed = replay_all(replay, timeline, Progress::new(Some(count)), |_, read| read).await?;
    // Every source's delay passes, so that the journeys settle.
    replay.let_pass(TimeDelta::hours(1)).await?;
    replay.finish().await?;
    let journeys = Box::pin(replay.twin.journeys.all()).await?;
    let headline = format!(
        "{} of {} customers, reported by Genesys and other systems: {}.\n",
        several(count, "event"),
        number(scenarios.len() as u64),
        several(journeys.len() as u64, "journey"),
    );
    let list = report::titled(&journeys, true, |journey| title(&scenarios, journey));
    Ok(Part { text: format!("{headline}\n{list}"), completion: replayed.completion() })
}

/// The scenarios' events, in the order of publication.
fn events(scenarios: &[DemoScenario]) -> Vec<Step> {
    let name: Arc<str> = "the demo's journeys".into();
    let events = (1..).zip(scenarios.iter().flat_map(|scenario| &scenario.events));
    let recorded = events.map(|(line, json)| Recorded::new(Origin { name: name.clone(), line }, Ok(json.clone())));
    let mut events: Vec<Step> = recorded.map(Ok).collect();
    events.sort_by_key(published);
    events
}

fn title(scenarios: &[DemoScenario], journey: &Journey) -> Option<&'static str> {
    let has = |anchor: &str| journey.ids.iter().any(|id| format!("{}:{}", id.namespace, id.value) == anchor);
    scenarios.iter().find(|scenario| has(&scenario.anchor.to_string())).map(|scenario| scenario.title)
}
