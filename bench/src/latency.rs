//! Our part of the time from an event to what shows it: from an attribute to Datadog's 202, and from a span to the list of
//! journeys.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::deployed::{Function, Template};
use crate::events::{Metric, of_every_series, with_metrics};
use crate::explorer::{days, get};
use crate::process;
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{percentile, show};
use crate::traffic::{STEP, event, has_new_id};

/// The maximum duration of 99 of 100.
const MAX: Duration = Duration::from_secs(5);

/// The final number of facts of each journey.
const FACTS: u64 = 20;

/// Adds the 99th percentile of `took`, after the stream's window, and how it was measured.
fn add(
    bench: &mut Bench,
    (title, what): (&'static str, &str),
    window: Duration,
    took: &[Duration],
    how: &str,
) -> Result<(), Failure> {
    let mut section = Section::new(title);
    let took = percentile(took, 0.99);
    section.target(
        format!("{what}, own part, 99 of 100"),
        format!("{} (window {} + {})", show(window + took), show(window), show(took)),
        format!("at most {}", show(MAX)),
        window + took <= MAX,
    );
    section.how(format!(
        "Own part is the batching window of the template and what the functions take for one event: real processes, with \
         their requests answered at once on loopback. {} events {how}. Not counted: delivery by AWS, cold starts, and the \
         network.",
        bench.effort.events,
    ));
    bench.report.add(section);
    Ok(())
}

/// Measures the time from an attribute to Datadog.
pub(crate) async fn attributes(bench: &mut Bench) -> Result<(), Failure> {
    let world = process::world().await?;
    let ingest = bench.start(Function::FLOW_METRICS, &world).await?;
    let publisher = bench.start(Function::METRICS_PUBLISHER, &world).await?;
    process::take(&ingest, of_every_series(9_999_999, SystemClock.now())).await?;
    process::take(&publisher, world.next_batch(usize::MAX)).await?;
    let mut took = Vec::new();
    for n in 0..bench.effort.events as u64 {
        let now = SystemClock.now();
        let event = with_metrics(n, now, &[Metric { series: n, at: now - TimeDelta::milliseconds(200) }]);
        let begun = Instant::now();
        process::take(&ingest, [event]).await?;
        let batch = world.next_batch(usize::MAX).ok_or("the stream holds nothing")?;
        process::take(&publisher, [batch]).await?;
        took.push(begun.elapsed());
    }
    let how = "with one new metric each, for `flow-metrics` and `metrics-publisher`";
    let window = bench.template.window(Template::PUBLISHER_WINDOW)?;
    add(bench, ("From attribute to Datadog", "attribute event to Datadog's 202"), window, &took, how)
}

/// Measures the time from a span to the list of journeys.
pub(crate) async fn journeys(bench: &mut Bench) -> Result<(), Failure> {
    let world = process::world().await?;
    let collector = bench.start(Function::SPAN_COLLECTOR, &world).await?;
    let assembler = bench.start(Function::JOURNEY_ASSEMBLER, &world).await?;
    let explorer = bench.start(Function::JOURNEY_EXPLORER, &world).await?;
    let mut took = Vec::new();
    let mut rows: HashMap<String, Value> = HashMap::new();
    for n in 0..=bench.effort.events as u64 {
        let (journey, nth) = (n / FACTS, n % FACTS);
        // The two events of a span report the same start.
        let start = first(journey);
        let json = event(journey, nth, start + STEP * i32::try_from(nth)?);
        let begun = Instant::now();
        process::take(&collector, [&json]).await?;
        process::take(&assembler, [process::batch(&process::facts(world.engine()))]).await?;
        let page = get(&explorer, "/api/journeys", &days(1)).await?;
        let elapsed = begun.elapsed();
        let row = row_of(&page, start).ok_or("the list does not show a journey that was assembled")?;
        if rows.insert(row["id"].to_string(), row.clone()) == Some(row) && has_new_id(nth) {
            return Err("the list does not show a fact that was assembled".into());
        }
        // The first event fetches the key and connects.
        if n > 0 {
            took.push(elapsed);
        }
    }
    let how = "of journeys that grow to 20 facts of six ids, for `span-collector`, `journey-assembler` and \
               `journey-explorer`; a page asks every 5 s, which is not counted either";
    let window = bench.template.window(Template::ASSEMBLER_WINDOW)?;
    add(bench, ("From event to the Journey Explorer", "event to a list that shows it"), window, &took, how)
}

/// The start of a journey: some time ago, each a second after the previous one, so that lists show the latest ones
/// first.
fn first(journey: u64) -> DateTime<Utc> {
    let today = SystemClock.now() - TimeDelta::hours(2);
    DateTime::from_timestamp(today.timestamp() / 3_600 * 3_600, 0).unwrap_or(today)
        + TimeDelta::seconds(i64::try_from(journey).unwrap_or(0))
}

/// The row of the journey that began at `start`.
fn row_of(page: &Value, start: DateTime<Utc>) -> Option<Value> {
    let start = start.to_rfc3339_opts(SecondsFormat::Millis, true);
    page["rows"].as_array()?.iter().find(|row| row["started_at"] == json!(start)).cloned()
}
