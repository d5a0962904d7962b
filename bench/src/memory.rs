//! The peak memory of an ingest function for metrics.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::runtime_api::Process;

use crate::binaries::Binaries;
use crate::deployed::Function;
use crate::events::{Metric, event, event_of, of_every_series};
use crate::process::{self, peak};
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::{megabytes, thousands};

/// The maximum memory of an ingest function, in bytes.
const MAX: u64 = 12_000_000;

/// The size of the largest event that EventBridge accepts, in bytes.
const LARGEST: usize = 1_000_000;

/// Adds the peak of an ingest function's process.
pub(crate) fn row(section: &mut Section, what: impl Into<String>, process: &Process) -> Result<(), Failure> {
    let peak = peak(process)?;
    section.target(what, megabytes(peak), format!("at most {} MB", MAX / 1_000_000), peak <= MAX);
    Ok(())
}

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Peak memory: metrics");
    let world = process::world().await?;
    let now = SystemClock.now();
    let process = process::started(&binaries.of(Function::FLOW_METRICS), &world).await?;
    for event in of_every_series(0, now) {
        process::take(&process, &event).await?;
    }
    let events = effort.events as u64;
    for n in 0..events {
        let at = now - TimeDelta::milliseconds(i64::try_from(n % 600_000)?);
        process::take(&process, &event(n + 1, now, &[Metric { series: n, at }])).await?;
    }
    let what = format!("`flow-metrics`, after {} events with a new metric each", thousands(events));
    row(&mut section, what, &process)?;
    process::take(&process, &largest(now)).await?;
    row(&mut section, "`flow-metrics`, after an event of 1 MB besides, of ordinary attributes", &process)?;
    section.how("The peak of resident memory that Linux keeps for each process (VmHWM).");
    report.add(section);
    Ok(())
}

/// The largest event that EventBridge accepts, without anything to count.
fn largest(now: DateTime<Utc>) -> String {
    let empty = event(0, now, &[]).len();
    let name = |n: usize| format!("Ordinary attribute number {n:09}");
    // The JSON around an attribute's name: two pairs of quotation marks, a colon, a comma and the value.
    let each = name(0).len() + 7;
    event_of(0, now, (0..(LARGEST - empty) / each).map(name).collect())
}
