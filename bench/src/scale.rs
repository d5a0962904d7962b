//! Checks that an event costs the same in a table with few conversations and in a table with many.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::Endpoints;
use flow_metrics::FlowMetrics;

use crate::billing::real;
use crate::binaries::Binaries;
use crate::deployed::Function;
use crate::events::{Metric, event, of_every_series};
use crate::process::{self, Watched};
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::{ratio, thousands};

/// The cost of an event may differ by this factor between the two.
const FLAT: f64 = 1.15;

/// The number of metrics of each conversation.
const SHOWN: u64 = 3;

/// The number of turns in which the two tables are measured.
const TURNS: usize = 10;

/// How many of ten events have a new metric.
const NEW_OF_TEN: u64 = 4;

/// The time between two events.
const EVERY: TimeDelta = TimeDelta::milliseconds(576);

/// The number of events in the publisher's batching window of 2 s.
const GATHERED: u64 = 4;

/// How long before the measurement the first event happened. The processes use the machine's clock: all events must be
/// in the past, and none of their buckets may close during the measurement.
const BEHIND: TimeDelta = TimeDelta::minutes(25);

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Few and many conversations");
    let filled_at = SystemClock.now() - TimeDelta::minutes(30);
    let mut tables = Vec::new();
    for held in effort.held {
        tables.push(Table::of(binaries, u64::from(held), filled_at).await?);
    }
    // Filling takes a while, so the times of the events are known only now.
    let begin = SystemClock.now() - BEHIND;
    for table in &mut tables {
        table.warm_up(begin, effort.events / TURNS).await?;
    }
    for _ in 0..TURNS {
        for table in &mut tables {
            table.turn(effort.events / TURNS).await?;
        }
    }
    if let Some(dead_letter) = tables.iter().find_map(|table| table.world.dead_letters().first().cloned()) {
        return Err(format!("a dead letter: {dead_letter}").into());
    }
    if let [few, many] = tables.as_slice() {
        growth(&mut section, few, many)?;
    }
    section.how(format!(
        "Tables of {} and of {} conversations with {SHOWN} metrics each. Then {} events of conversations among them, \
         {NEW_OF_TEN} of 10 with one new metric, in {TURNS} turns with the other table. CPU is that of the whole processes \
         of `flow-metrics`, without journeys, and `metrics-publisher`, both warm; the engine runs in another process, on \
         another core where there are two.",
        thousands(effort.held[0].into()),
        thousands(effort.held[1].into()),
        thousands(effort.events as u64),
    ));
    report.add(section);
    Ok(())
}

/// Compares the two tables.
fn growth(section: &mut Section, few: &Table, many: &Table) -> Result<(), Failure> {
    let of = |table: &Table| {
        let (ingest, publish) = (table.ingest.done()?, table.publisher.done()?);
        Ok::<_, Failure>((ingest.cpu + publish.cpu, ingest.requests + publish.requests))
    };
    let ((few_cpu, few_requests), (many_cpu, many_requests)) = (of(few)?, of(many)?);
    let among = "among many conversations, against among few";
    section.flat(format!("CPU of an event {among}"), ratio(many_cpu, few_cpu), FLAT);
    section.target(
        format!("requests of an event {among}"),
        format!("{many_requests} against {few_requests}"),
        "flat: the same",
        few_requests == many_requests,
    );
    for (name, few, many) in
        [("flow-metrics", &few.ingest, &many.ingest), ("metrics-publisher", &few.publisher, &many.publisher)]
    {
        section.flat(format!("peak memory of `{name}` {among}"), real(many.peak()?) / real(few.peak()?), FLAT);
    }
    Ok(())
}

/// A table with conversations, and the processes that handle their events.
struct Table {
    world: Endpoints,
    ingest: Watched,
    publisher: Watched,
    held: u64,
    /// When the conversations had their metrics.
    filled_at: DateTime<Utc>,
    /// The time of the latest event.
    at: DateTime<Utc>,
    /// The next event.
    next: u64,
}

impl Table {
    async fn of(binaries: &Binaries, held: u64, filled_at: DateTime<Utc>) -> Result<Self, Failure> {
        let world = process::world().await?;
        fill(&world, held, filled_at).await?;
        let ingest = process::started_without_journeys(&binaries.of(Function::FLOW_METRICS), &world).await?;
        let publisher = process::started(&binaries.of(Function::METRICS_PUBLISHER), &world).await?;
        let (ingest, publisher) = (Watched::new(ingest)?, Watched::new(publisher)?);
        Ok(Self { world, ingest, publisher, held, filled_at, at: filled_at, next: 0 })
    }

    /// Lets the processes connect, fetch the API key and learn the series with this many events that are not measured.
    /// The next event is after `begin`.
    async fn warm_up(&mut self, begin: DateTime<Utc>, events: usize) -> Result<(), Failure> {
        self.at = begin;
        // Each in its own conversation, because the budget is not asked for known metrics.
        for event in of_every_series(u64::MAX - 1, begin) {
            self.ingest.answer(&self.world, &event).await?;
            self.publish().await?;
        }
        self.turn(events).await?;
        self.ingest.forget()?;
        self.publisher.forget()
    }

    /// This many further events.
    async fn turn(&mut self, events: usize) -> Result<(), Failure> {
        for _ in 0..events {
            self.at += EVERY;
            // A step that is coprime to the number of conversations reaches all of them.
            let conversation = self.next * 7_919 % self.held;
            let mut metrics: Vec<_> = shown(conversation, self.filled_at).collect();
            if self.next % 10 < NEW_OF_TEN {
                metrics.push(Metric { series: self.next, at: self.at - TimeDelta::milliseconds(200) });
            }
            self.ingest.answer(&self.world, &event(conversation, self.at, &metrics)).await?;
            self.next += 1;
            if self.next.is_multiple_of(GATHERED) {
                self.publish().await?;
            }
        }
        self.publish().await
    }

    /// Passes the stream's changes to the publisher.
    async fn publish(&mut self) -> Result<(), Failure> {
        if let Some(batch) = self.world.next_batch(usize::MAX) {
            self.publisher.answer(&self.world, &batch).await?;
        }
        Ok(())
    }
}

/// Stores the metrics of this many conversations until `at`, without waking a function. This runs in this process,
/// which is faster.
async fn fill(world: &Endpoints, held: u64, at: DateTime<Utc>) -> Result<(), Failure> {
    let settings = MetricSettings::read(&Environment::default())?;
    let ingest = FlowMetrics::new(world.table(), settings, Arc::new(SimClock::at(at)));
    let conversations = (0..held).map(|conversation| {
        let metrics: Vec<_> = shown(conversation, at).collect();
        event(conversation, at, &metrics)
    });
    for event in of_every_series(u64::MAX, at).into_iter().chain(conversations) {
        Box::pin(ingest.handle(&event)).await?;
        drop(world.engine().take_changes(0, usize::MAX));
    }
    Ok(())
}

/// The metrics of a conversation, distributed over the half hour before `at`, because buckets must not grow with the
/// number of conversations.
fn shown(conversation: u64, at: DateTime<Utc>) -> impl Iterator<Item = Metric> {
    (0..SHOWN).map(move |n| {
        let behind = i64::try_from((conversation * 7 + n) % 1_800).unwrap_or(0);
        Metric { series: conversation + n * 31, at: at - TimeDelta::seconds(behind) }
    })
}
