//! Our part of the time from an event to a list that shows it.

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::explorer::{days, get};
use super::traffic::{STEP, event, fact};
use crate::binaries::Binaries;
use crate::deployed::{Function, Template};
use crate::latency::row;
use crate::process;
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};

/// The final number of facts of each journey.
const FACTS: u64 = 20;

/// Measures it.
pub(crate) async fn measure(
    binaries: &Binaries,
    template: &Template,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("From event to the Journey Explorer");
    let world = process::world().await?;
    let started = async |function: Function| process::started(&binaries.of(function), &world).await;
    let collector = started(Function::SPAN_COLLECTOR).await?;
    let assembler = started(Function::JOURNEY_ASSEMBLER).await?;
    let explorer = started(Function::JOURNEY_EXPLORER).await?;
    let mut took = Vec::new();
    let mut rows: HashMap<String, Value> = HashMap::new();
    for n in 0..=effort.events as u64 {
        let (journey, nth) = (n / FACTS, n % FACTS);
        // The two events of a span report the same start.
        let json = event(journey, nth, first(journey) + STEP * i32::try_from(nth)?);
        let begun = Instant::now();
        process::take(&collector, &json).await?;
        let batch = process::batch(&process::facts(world.engine()));
        process::take(&assembler, &batch).await?;
        let page = get(&explorer, "/api/journeys", &days(1)).await?;
        let elapsed = begun.elapsed();
        let row = row_of(&page, &json).ok_or("the list does not show a journey that was assembled")?;
        if rows.insert(row["id"].to_string(), row.clone()) == Some(row) {
            return Err("the list does not show a fact that was assembled".into());
        }
        // The first event fetches the key and connects.
        if n > 0 {
            took.push(elapsed);
        }
    }
    row(&mut section, "event to a list that shows it", template.window()?, &took);
    section.how(format!(
        "Own part is the batching window of the template and what `span-collector`, `journey-assembler` and \
         `journey-explorer` take for one event: real processes, with their requests answered at once on loopback. {} events \
         of journeys that grow to {FACTS} facts of six ids. Not counted: delivery by AWS, cold starts, the network, and how \
         often a page asks (every 5 s).",
        took.len(),
    ));
    report.add(section);
    Ok(())
}

/// The start of a journey: some time ago, each a second after the previous one, so that lists show the latest ones
/// first.
fn first(journey: u64) -> DateTime<Utc> {
    let today = SystemClock.now() - TimeDelta::hours(2);
    DateTime::from_timestamp(today.timestamp() / 3_600 * 3_600, 0).unwrap_or(today)
        + TimeDelta::seconds(i64::try_from(journey).unwrap_or(0))
}

fn row_of(page: &Value, event: &str) -> Option<Value> {
    let anchor = fact(event).ok()?.anchor.to_string();
    let is_it = |row: &&Value| row["ids"].as_array().is_some_and(|ids| ids.iter().any(|id| *id == json!(anchor)));
    page["rows"].as_array()?.iter().find(is_it).cloned()
}
