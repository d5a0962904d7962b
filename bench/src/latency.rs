//! From an attribute event to Datadog's 202: the part of it that is ours.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};

use crate::binaries::Binaries;
use crate::events::{Metric, event, of_every_series};
use crate::functions::Function;
use crate::prices::Prices;
use crate::report::{Report, Section};
use crate::stats::{percentile, show};
use crate::template::Template;
use crate::{Effort, Failure, process};

/// How long 99 of 100 may take.
const MOST: Duration = Duration::from_secs(5);

/// Measures it.
pub(crate) async fn measure(
    binaries: &Binaries,
    template: &Template,
    prices: &Prices,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("From attribute to Datadog");
    section.means("How old a count is when Datadog has it: from the event's delivery to Datadog's acceptance.");
    let world = process::world().await?;
    let ingest = process::started(&binaries.of(Function::FlowMetrics), &world).await?;
    let publisher = process::started(&binaries.of(Function::MetricsPublisher), &world).await?;
    for event in of_every_series(9_999_999, SystemClock.now()) {
        process::take(&ingest, &event).await?;
    }
    if let Some(batch) = world.next_batch(usize::MAX) {
        process::take(&publisher, &batch).await?;
    }
    let before: u64 = world.requests().values().sum();
    let series_before = world.requests().get("series").copied().unwrap_or_default();
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
    let all = world.requests().values().sum::<u64>() - before;
    let series = world.requests().get("series").copied().unwrap_or_default() - series_before;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand requests")]
    let per_event = |requests: u64| requests as f64 / effort.events as f64;
    let window = Duration::from_secs(template.window_seconds);
    let distances = Duration::from_secs_f64(
        (per_event(all - series) * prices.assumed.round_trip_ms
            + per_event(series) * prices.assumed.datadog_round_trip_ms)
            / 1_000.0,
    );

    let shown = |share| {
        let took = percentile(&took, share);
        (window + took, format!("{} (window {} + {})", show(window + took), show(window), show(took)))
    };
    section.row("attribute event to Datadog's 202, own part, 50 of 100", shown(0.5).1);
    let (p99, text) = shown(0.99);
    section.target(
        "attribute event to Datadog's 202, own part, 99 of 100",
        text,
        format!("at most {}", show(MOST)),
        p99 <= MOST,
    );
    section.row("the requests' ways in AWS, assumed", show(distances));
    section.how(format!(
        "Own part is the batching window of the template and what the two functions take for one event with one new \
         metric: real processes, one after the other, with their requests answered at once on loopback; {} events. The \
         window is counted whole, as it is for the first record of a batch; those that come later wait less. Not \
         counted are EventBridge's and Lambda's own delivery, the stream's (Lambda looks at a shard four times a \
         second), cold starts, and the ways of the {:.1} requests of an event, one after the other: these are shown \
         apart, with {} ms for each and {} ms for Datadog's assumed.",
        effort.events,
        per_event(all),
        prices.assumed.round_trip_ms,
        prices.assumed.datadog_round_trip_ms,
    ));
    report.add(section);
    Ok(())
}
