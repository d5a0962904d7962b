//! The CPU of an event, by what is in it.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;

use crate::binaries::Binaries;
use crate::clock::cpu_of;
use crate::events::{Metric, event, of_every_series};
use crate::functions::Function;
use crate::pipeline::{Pipeline, Stream, Work};
use crate::report::{Report, Section};
use crate::stats::{each, show};
use crate::{Effort, Failure, process};

/// The CPU of invocations, in the functions' own processes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// Of an event in which nothing is new.
    pub(crate) nothing_new: Duration,
    /// Of an event with one new metric.
    pub(crate) one_new: Duration,
    /// The same where journeys are told of it.
    pub(crate) one_new_for_journeys: Duration,
    /// Of a batch of one ledger.
    pub(crate) batch_of_one: Duration,
    /// Of each further ledger in a batch.
    pub(crate) further_ledger: Duration,
}

/// How many conversations show the same metrics again and again.
const CONVERSATIONS: u64 = 100;

/// How many ledgers are in a batch of many.
const LEDGERS: usize = 11;

/// What is in an event.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Class {
    NoMetric,
    NothingNew,
    OneNew,
}

impl Class {
    const ALL: [Self; 3] = [Self::NoMetric, Self::NothingNew, Self::OneNew];

    fn name(self) -> &'static str {
        match self {
            Self::NoMetric => "no metric",
            Self::NothingNew => "nothing new",
            Self::OneNew => "one new metric",
        }
    }

    /// Event number `n` of the class.
    fn event(self, n: u64, at: DateTime<Utc>) -> String {
        match self {
            Self::NoMetric => event(n, at, &[]),
            Self::NothingNew => shown_before(n, at),
            Self::OneNew => event(1_000_000 + n, at, &[Metric { series: n, at: at - TimeDelta::milliseconds(200) }]),
        }
    }
}

/// A conversation with the one metric that it has shown before.
fn shown_before(n: u64, at: DateTime<Utc>) -> String {
    let conversation = n % CONVERSATIONS;
    event(conversation, at, &[Metric { series: conversation, at: at - TimeDelta::seconds(1) }])
}

/// Events that must be taken before any is timed.
fn warm_up(at: DateTime<Utc>) -> Vec<String> {
    let mut events = of_every_series(9_999_999, at);
    events.extend((0..CONVERSATIONS).map(|n| shown_before(n, at)));
    events
}

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<Cpu, Failure> {
    let mut section = Section::new("CPU of an event");
    section.means(
        "What an event and a publication cost in computing, by what is in them. Lambda bills time: at 128 MB a \
         function has a fourteenth of a core, so a millisecond here is billed as about 14, and waiting as it is.",
    );
    for (name, cpu) in in_this_process(effort).await? {
        section.row(format!("{name}: the handler, the SDK and the store, over the embedded engine"), show(cpu));
    }
    let in_processes = in_processes(binaries, effort).await?;
    for (class, [cpu, telling, bare]) in &in_processes {
        let name = class.name();
        section.row(format!("{name}: the whole process of `flow-metrics`, without journeys"), show(*cpu));
        section.row(format!("{name}: the whole process of `flow-metrics`, with journeys"), show(*telling));
        section.row(format!("{name}: the whole process of a bare function"), show(*bare));
    }
    let of = |wanted: Class| {
        let found = in_processes.iter().find(|(class, _)| *class == wanted);
        found.map_or([Duration::ZERO; 3], |(_, cpu)| *cpu)
    };
    let (batch_of_one, batch_of_many) =
        (publisher(binaries, effort, 1).await?, publisher(binaries, effort, LEDGERS).await?);
    section.row("a batch of 1 ledger: the whole process of `metrics-publisher`", show(batch_of_one));
    section.row(format!("a batch of {LEDGERS} ledgers: the whole process of `metrics-publisher`"), show(batch_of_many));
    section.how(format!(
        "User and system time, the mean of {} events of about {} bytes each, after all series and the budget are \
         known. In the first rows the engine's own CPU is measured apart and left out. The whole process makes real \
         requests, over HTTP without TLS, and gets its events from a Runtime API; the bare function gets the same \
         events and ignores them.",
        effort.events,
        Class::OneNew.event(0, SystemClock.now()).len(),
    ));
    report.add(section);
    let further = batch_of_many.saturating_sub(batch_of_one);
    let [one_new, one_new_for_journeys, _] = of(Class::OneNew);
    Ok(Cpu {
        nothing_new: of(Class::NothingNew)[0],
        one_new,
        one_new_for_journeys,
        batch_of_one,
        further_ledger: each(further, LEDGERS - 1),
    })
}

async fn in_this_process(effort: Effort) -> Result<Vec<(&'static str, Duration)>, Failure> {
    let at = SystemClock.now();
    // Nothing is published in here: the stream is never due.
    let stream = Stream { shards: 1, window: Duration::from_secs(86_400), batch: 1_000 };
    let mut pipeline = Pipeline::new(at, stream).await?;
    for event in warm_up(at) {
        pipeline.ingest(&event).await?;
    }
    let mut all = Vec::new();
    for class in Class::ALL {
        let events: Vec<_> = (0..effort.events as u64).map(|n| class.event(n, at)).collect();
        let mut work = Work::default();
        for event in &events {
            let (_, meter, cpu) = pipeline.ingest(event).await?;
            work.add(&meter, cpu);
        }
        all.push((class.name(), each(work.cpu, work.invocations)));
    }
    Ok(all)
}

/// By class, without journeys, with them, and of a bare function.
async fn in_processes(binaries: &Binaries, effort: Effort) -> Result<Vec<(Class, [Duration; 3])>, Failure> {
    // In worlds of their own: what one has counted is not new to the other.
    let worlds = [process::world().await?, process::world().await?];
    let at = SystemClock.now();
    let flow_metrics = binaries.of(Function::FlowMetrics);
    let without = process::started_without_journeys(&flow_metrics, &worlds[0]).await?;
    let with = process::started(&flow_metrics, &worlds[1]).await?;
    let bare = process::started(&binaries.bare, &worlds[0]).await?;
    for event in warm_up(at) {
        for process in [&without, &with, &bare] {
            process::take(process, &event).await?;
        }
    }
    let mut all = Vec::new();
    for class in Class::ALL {
        let events: Vec<_> = (0..effort.events as u64).map(|n| class.event(n, at)).collect();
        let measured = [cpu(&without, &events).await?, cpu(&with, &events).await?, cpu(&bare, &events).await?];
        all.push((class, measured));
    }
    Ok(all)
}

/// The CPU of one event in `process`, the mean of `events`.
pub(crate) async fn cpu(process: &Process, events: &[String]) -> Result<Duration, Failure> {
    let before = cpu_of(process.pid())?;
    for event in events {
        process::take(process, event).await?;
    }
    Ok(each(cpu_of(process.pid())? - before, events.len()))
}

/// The CPU of one batch of so many ledgers in the publisher's process.
async fn publisher(binaries: &Binaries, effort: Effort, ledgers: usize) -> Result<Duration, Failure> {
    let world = process::world().await?;
    let batches = batches(&binaries.of(Function::FlowMetrics), &world, effort.events / 4 + 10, ledgers).await?;
    let process = process::started(&binaries.of(Function::MetricsPublisher), &world).await?;
    // The first ones fetch the API key and connect.
    let (first, rest) = batches.split_at(10);
    cpu(&process, first).await?;
    cpu(&process, rest).await
}

/// So many batches of so many records, each record of another ledger.
async fn batches(binary: &Path, world: &Endpoints, count: usize, ledgers: usize) -> Result<Vec<String>, Failure> {
    let at = SystemClock.now();
    let process = process::started_without_journeys(binary, world).await?;
    for event in of_every_series(9_999_999, at) {
        process::take(&process, &event).await?;
    }
    // These are not published.
    drop(world.next_batch(usize::MAX));
    let mut batches = Vec::new();
    for n in 0..count {
        // Half an hour holds 180 buckets of each of 200 series: no ledger comes twice.
        let metrics: Vec<_> = (0..ledgers)
            .map(|ledger| {
                let all = n * ledgers + ledger;
                let bucket = TimeDelta::seconds(10 * i64::try_from(all / 200 + 1).unwrap_or(0));
                Metric { series: all as u64, at: at - bucket }
            })
            .collect();
        process::take(&process, &event(n as u64, at, &metrics)).await?;
        batches.push(world.next_batch(usize::MAX).ok_or("the stream holds nothing")?);
    }
    Ok(batches)
}
