//! Our part of the time from an attribute event to Datadog's 202.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};

use crate::binaries::Binaries;
use crate::deployed::{Function, Template};
use crate::events::{Metric, event, of_every_series};
use crate::process;
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::{percentile, show};

/// The maximum duration of 99 of 100.
const MAX: Duration = Duration::from_secs(5);

/// Adds the 99th percentile of `took`, after the stream's window.
pub(crate) fn row(section: &mut Section, what: &str, window: Duration, took: &[Duration]) {
    let took = percentile(took, 0.99);
    section.target(
        format!("{what}, own part, 99 of 100"),
        format!("{} (window {} + {})", show(window + took), show(window), show(took)),
        format!("at most {}", show(MAX)),
        window + took <= MAX,
    );
}

/// Measures it.
pub(crate) async fn measure(
    binaries: &Binaries,
    template: &Template,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("From attribute to Datadog");
    let world = process::world().await?;
    let ingest = process::started(&binaries.of(Function::FLOW_METRICS), &world).await?;
    let publisher = process::started(&binaries.of(Function::METRICS_PUBLISHER), &world).await?;
    for event in of_every_series(9_999_999, SystemClock.now()) {
        process::take(&ingest, &event).await?;
    }
    if let Some(batch) = world.next_batch(usize::MAX) {
        process::take(&publisher, &batch).await?;
    }
    let mut took = Vec::new();
    for n in 0..effort.events as u64 {
        let now = SystemClock.now();
        let event = event(n, now, &[Metric { series: n, at: now - TimeDelta::milliseconds(200) }]);
        let begun = Instant::now();
        process::take(&ingest, &event).await?;
        let batch = world.next_batch(usize::MAX).ok_or("the stream holds nothing")?;
        process::take(&publisher, &batch).await?;
        took.push(begun.elapsed());
    }
    row(&mut section, "attribute event to Datadog's 202", template.window()?, &took);
    section.how(format!(
        "Own part is the batching window of the template and what the two functions take for one event with one new \
         metric: real processes, with their requests answered at once on loopback; {} events. Not counted: delivery by \
         EventBridge, Lambda and the stream, cold starts, and the network to AWS and Datadog.",
        effort.events,
    ));
    report.add(section);
    Ok(())
}
