//! Checks that an event costs the same in a table with few conversations and in a table with many.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::Endpoints;
use flow_metrics::FlowMetrics;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::events::{Metric, of_every_series, with_metrics};
use crate::growth::{Processes, compare, in_turns};
use crate::process::{self, Watched};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::thousands;

/// The number of metrics of each conversation.
const SHOWN: u64 = 3;

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
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Few and many conversations");
    let filled_at = SystemClock.now() - TimeDelta::minutes(30);
    let [few, many] = bench.effort.held;
    let mut tables = [Table::of(bench, few.into(), filled_at).await?, Table::of(bench, many.into(), filled_at).await?];
    in_turns(&mut tables, bench.effort.events, Table::processes, Table::turn).await?;
    if let Some(dead_letter) = tables.iter().find_map(|table| table.world.dead_letters().first().cloned()) {
        return Err(format!("a dead letter: {dead_letter}").into());
    }
    let [few_table, many_table] = &mut tables;
    compare(&mut section, "conversations", few_table.processes(), many_table.processes())?;
    section.how(format!(
        "Tables of {} and of {} conversations with {SHOWN} metrics each. Then {} events of conversations among them, \
         {NEW_OF_TEN} of 10 with one new metric, in turns with the other table. CPU is that of the whole processes, \
         both warm and without journeys; the engine runs in another process, on another core where there are two.",
        thousands(few.into()),
        thousands(many.into()),
        thousands(bench.effort.events as u64),
    ));
    bench.report.add(section);
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
    async fn of(bench: &Bench, held: u64, filled_at: DateTime<Utc>) -> Result<Self, Failure> {
        let world = process::world().await?;
        fill(&world, held, filled_at).await?;
        let ingest = Watched::new(bench.start_without_journeys(&world).await?)?;
        let publisher = Watched::new(bench.start(Function::METRICS_PUBLISHER, &world).await?)?;
        // Filling takes a while, so the times of the events are known only now.
        let at = SystemClock.now() - BEHIND;
        let mut table = Self { world, ingest, publisher, held, filled_at, at, next: 0 };
        // Each in its own conversation, because the budget is not asked for known metrics.
        for event in of_every_series(u64::MAX - 1, at) {
            table.ingest.answer(&table.world, &event).await?;
            table.publish().await?;
        }
        Ok(table)
    }

    fn processes(&mut self) -> Processes<'_> {
        vec![
            ("an event", Function::FLOW_METRICS, &mut self.ingest),
            ("its publication", Function::METRICS_PUBLISHER, &mut self.publisher),
        ]
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
            self.ingest.answer(&self.world, &with_metrics(conversation, self.at, &metrics)).await?;
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
        with_metrics(conversation, at, &metrics)
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
