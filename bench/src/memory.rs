//! The most memory that a process of a function has ever held.

use chrono::{TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;

use crate::binaries::Binaries;
use crate::events::{Metric, event, event_of, of_every_series};
use crate::functions::Function;
use crate::report::{Report, Section};
use crate::stats::thousands;
use crate::{Effort, Failure, journeys, process};

/// The most that an ingest function may hold, in bytes.
pub(crate) const MOST: u64 = 12_000_000;

/// An event as large as EventBridge takes it, in bytes.
const LARGEST: usize = 1_000_000;

/// The most metrics in one conversation that the documents speak of.
const MANY: u64 = 10_000;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Peak memory");
    section.means(
        "The most memory that a function's process has ever held. Lambda ends one that needs more than the template \
         gives it: 128 MB or more.",
    );
    let world = process::world().await?;
    let now = SystemClock.now();
    let warm = async || {
        let process = process::started(&binaries.of(Function::FlowMetrics), &world).await?;
        for event in of_every_series(0, now) {
            process::take(&process, &event).await?;
        }
        Ok::<_, Failure>(process)
    };

    let process = process::started(&binaries.of(Function::FlowMetrics), &world).await?;
    section.row("`flow-metrics`, before its first event", show(peak(&process)?));
    drop(process);

    let process = warm().await?;
    for n in 0..effort.events as u64 {
        process::take(&process, &one_new(n, now)).await?;
    }
    let target = format!("at most {} MB", MOST / 1_000_000);
    let mut row = |what: String, process: &Process| {
        let peak = peak(process)?;
        section.target(what, show(peak), target.as_str(), peak <= MOST);
        Ok::<_, Failure>(())
    };
    row(format!("`flow-metrics`, after {} events with a new metric each", thousands(effort.events as u64)), &process)?;

    process::take(&process, &largest(now)).await?;
    row("`flow-metrics`, after an event of 1 MB besides, of ordinary attributes".to_owned(), &process)?;
    drop(process);

    let process = warm().await?;
    let metrics: Vec<_> = (0..MANY).map(|n| nth(n, now)).collect();
    let many = event(1_000_000, now, &metrics);
    process::take(&process, &many).await?;
    section.row(
        format!(
            "`flow-metrics`, after one event with {} new metrics ({} bytes)",
            thousands(MANY),
            thousands(many.len() as u64)
        ),
        show(peak(&process)?),
    );
    drop(process);

    publisher(binaries, effort, &world, &mut section).await?;
    journeys::memory::measure(binaries, effort, &mut section).await?;
    section.how("The peak of resident memory that Linux keeps for each process (VmHWM), read from `/proc`.");
    report.add(section);
    Ok(())
}

async fn publisher(
    binaries: &Binaries,
    effort: Effort,
    world: &Endpoints,
    section: &mut Section,
) -> Result<(), Failure> {
    let process = process::started(&binaries.of(Function::MetricsPublisher), world).await?;
    let mut batches = 0;
    let mut largest = 0;
    while world.engine().waiting(0) > 0 {
        if let Some(batch) = world.next_batch(1_000) {
            largest = largest.max(batch.len());
            process::take(&process, &batch).await?;
            batches += 1;
        }
        if batches > effort.events {
            break;
        }
    }
    section.row(
        format!("`metrics-publisher`, after {batches} batches of up to {} bytes", thousands(largest as u64)),
        show(peak(&process)?),
    );
    Ok(())
}

fn one_new(n: u64, now: chrono::DateTime<Utc>) -> String {
    event(n + 1, now, &[nth(n, now)])
}

fn nth(n: u64, now: chrono::DateTime<Utc>) -> Metric {
    Metric { series: n, at: now - TimeDelta::milliseconds(i64::try_from(n % 600_000).unwrap_or(0)) }
}

/// The largest event that EventBridge takes, and nothing in it counts.
fn largest(now: chrono::DateTime<Utc>) -> String {
    let empty = event(0, now, &[]).len();
    let name = |n: usize| format!("Ordinary attribute number {n:09}");
    // What an attribute is in JSON: two pairs of quotation marks, a colon, a comma and the value.
    let each = name(0).len() + 7;
    event_of(0, now, (0..(LARGEST - empty) / each).map(name).collect())
}

pub(crate) fn peak(process: &Process) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid()))?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    Ok(kibibytes.ok_or("Linux does not tell the peak of memory")?.trim().parse::<u64>()? * 1_024)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(crate) fn show(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
