//! The CPU time of invocations, in the functions' own processes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_corpus::reading::CORRELATIONS;
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;
use serde_json::json;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::events::{Metric, of_every_series, with_metrics};
use crate::process::{self, cpu, cpu_of};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{each, show};
use crate::traffic::{Class, hour};

/// The CPU time of events and publications of metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MetricsCpu {
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

/// The CPU time of journeys' functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JourneysCpu {
    /// Of an event of Genesys, in `span-collector`.
    pub(crate) genesys: Duration,
    /// Of a span of another system, in `span-collector`.
    pub(crate) span: Duration,
    /// Of each request of `journey-assembler`, including all other work.
    pub(crate) assembler_request: Duration,
    /// The same for `journey-settler`.
    pub(crate) settler_request: Duration,
    /// Of `journey-settler` when nothing is due.
    pub(crate) idle: Duration,
}

/// The number of conversations that repeat the same metrics.
const CONVERSATIONS: u64 = 100;

/// The number of ledgers in a large batch.
const LEDGERS: usize = 11;

/// The number of settler runs without due journeys.
const IDLE: usize = 20;

/// A conversation with one metric that it had before.
fn nothing_new(n: u64, at: DateTime<Utc>) -> String {
    let conversation = n % CONVERSATIONS;
    with_metrics(conversation, at, &[Metric { series: conversation, at: at - TimeDelta::seconds(1) }])
}

fn one_new(n: u64, at: DateTime<Utc>) -> String {
    with_metrics(1_000_000 + n, at, &[Metric { series: n, at: at - TimeDelta::milliseconds(200) }])
}

fn rows(section: &mut Section, rows: [(&str, Duration); 5]) {
    for (what, cpu) in rows {
        section.row(what, show(cpu));
    }
}

/// Measures the functions of metrics.
pub(crate) async fn metrics(bench: &mut Bench) -> Result<MetricsCpu, Failure> {
    let mut section = Section::new("CPU of an event");
    let at = SystemClock.now();
    // Each in its own world, because counted metrics are not new to the other.
    let worlds = [process::world().await?, process::world().await?];
    let without = bench.start_without_journeys(&worlds[0]).await?;
    let with = bench.start(Function::FLOW_METRICS, &worlds[1]).await?;
    for process in [&without, &with] {
        process::take(process, of_every_series(9_999_999, at)).await?;
        process::take(process, (0..CONVERSATIONS).map(|n| nothing_new(n, at))).await?;
    }
    let count = bench.effort.events as u64;
    let all = |of: fn(u64, DateTime<Utc>) -> String| (0..count).map(|n| of(n, at)).collect::<Vec<_>>();
    let [known, new] = [all(nothing_new), all(one_new)];
    let batch_of_one = publisher(bench, 1).await?;
    let batch_of_many = publisher(bench, LEDGERS).await?;
    let measured = MetricsCpu {
        nothing_new: cpu(&without, &known).await?,
        one_new: cpu(&without, &new).await?,
        one_new_with_journeys: cpu(&with, &new).await?,
        batch_of_one,
        further_ledger: each(batch_of_many.saturating_sub(batch_of_one), LEDGERS - 1),
    };
    let named = [
        ("nothing new: the process of `flow-metrics`, without journeys", measured.nothing_new),
        ("one new metric: the process of `flow-metrics`, without journeys", measured.one_new),
        ("one new metric: the process of `flow-metrics`, with journeys", measured.one_new_with_journeys),
        ("a batch of 1 ledger: the process of `metrics-publisher`", measured.batch_of_one),
        ("each further ledger in a batch: the process of `metrics-publisher`", measured.further_ledger),
    ];
    rows(&mut section, named);
    section.how(format!(
        "The mean of {count} events of about {} bytes, after all series and the budget are known. The processes make real \
         requests, over HTTP without TLS.",
        one_new(0, at).len(),
    ));
    bench.report.add(section);
    Ok(measured)
}

/// The CPU time of one batch of this many records in the publisher's process, each record of another ledger.
async fn publisher(bench: &Bench, ledgers: usize) -> Result<Duration, Failure> {
    let (at, world) = (SystemClock.now(), process::world().await?);
    let ingest = bench.start_without_journeys(&world).await?;
    process::take(&ingest, of_every_series(9_999_999, at)).await?;
    // These are not published.
    drop(world.next_batch(usize::MAX));
    let mut batches = Vec::new();
    for n in 0..bench.effort.events / 4 + 10 {
        // Half an hour has 180 buckets for each of 200 series, so no ledger occurs twice.
        let bucket = |ledger: usize| TimeDelta::seconds(10 * i64::try_from(ledger / 200 + 1).unwrap_or(0));
        let metric = |ledger| Metric { series: ledger as u64, at: at - bucket(ledger) };
        let metrics: Vec<_> = (n * ledgers..(n + 1) * ledgers).map(metric).collect();
        process::take(&ingest, [with_metrics(n as u64, at, &metrics)]).await?;
        batches.push(world.next_batch(usize::MAX).ok_or("the stream holds nothing")?);
    }
    let publisher = bench.start(Function::METRICS_PUBLISHER, &world).await?;
    // The first batches fetch the API key and connect.
    let (first, rest) = batches.split_at(10);
    process::take(&publisher, first).await?;
    cpu(&publisher, rest).await
}

/// Measures the functions of journeys.
pub(crate) async fn journeys(bench: &mut Bench) -> Result<JourneysCpu, Failure> {
    let mut section = Section::new("CPU of journeys");
    let world = process::world().await?;
    // Long enough ago for every journey to be due, even with open spans.
    let events = hour(bench.effort.journeys, SystemClock.now() - TimeDelta::hours(30));
    let flow_metrics = process::function(&bench.binaries.of(Function::FLOW_METRICS), &world);
    let flow_metrics = flow_metrics.set("CORRELATION_ATTRIBUTES", CORRELATIONS).start().await?;
    let collector = bench.start(Function::SPAN_COLLECTOR, &world).await?;
    let mut taken = [(Duration::ZERO, 0); 2];
    for event in &events {
        let (used, count) = match event.class {
            Class::Attributes => {
                process::take(&flow_metrics, [&event.json]).await?;
                continue;
            }
            Class::Genesys => &mut taken[0],
            Class::Span => &mut taken[1],
        };
        let before = cpu_of(collector.pid())?;
        process::take(&collector, [&event.json]).await?;
        *used += cpu_of(collector.pid())? - before;
        *count += 1;
    }
    let [genesys, span] = taken.map(|(all, n)| each(all, n));

    let assembler = bench.start(Function::JOURNEY_ASSEMBLER, &world).await?;
    let records = process::facts(world.engine());
    let batches: Vec<_> = records.chunks(1).map(process::batch).take(bench.effort.events).collect();
    let assembler_request = of_request(&assembler, &world, &batches).await?;

    let settler = bench.start(Function::JOURNEY_SETTLER, &world).await?;
    let wake = json!({ "detail-type": "Scheduled Event" }).to_string();
    let settler_request = of_request(&settler, &world, std::slice::from_ref(&wake)).await?;
    let idle = cpu(&settler, &vec![wake; IDLE]).await?;
    let measured = JourneysCpu { genesys, span, assembler_request, settler_request, idle };
    let named = [
        ("an event of Genesys: `span-collector`", genesys),
        ("a `Cxtrace Span` of another system: `span-collector`", span),
        ("each request of `journey-assembler`, with all other work", assembler_request),
        ("each request of `journey-settler`, with all other work", settler_request),
        ("a run of `journey-settler` in which nothing is due", idle),
    ];
    rows(&mut section, named);
    section.how(format!(
        "A mean over an hour of the corpus in which {} journeys begin: {} events. The processes make real requests, over \
         HTTP without TLS.",
        bench.effort.journeys,
        events.len(),
    ));
    bench.report.add(section);
    Ok(measured)
}

/// The CPU time of `process` for `events`, by the request that it makes.
async fn of_request(process: &Process, world: &Endpoints, events: &[String]) -> Result<Duration, Failure> {
    let (before, requests) = (cpu_of(process.pid())?, process::requests(world));
    process::take(process, events).await?;
    let made = process::requests(world) - requests;
    Ok(each(cpu_of(process.pid())? - before, usize::try_from(made)?))
}
