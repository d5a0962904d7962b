//! The whole pipeline in this process: the functions' own handlers over a metered engine, a stream that is
//! gathered as Lambda gathers it, and the fake Datadog on a thread of its own.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::dynamodb::Event;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Change, Engine, sdk_config};
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, Patience, Submitter};
use cxtrace_runtime::dead_letters::KeptLetters;
use cxtrace_runtime::environment::Environment;
use cxtrace_runtime::settings::MetricSettings;
use cxtrace_store::{StateTable, schema};
use cxtrace_tests::endpoints::{API_KEY, Endpoints, TABLE, wakes_the_publisher};
use cxtrace_tests::sim::clock::SimClock;
use flow_metrics::{Counted, FlowMetrics, Outcome};
use metrics_publisher::{MetricsPublisher, Transport};
use serde_json::{Value, json};

use crate::Failure;
use crate::clock::thread_cpu;
use crate::metered::{Meter, Metered};

/// How the stream is gathered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    /// How many shards it has.
    pub(crate) shards: usize,
    /// How long a shard's records are gathered, from the first on.
    pub(crate) window: Duration,
    /// The most records of a batch.
    pub(crate) batch: usize,
}

/// The pipeline, at a time of its own.
pub(crate) struct Pipeline {
    clock: SimClock,
    engine: Engine,
    metered: Metered,
    ingest: FlowMetrics,
    publisher: MetricsPublisher,
    letters: KeptLetters,
    stream: Stream,
    shards: Vec<Shard>,
    /// What the publisher has done so far.
    pub(crate) published: Work,
}

/// What a function has done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    /// How often it was invoked.
    pub(crate) invocations: usize,
    /// Its requests.
    pub(crate) meter: Meter,
    /// Its CPU, the engine's not included.
    pub(crate) cpu: Duration,
    /// For the publisher: the ledgers it looked at.
    pub(crate) ledgers: usize,
}

impl Work {
    /// Adds one invocation.
    pub(crate) fn add(&mut self, meter: &Meter, cpu: Duration) {
        self.invocations += 1;
        self.meter += meter;
        self.cpu += cpu.saturating_sub(meter.engine);
    }
}

#[derive(Debug, Default)]
struct Shard {
    records: Vec<Value>,
    due: Option<DateTime<Utc>>,
}

impl Pipeline {
    /// An empty one that begins at `start`.
    pub(crate) async fn new(start: DateTime<Utc>, stream: Stream) -> Result<Self, Failure> {
        let clock = SimClock::at(start);
        let shared = Arc::new(clock.clone());
        let engine = Engine::in_memory(shared.clone())?.with_shards(stream.shards);
        let metered = Metered::new(engine.clone());
        let client = aws_sdk_dynamodb::Client::new(&sdk_config(metered.clone()));
        schema::create(&client, TABLE, false).await?;
        let settings = MetricSettings::read(&Environment::default())?;
        let table = || StateTable::new(client.clone(), TABLE, settings.retention, shared.clone());
        let endpoint = Endpoint::at(&datadog(clock.clone())?)?;
        let key = Arc::new(FixedKey(ApiKey::try_new(API_KEY)?));
        let http = cxtrace_runtime::http::client()?;
        let submitter = Submitter::new(http, endpoint, key, shared.clone(), Patience::default());
        let letters = KeptLetters::default();
        let publisher = MetricsPublisher::new(
            table(),
            Transport::Api(submitter),
            settings.clone(),
            Arc::new(letters.clone()),
            shared.clone(),
        );
        let ingest = FlowMetrics::new(table(), settings.clone(), shared.clone());
        metered.take();
        let shards = (0..stream.shards).map(|_| Shard::default()).collect();
        let published = Work::default();
        Ok(Self { clock, engine, metered, ingest, publisher, letters, stream, shards, published })
    }

    /// Has time pass until `at`: what is due in the stream is published when it is due.
    pub(crate) async fn advance_to(&mut self, at: DateTime<Utc>) -> Result<(), Failure> {
        loop {
            let due = self.shards.iter().enumerate().filter_map(|(n, shard)| Some((shard.due?, n))).min();
            match due.filter(|(due, _)| *due <= at) {
                Some((due, shard)) => {
                    self.clock.advance_to(due);
                    self.publish(shard).await?;
                }
                None => {
                    self.clock.advance_to(at);
                    return Ok(());
                }
            }
        }
    }

    /// Publishes everything that is in the stream.
    pub(crate) async fn drain(&mut self) -> Result<(), Failure> {
        while let Some(due) = self.shards.iter().filter_map(|shard| shard.due).min() {
            self.advance_to(due).await?;
        }
        match self.letters.letters().first() {
            Some(letter) => Err(format!("a dead letter: {letter}").into()),
            None => Ok(()),
        }
    }

    /// Has the ingest function take an event. Gives what it counted, its requests, and its CPU, the engine's
    /// included.
    pub(crate) async fn ingest(&mut self, json: &str) -> Result<(Counted, Meter, Duration), Failure> {
        let begun = thread_cpu();
        let outcome = self.ingest.handle(json).await?;
        let cpu = thread_cpu() - begun;
        self.gather();
        match outcome {
            Outcome::Processed(counted) => Ok((counted, self.metered.take(), cpu)),
            Outcome::Ignored { topic } => Err(format!("an event of the topic {topic}").into()),
        }
    }

    /// The items of the table, in DynamoDB's JSON.
    pub(crate) fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut request = json!({ "TableName": TABLE });
            if !start.is_null() {
                request["ExclusiveStartKey"] = start;
            }
            let (_, page) = self.engine.execute("Scan", request.to_string().as_bytes());
            let mut page: Value = serde_json::from_str(&page).unwrap_or_default();
            if let Value::Array(page) = page["Items"].take() {
                items.extend(page);
            }
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                return items;
            }
        }
    }

    /// Takes what has changed out of the engine's feed, and into the stream what wakes the publisher.
    fn gather(&mut self) {
        let due = self.clock.time() + TimeDelta::from_std(self.stream.window).unwrap_or_default();
        for (n, shard) in self.shards.iter_mut().enumerate() {
            let changes = self.engine.take_changes(n, usize::MAX);
            let records = changes.iter().filter(|change| wakes_the_publisher(change)).map(Change::record);
            shard.records.extend(records);
            if !shard.records.is_empty() {
                shard.due.get_or_insert(due);
            }
        }
    }

    async fn publish(&mut self, shard: usize) -> Result<(), Failure> {
        let shard = &mut self.shards[shard];
        let all = std::mem::take(&mut shard.records);
        shard.due = None;
        for records in all.chunks(self.stream.batch) {
            let batch: Event = serde_json::from_value(json!({ "Records": records }))?;
            let deadline = self.clock.time() + TimeDelta::seconds(60);
            let begun = thread_cpu();
            let done = self.publisher.handle(&batch, deadline).await?;
            let cpu = thread_cpu() - begun;
            self.published.add(&self.metered.take(), cpu);
            self.published.ledgers += done.ledgers;
        }
        // Late ones are put into other buckets, and must be published in their turn.
        self.gather();
        Ok(())
    }
}

/// Starts the fake Datadog on a thread of its own, so that its CPU is not taken for ours. It lasts as long as this
/// process. Gives its address.
fn datadog(clock: SimClock) -> Result<String, Failure> {
    let (told, address) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            match Endpoints::start(Arc::new(clock)).await {
                Ok(endpoints) => {
                    // Whoever asked may have given up.
                    let _ = told.send(Ok(endpoints.url().to_owned()));
                    std::future::pending::<()>().await;
                }
                Err(error) => {
                    let _ = told.send(Err(error));
                }
            }
        });
    });
    Ok(address.recv()??)
}
