//! Whether an event costs the same in a table that holds few conversations and in one that holds many.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::events::{Metric, event, of_every_series};
use crate::pipeline::{Pipeline, Stream, Work};
use crate::report::{Report, Section};
use crate::stats::{each, ratio, show, thousands};
use crate::{Effort, Failure};

/// By how much an event may differ between the two and still be said to cost the same.
const FLAT: f64 = 0.15;

/// How many metrics each conversation has shown.
const SHOWN: u64 = 3;

/// In how many turns the two tables are measured.
const TURNS: usize = 10;

/// Of ten events, how many carry a new metric.
const NEW_OF_TEN: u64 = 4;

/// Measures it.
pub(crate) async fn measure(effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Few and many conversations");
    section.means("Whether counting costs more the more conversations there are: it must not.");
    let mut tables = Vec::new();
    for held in effort.held {
        tables.push(Table::of(held).await?);
    }
    for _ in 0..TURNS {
        for table in &mut tables {
            table.turn(effort.events / TURNS).await?;
        }
    }
    for Table { cost, held, .. } in &tables {
        let each_of = |n: u64| {
            f64::from(u32::try_from(n).unwrap_or(u32::MAX))
                / f64::from(u32::try_from(effort.events).unwrap_or(u32::MAX))
        };
        section.row(
            format!("an event in a table of {} conversations", thousands(*held)),
            format!(
                "CPU {}, {:.2} requests; its publication CPU {}, {:.2} requests",
                show(each(cost.ingest.cpu, effort.events)),
                each_of(cost.ingest.meter.all()),
                show(each(cost.publish.cpu, effort.events)),
                each_of(cost.publish.meter.all()),
            ),
        );
    }
    if let [Table { cost: few, .. }, Table { cost: many, .. }] = tables.as_slice() {
        let cpu = ratio(many.ingest.cpu + many.publish.cpu, few.ingest.cpu + few.publish.cpu);
        let requests = |cost: &Cost| cost.ingest.meter.all() + cost.publish.meter.all();
        let same = requests(few) == requests(many);
        section.target(
            "CPU of an event among many conversations, against among few",
            format!("{cpu:.2} times"),
            format!("flat: at most {} times", 1.0 + FLAT),
            cpu <= 1.0 + FLAT,
        );
        section.target(
            "requests of an event among many conversations, against among few",
            if same { "the same".to_owned() } else { format!("{} against {}", requests(many), requests(few)) },
            "flat: the same",
            same,
        );
    }
    section.how(format!(
        "Every conversation in the table has shown {SHOWN} metrics. Then {} events of conversations among them, \
         {NEW_OF_TEN} of 10 with one new metric and the others with nothing new, in {TURNS} turns with the other table: \
         what the machine does meanwhile concerns both. CPU is the handlers', the SDK's and \
         the client's; the embedded engine's own is measured apart and left out, for DynamoDB takes its place.",
        thousands(effort.events as u64),
    ));
    report.add(section);
    Ok(())
}

#[derive(Default)]
struct Cost {
    ingest: Work,
    publish: Work,
}

/// A table with conversations in it.
struct Table {
    pipeline: Pipeline,
    held: u64,
    at: DateTime<Utc>,
    /// Which event is next.
    next: u64,
    /// What events have cost so far.
    cost: Cost,
}

impl Table {
    async fn of(held: u32) -> Result<Self, Failure> {
        let start = start()?;
        let stream = Stream { shards: 1, window: Duration::from_secs(2), batch: 1_000 };
        let mut pipeline = Pipeline::new(start, stream).await?;
        for event in of_every_series(u64::MAX, start) {
            pipeline.ingest(&event).await?;
        }
        let held = u64::from(held);
        for conversation in 0..held {
            let metrics: Vec<_> = shown(conversation, start).collect();
            pipeline.ingest(&event(conversation, start, &metrics)).await?;
        }
        pipeline.drain().await?;
        Ok(Self { pipeline, held, at: start + TimeDelta::hours(1), next: 0, cost: Cost::default() })
    }

    /// So many events more.
    async fn turn(&mut self, events: usize) -> Result<(), Failure> {
        let pipeline = &mut self.pipeline;
        pipeline.published = Work::default();
        for _ in 0..events {
            self.at += TimeDelta::milliseconds(576);
            pipeline.advance_to(self.at).await?;
            // A step that has no divisor in common with the number of conversations comes to all of them.
            let conversation = self.next * 7_919 % self.held;
            let mut metrics: Vec<_> = shown(conversation, start()?).collect();
            if self.next % 10 < NEW_OF_TEN {
                metrics.push(Metric { series: self.next, at: self.at - TimeDelta::milliseconds(200) });
            }
            let (_, meter, cpu) = pipeline.ingest(&event(conversation, self.at, &metrics)).await?;
            self.cost.ingest.add(&meter, cpu);
            self.next += 1;
        }
        pipeline.drain().await?;
        self.cost.publish.merge(&pipeline.published);
        Ok(())
    }
}

fn start() -> Result<DateTime<Utc>, Failure> {
    Ok("2026-03-02T08:00:00Z".parse()?)
}

/// What a conversation has shown: spread over the half hour before, for buckets must not grow with the number of
/// conversations.
fn shown(conversation: u64, start: DateTime<Utc>) -> impl Iterator<Item = Metric> {
    (0..SHOWN).map(move |n| {
        let behind = i64::try_from((conversation * 7 + n) % 1_800).unwrap_or(0);
        Metric { series: conversation + n * 31, at: start - TimeDelta::seconds(behind) }
    })
}
