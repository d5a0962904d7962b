//! The CPU time of an event and of a publication, in the functions' own processes.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::endpoints::Endpoints;

use crate::binaries::Binaries;
use crate::deployed::Function;
use crate::events::{Metric, event, of_every_series};
use crate::process::{self, cpu};
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::{each, show};

/// The CPU time of invocations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// Of an event without anything new.
    pub(crate) nothing_new: Duration,
    /// Of an event with one new metric, without journeys.
    pub(crate) one_new: Duration,
    /// Of an event with one new metric, with journeys.
    pub(crate) one_new_with_journeys: Duration,
    /// Of a batch of one ledger.
    pub(crate) batch_of_one: Duration,
    /// Of each further ledger in a batch.
    pub(crate) further_ledger: Duration,
}

/// The number of conversations that repeat the same metrics.
const CONVERSATIONS: u64 = 100;

/// The number of ledgers in a large batch.
const LEDGERS: usize = 11;

/// A conversation with one metric that it had before.
fn nothing_new(n: u64, at: DateTime<Utc>) -> String {
    let conversation = n % CONVERSATIONS;
    event(conversation, at, &[Metric { series: conversation, at: at - TimeDelta::seconds(1) }])
}

fn one_new(n: u64, at: DateTime<Utc>) -> String {
    event(1_000_000 + n, at, &[Metric { series: n, at: at - TimeDelta::milliseconds(200) }])
}

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<Cpu, Failure> {
    let mut section = Section::new("CPU of an event");
    let at = SystemClock.now();
    let flow_metrics = binaries.of(Function::FLOW_METRICS);
    // Each in its own world, because counted metrics are not new to the other.
    let worlds = [process::world().await?, process::world().await?];
    let without = process::started_without_journeys(&flow_metrics, &worlds[0]).await?;
    let with = process::started(&flow_metrics, &worlds[1]).await?;
    let mut warm_up = of_every_series(9_999_999, at);
    warm_up.extend((0..CONVERSATIONS).map(|n| nothing_new(n, at)));
    for process in [&without, &with] {
        cpu(process, &warm_up).await?;
    }
    let count = effort.events as u64;
    let all = |of: fn(u64, DateTime<Utc>) -> String| (0..count).map(|n| of(n, at)).collect::<Vec<_>>();
    let [known, new] = [all(nothing_new), all(one_new)];
    let batch_of_one = publisher(binaries, effort, 1).await?;
    let batch_of_many = publisher(binaries, effort, LEDGERS).await?;
    let measured = Cpu {
        nothing_new: cpu(&without, &known).await?,
        one_new: cpu(&without, &new).await?,
        one_new_with_journeys: cpu(&with, &new).await?,
        batch_of_one,
        further_ledger: each(batch_of_many.saturating_sub(batch_of_one), LEDGERS - 1),
    };
    for (what, cpu) in [
        ("nothing new: the process of `flow-metrics`, without journeys", measured.nothing_new),
        ("one new metric: the process of `flow-metrics`, without journeys", measured.one_new),
        ("one new metric: the process of `flow-metrics`, with journeys", measured.one_new_with_journeys),
        ("a batch of 1 ledger: the process of `metrics-publisher`", measured.batch_of_one),
        ("each further ledger in a batch: the process of `metrics-publisher`", measured.further_ledger),
    ] {
        section.row(what, show(cpu));
    }
    section.how(format!(
        "The mean of {count} events of about {} bytes, after all series and the budget are known. The processes make real \
         requests, over HTTP without TLS.",
        one_new(0, at).len(),
    ));
    report.add(section);
    Ok(measured)
}

/// The CPU time of one batch of this many ledgers in the publisher's process.
async fn publisher(binaries: &Binaries, effort: Effort, ledgers: usize) -> Result<Duration, Failure> {
    let world = process::world().await?;
    let batches = batches(&binaries.of(Function::FLOW_METRICS), &world, effort.events / 4 + 10, ledgers).await?;
    let process = process::started(&binaries.of(Function::METRICS_PUBLISHER), &world).await?;
    // The first batches fetch the API key and connect.
    let (first, rest) = batches.split_at(10);
    cpu(&process, first).await?;
    cpu(&process, rest).await
}

/// This many batches of this many records, each record of another ledger.
async fn batches(binary: &Path, world: &Endpoints, count: usize, ledgers: usize) -> Result<Vec<String>, Failure> {
    let at = SystemClock.now();
    let process = process::started_without_journeys(binary, world).await?;
    cpu(&process, &of_every_series(9_999_999, at)).await?;
    // These are not published.
    drop(world.next_batch(usize::MAX));
    let mut batches = Vec::new();
    for n in 0..count {
        // Half an hour has 180 buckets for each of 200 series, so no ledger occurs twice.
        let metrics: Vec<_> = (n * ledgers..(n + 1) * ledgers)
            .map(|ledger| {
                let bucket = TimeDelta::seconds(10 * i64::try_from(ledger / 200 + 1).unwrap_or(0));
                Metric { series: ledger as u64, at: at - bucket }
            })
            .collect();
        process::take(&process, &event(n as u64, at, &metrics)).await?;
        batches.push(world.next_batch(usize::MAX).ok_or("the stream holds nothing")?);
    }
    Ok(batches)
}
