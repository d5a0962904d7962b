//! The whole pipeline in this process: the functions' own handlers over a metered engine, a stream that is
//! gathered as Lambda gathers it, and the fake Datadog on a thread of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Engine, sdk_config};
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, RetryPolicy, Submitter};
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{StateTable, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::{API_KEY, Endpoints, TABLE, wakes_the_publisher};
use cxtrace_tests::sim::journeys::facts::scan;
use flow_metrics::{Counted, FlowMetrics, Outcome};
use metrics_publisher::{MetricsPublisher, Transport};
use serde_json::{Value, json};

use crate::metered::{Meter, Metered, thread_cpu};
use crate::run::Failure;
use crate::stream::Gathered;

pub(crate) use crate::stream::Stream;

/// The pipeline, at a time of its own.
pub(crate) struct Pipeline {
    clock: SimClock,
    engine: Engine,
    metered: Metered,
    ingest: FlowMetrics,
    publisher: MetricsPublisher,
    dead_letters: MemoryDeadLetters,
    stream: Gathered,
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

/// Runs `work`. Gives what it came to, its requests, and its CPU, the engine's included.
pub(crate) async fn timed<T, E: Into<Failure>>(
    metered: &Metered,
    work: impl Future<Output = Result<T, E>>,
) -> Result<(T, Meter, Duration), Failure> {
    metered.take();
    let begun = thread_cpu();
    let done = work.await.map_err(Into::into)?;
    let cpu = thread_cpu() - begun;
    Ok((done, metered.take(), cpu))
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
        let http = cxtrace_lambda::http::client()?;
        let submitter = Submitter::new(http, endpoint, key, shared.clone(), RetryPolicy::default());
        let dead_letters = MemoryDeadLetters::default();
        let publisher = MetricsPublisher::new(
            table(),
            Transport::Api(submitter),
            settings.clone(),
            Arc::new(dead_letters.clone()),
            shared.clone(),
        );
        let ingest = FlowMetrics::new(table(), settings.clone(), shared.clone());
        let published = Work::default();
        Ok(Self { clock, engine, metered, ingest, publisher, dead_letters, stream: Gathered::new(stream), published })
    }

    /// Has time pass until `at`: what is due in the stream is published when it is due.
    pub(crate) async fn advance_to(&mut self, at: DateTime<Utc>) -> Result<(), Failure> {
        loop {
            match self.stream.due().filter(|(due, _)| *due <= at) {
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
        while let Some((due, _)) = self.stream.due() {
            self.advance_to(due).await?;
        }
        match self.dead_letters.messages().first() {
            Some(dead_letter) => Err(format!("a dead letter: {dead_letter}").into()),
            None => Ok(()),
        }
    }

    /// Has the ingest function take an event. Gives what it counted, its requests, and its CPU, the engine's
    /// included.
    pub(crate) async fn ingest(&mut self, json: &str) -> Result<(Counted, Meter, Duration), Failure> {
        let (outcome, meter, cpu) = timed(&self.metered, self.ingest.handle(json)).await?;
        self.gather();
        match outcome {
            Outcome::Processed(counted) => Ok((counted, meter, cpu)),
            Outcome::Ignored { topic } => Err(format!("an event of the topic {topic}").into()),
        }
    }

    /// The items of the table, in DynamoDB's JSON.
    pub(crate) fn items(&self) -> Vec<Value> {
        scan(&self.engine, TABLE)
    }

    /// Takes what has changed out of the engine's feed, and into the stream what wakes the publisher.
    fn gather(&mut self) {
        self.stream.gather(&self.engine, self.clock.time(), wakes_the_publisher);
    }

    async fn publish(&mut self, shard: usize) -> Result<(), Failure> {
        for records in self.stream.take(shard) {
            let batch: StreamBatch = serde_json::from_value(json!({ "Records": records }))?;
            let deadline = self.clock.time() + TimeDelta::seconds(60);
            let (done, meter, cpu) = timed(&self.metered, self.publisher.handle(&batch, deadline)).await?;
            self.published.add(&meter, cpu);
            self.published.ledgers += done.ledgers;
        }
        // Late ones are put into other buckets, and must be published in their turn.
        self.gather();
        Ok(())
    }
}

/// Starts the fake Datadog on a thread of its own, so that its CPU is not taken for ours. It lasts as long as this
/// process. Gives its address.
pub(crate) fn datadog(clock: SimClock) -> Result<String, Failure> {
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
