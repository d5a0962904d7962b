//! All functions in this process: their own handlers over a metered engine, streams that are gathered as by Lambda, the
//! settler's schedule, and the fake Datadog on its own thread. The benchmark moves the clock.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Engine, EngineHttp, sdk_config};
use cxtrace::twin::MemoryBus;
use cxtrace::wiring::{Handler, of_change};
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, RetryPolicy, Submitter};
use cxtrace_domain::journeys::Fact;
use cxtrace_journeys::Assembly;
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::{API_KEY, Endpoints, TABLE};
use cxtrace_tests::connector::Connector;
use cxtrace_tests::sim::journeys::facts::{correlations, scan};
use flow_metrics::{Correlator, FlowMetrics, Outcome};
use journey_assembler::JourneyAssembler;
use journey_settler::JourneySettler;
use metrics_publisher::{MetricsPublisher, Transport};
use serde_json::{Value, json};
use span_collector::SpanCollector;

use crate::deployed::Template;
use crate::metered::{Metered, MeteredBus, MeteredKey, Work};
use crate::process::CORRELATION;
use crate::run::Failure;
use crate::stream::Stream;
use crate::traffic::{Class, context};

/// The number of facts in one request when a table is filled.
const AT_ONCE: usize = 500;

/// The functions, with their own time.
pub(crate) struct Pipeline {
    pub(crate) clock: SimClock,
    pub(crate) engine: Engine,
    metered: Metered,
    flow: FlowMetrics,
    publisher: MetricsPublisher,
    dead_letters: MemoryDeadLetters,
    collector: SpanCollector,
    assembler: JourneyAssembler,
    settler: JourneySettler<MeteredBus>,
    shards: usize,
    occurrences: Stream,
    facts: Stream,
    every: TimeDelta,
    next_run: DateTime<Utc>,
    /// Their work so far.
    pub(crate) done: Done,
}

/// The functions' work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    /// `flow-metrics`, with events that hold nothing new.
    pub(crate) nothing_new: Work,
    /// `flow-metrics`, with the other ones.
    pub(crate) new: Work,
    pub(crate) publisher: Work,
    /// The number of ledgers that the publisher read.
    pub(crate) ledgers: usize,
    /// `span-collector`, with events of Genesys.
    pub(crate) genesys: Work,
    /// `span-collector`, with spans of other systems.
    pub(crate) spans: Work,
    pub(crate) assembler: Work,
    /// The number of facts that woke the assembler.
    pub(crate) facts: u64,
    /// `journey-settler`, in runs with due journeys.
    pub(crate) settler: Work,
    /// `journey-settler`, in runs without due journeys.
    pub(crate) idle: Work,
    /// The number of settlements.
    pub(crate) settled: usize,
}

/// What is due.
enum Step {
    Publish(usize),
    Assemble(usize),
    Settle,
}

impl Pipeline {
    /// The functions over empty tables, from `start` on. The stream of a table has this many shards.
    pub(crate) async fn new(start: DateTime<Utc>, template: &Template, shards: usize) -> Result<Self, Failure> {
        let clock = SimClock::at(start);
        let engine = Engine::in_memory(Arc::new(clock.clone()))?.with_shards(shards);
        let client = Client::new(&sdk_config(EngineHttp(engine.clone())));
        schema::create(&client, TABLE, false).await?;
        correlation::schema::create(&client, CORRELATION, false).await?;
        Self::over(engine, clock, template, shards)
    }

    /// The functions over `engine`, which has the tables, with `clock`.
    pub(crate) fn over(engine: Engine, clock: SimClock, template: &Template, shards: usize) -> Result<Self, Failure> {
        let shared = Arc::new(clock.clone());
        let metered = Metered::new(engine.clone());
        let client = Client::new(&sdk_config(Connector(metered.clone())));
        let settings = MetricSettings::read(&Environment::default())?;
        let table = || CorrelationTable::new(client.clone(), CORRELATION, settings.retention, shared.clone());
        let state = || StateTable::new(client.clone(), TABLE, settings.retention, shared.clone());
        let pseudonyms = context()?.pseudonyms;
        let key = || PseudonymKey::Known(Box::new(pseudonyms.clone()));
        let assembly = Assembly::new(table(), cxtrace_sources::policy(), shared.clone());
        let endpoint = Endpoint::at(&datadog(clock.clone())?)?;
        let api_key = MeteredKey { key: FixedKey(ApiKey::try_new(API_KEY)?), metered: metered.clone() };
        let api_key = Arc::new(api_key);
        let http = cxtrace_lambda::http::client()?;
        let submitter = || {
            let (http, endpoint) = (http.clone(), endpoint.clone());
            Submitter::new(http, endpoint, api_key.clone(), shared.clone(), RetryPolicy::default())
        };
        let dead_letters = MemoryDeadLetters::default();
        let publisher = MetricsPublisher::new(
            state(),
            Transport::Api(submitter()),
            settings.clone(),
            Arc::new(dead_letters.clone()),
            shared.clone(),
        );
        let settler = JourneySettler {
            assembly: assembly.clone(),
            state: state(),
            width: settings.width,
            budget: journey_settler::SeriesBudget::of(settings.max_series),
            breaker: journey_settler::CircuitBreaker::default(),
            datadog: submitter(),
            bus: MeteredBus { bus: MemoryBus::default(), metered: metered.clone() },
            export: None,
        };
        let correlator = Correlator::new(table(), correlations(), key());
        let stream =
            |window, mapping| Ok::<_, Failure>(Stream::new(shards, template.window(window)?, template.batch(mapping)?));
        let every = TimeDelta::seconds(i64::try_from(template.settle_seconds)?);
        Ok(Self {
            flow: FlowMetrics::new(state(), settings.clone(), shared.clone()).with_journeys(Some(correlator)),
            publisher,
            dead_letters,
            collector: SpanCollector::new(table(), key(), Allowlist::default()).with_examples(true),
            assembler: JourneyAssembler(assembly),
            settler,
            shards,
            occurrences: stream(Template::PUBLISHER_WINDOW, "OccurrenceStream")?,
            facts: stream(Template::ASSEMBLER_WINDOW, "FactStream")?,
            every,
            next_run: clock.time() + every,
            done: Done::default(),
            clock,
            engine,
            metered,
        })
    }

    /// The same, but `flow-metrics` stores nothing for journeys.
    pub(crate) fn without_journeys(self) -> Self {
        Self { flow: self.flow.with_journeys(None), ..self }
    }

    /// The assembly, over the metered engine.
    pub(crate) fn assembly(&self) -> &Assembly {
        &self.assembler.0
    }

    /// The correlation table, through a client that is not metered.
    pub(crate) fn table(&self) -> CorrelationTable {
        let client = Client::new(&sdk_config(EngineHttp(self.engine.clone())));
        CorrelationTable::new(client, CORRELATION, TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    /// Appends `facts` without waking a function.
    pub(crate) async fn fill(&self, facts: &[Fact]) -> Result<(), Failure> {
        let table = self.table();
        for facts in facts.chunks(AT_ONCE) {
            table.append(facts).await?;
            self.forget();
        }
        Ok(())
    }

    /// Drops all changes in the first shard.
    pub(crate) fn forget(&self) {
        drop(self.engine.take_changes(0, usize::MAX));
    }

    /// Passes an event to `span-collector`, without waking the assembler.
    pub(crate) async fn append(&self, json: &str, work: &mut Work) -> Result<(), Failure> {
        work.add(&self.metered.invoke(self.collector.handle(json)).await?.1);
        Ok(())
    }

    /// Passes an event to the function of `class`.
    pub(crate) async fn take(&mut self, class: Class, json: &str) -> Result<(), Failure> {
        let done = &mut self.done;
        match class {
            Class::Attributes => {
                let (outcome, work) = self.metered.invoke(self.flow.handle(json)).await?;
                let is_new = matches!(outcome, Outcome::Processed(counted) if counted.new > 0);
                if is_new { &mut done.new } else { &mut done.nothing_new }.add(&work);
            }
            Class::Genesys => done.genesys.add(&self.metered.invoke(self.collector.handle(json)).await?.1),
            Class::Span => done.spans.add(&self.metered.invoke(self.collector.handle(json)).await?.1),
        }
        self.gather();
        Ok(())
    }

    /// Advances the time to `at`, and invokes every function that becomes due.
    pub(crate) async fn advance_to(&mut self, at: DateTime<Utc>) -> Result<(), Failure> {
        loop {
            let publish = self.occurrences.due().map(|(due, shard)| (due, Step::Publish(shard)));
            let assemble = self.facts.due().map(|(due, shard)| (due, Step::Assemble(shard)));
            let steps = [publish, assemble, Some((self.next_run, Step::Settle))];
            let Some((due, step)) =
                steps.into_iter().flatten().min_by_key(|(due, _)| *due).filter(|(due, _)| *due <= at)
            else {
                self.clock.advance_to(at);
                return Ok(());
            };
            self.clock.advance_to(due);
            match step {
                Step::Publish(shard) => self.publish(shard).await?,
                Step::Assemble(shard) => self.assemble(shard).await?,
                Step::Settle => self.settle().await?,
            }
            // Late occurrences are carried to other buckets, and insights are counted. Both must be published.
            self.gather();
        }
    }

    /// Publishes everything that is in the stream.
    pub(crate) async fn drain(&mut self) -> Result<(), Failure> {
        while let Some((due, _)) = self.occurrences.due() {
            self.advance_to(due).await?;
        }
        match self.dead_letters.messages().first() {
            Some(dead_letter) => Err(format!("a dead letter: {dead_letter}").into()),
            None => Ok(()),
        }
    }

    /// Moves the changes from the engine's feed to the streams of the functions that they wake.
    fn gather(&mut self) {
        let now = self.clock.time();
        for shard in 0..self.shards {
            for change in self.engine.take_changes(shard, usize::MAX) {
                match of_change(change.event_name(), change.sort_key()) {
                    Some(Handler::MetricsPublisher) => self.occurrences.add(shard, change.record(), now),
                    Some(Handler::JourneyAssembler) => self.facts.add(shard, change.record(), now),
                    _ => {}
                }
            }
        }
    }

    async fn publish(&mut self, shard: usize) -> Result<(), Failure> {
        for records in self.occurrences.take(shard) {
            let batch: StreamBatch = serde_json::from_value(json!({ "Records": records }))?;
            let deadline = self.clock.time() + TimeDelta::seconds(60);
            let (done, work) = self.metered.invoke(self.publisher.handle(&batch, deadline)).await?;
            self.done.publisher.add(&work);
            self.done.ledgers += done.ledgers;
        }
        Ok(())
    }

    async fn assemble(&mut self, shard: usize) -> Result<(), Failure> {
        for records in self.facts.take(shard) {
            self.done.facts += records.len() as u64;
            let batch: StreamBatch = serde_json::from_value(json!({ "Records": records }))?;
            self.done.assembler.add(&self.metered.invoke(self.assembler.handle(&batch)).await?.1);
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Failure> {
        self.next_run += self.every;
        let deadline = self.clock.time() + TimeDelta::seconds(120);
        let (run, work) = self.metered.invoke(self.settler.run(deadline)).await?;
        if run.failed > 0 {
            return Err(format!("{} journeys could not be settled", run.failed).into());
        }
        self.done.settled += run.settled;
        let is_idle = run.settled + run.deferred == 0;
        if is_idle { &mut self.done.idle } else { &mut self.done.settler }.add(&work);
        Ok(())
    }

    /// The number of events on the journey bus.
    pub(crate) fn notified(&self) -> usize {
        self.settler.bus.bus.events().len()
    }

    /// The items of the correlation table.
    pub(crate) fn items(&self) -> Vec<Value> {
        scan(&self.engine, CORRELATION)
    }

    /// The size of its largest item as JSON, in bytes. The item itself is smaller.
    pub(crate) fn largest(&self) -> u64 {
        self.items().iter().map(|item| item.to_string().len() as u64).max().unwrap_or(0)
    }
}

/// Starts the fake Datadog on its own thread, so that its CPU time is not counted as ours. It runs as long as this
/// process. Returns its address.
fn datadog(clock: SimClock) -> Result<String, Failure> {
    let (sender, address) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let endpoints = Endpoints::start(Arc::new(clock)).await;
            // The caller may have stopped waiting.
            let _ = sender
                .send(endpoints.as_ref().map(|endpoints| endpoints.url().to_owned()).map_err(ToString::to_string));
            std::future::pending::<()>().await;
        });
    });
    Ok(address.recv()??)
}
