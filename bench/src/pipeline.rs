//! The whole pipeline in this process: the functions' own handlers over a metered engine, a stream that is gathered as
//! by Lambda, and the fake Datadog on its own thread.

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
use flow_metrics::{Counted, FlowMetrics, Outcome};
use metrics_publisher::{MetricsPublisher, Transport};
use serde_json::json;

use crate::metered::{Meter, Metered, thread_cpu};
use crate::run::Failure;
use crate::stream::Gathered;
use crate::units::stored_bytes;

pub(crate) use crate::stream::Stream;

/// The pipeline, with its own time.
pub(crate) struct Pipeline {
    clock: SimClock,
    engine: Engine,
    metered: Metered,
    ingest: FlowMetrics,
    publisher: MetricsPublisher,
    dead_letters: MemoryDeadLetters,
    stream: Gathered,
    /// The publisher's work so far.
    pub(crate) published: Work,
}

/// The work of a function.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    /// The number of invocations.
    pub(crate) invocations: usize,
    /// Its requests.
    pub(crate) meter: Meter,
    /// Its CPU time, without the engine's.
    pub(crate) cpu: Duration,
    /// For the publisher: the number of ledgers that it read.
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

/// Runs `work`. Returns its result, its requests, and its CPU time with the engine's.
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
    /// An empty pipeline that begins at `start`.
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

    /// Advances the time to `at`, and publishes everything that becomes due.
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

    /// Passes an event to the ingest function. Returns the result, its requests, and its CPU time with the engine's.
    pub(crate) async fn ingest(&mut self, json: &str) -> Result<(Counted, Meter, Duration), Failure> {
        let (outcome, meter, cpu) = timed(&self.metered, self.ingest.handle(json)).await?;
        self.gather();
        match outcome {
            Outcome::Processed(counted) => Ok((counted, meter, cpu)),
            Outcome::Ignored { topic } => Err(format!("an event of the topic {topic}").into()),
        }
    }

    /// The bytes that DynamoDB stores of the table.
    pub(crate) fn stored_bytes(&self) -> u64 {
        stored_bytes(&self.engine, TABLE)
    }

    /// Moves the changes that wake the publisher from the engine's feed to the stream.
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
        // Late occurrences are carried to other buckets, which must also be published.
        self.gather();
        Ok(())
    }
}

/// Starts the fake Datadog on its own thread, so that its CPU time is not counted as ours. It runs as long as this
/// process. Returns its address.
pub(crate) fn datadog(clock: SimClock) -> Result<String, Failure> {
    let (sender, address) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            match Endpoints::start(Arc::new(clock)).await {
                Ok(endpoints) => {
                    // The caller may have stopped waiting.
                    let _ = sender.send(Ok(endpoints.url().to_owned()));
                    std::future::pending::<()>().await;
                }
                Err(error) => {
                    let _ = sender.send(Err(error));
                }
            }
        });
    });
    Ok(address.recv()??)
}
