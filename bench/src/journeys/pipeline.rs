//! The functions of journeys in this process: their own handlers over a metered engine, with a clock that the benchmark
//! moves.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Engine, EngineHttp, sdk_config};
use cxtrace::twin::MemoryBus;
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, RetryPolicy, Submitter};
use cxtrace_domain::journeys::Fact;
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_test_support::endpoints::{API_KEY, TABLE};
use cxtrace_tests::sim::journeys::facts::{correlations, scan};
use flow_metrics::{Correlator, FlowMetrics};
use journey_assembler::JourneyAssembler;
use journey_settler::JourneySettler;
use serde_json::{Value, json};
use span_collector::SpanCollector;

use super::traffic::{Class, context};
use crate::deployed::Template;
use crate::metered::Metered;
use crate::pipeline::{Work, datadog, timed};
use crate::process::{CORRELATION, wakes_the_assembler};
use crate::run::Failure;
use crate::stream::{Gathered, Stream};
use crate::units::item_size;

/// The number of facts in one request when a table is filled.
const AT_ONCE: usize = 500;

/// The functions around a correlation table, with their own time.
pub(crate) struct Journeys {
    pub(crate) clock: SimClock,
    pub(crate) engine: Engine,
    metered: Metered,
    flow: FlowMetrics,
    collector: SpanCollector,
    assembler: JourneyAssembler,
    settler: JourneySettler<MemoryBus>,
    stream: Gathered,
    every: TimeDelta,
    next_run: DateTime<Utc>,
    /// Their work so far.
    pub(crate) done: Done,
}

/// The functions' work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    /// `flow-metrics`, for metrics and journeys together.
    pub(crate) attributes: Work,
    /// `span-collector`, with events of Genesys.
    pub(crate) genesys: Work,
    /// `span-collector`, with spans of other systems.
    pub(crate) spans: Work,
    pub(crate) assembler: Work,
    /// `journey-settler`, in runs with due journeys.
    pub(crate) settler: Work,
    /// `journey-settler`, in runs without due journeys.
    pub(crate) idle: Work,
    /// The number of facts that woke the assembler.
    pub(crate) facts: usize,
    /// The number of settlements.
    pub(crate) settled: usize,
}

impl Journeys {
    /// An empty world that begins at `start`, whose stream has this many shards.
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
        let client = Client::new(&sdk_config(metered.clone()));
        let settings = MetricSettings::read(&Environment::default())?;
        let table = || CorrelationTable::new(client.clone(), CORRELATION, settings.retention, shared.clone());
        let state = || StateTable::new(client.clone(), TABLE, settings.retention, shared.clone());
        let pseudonyms = context()?.pseudonyms;
        let key = || PseudonymKey::Known(Box::new(pseudonyms.clone()));
        let assembly = Assembly::new(table(), cxtrace_sources::policy(), shared.clone());
        let endpoint = Endpoint::at(&datadog(clock.clone())?)?;
        let api_key = Arc::new(FixedKey(ApiKey::try_new(API_KEY)?));
        let http = cxtrace_lambda::http::client()?;
        let settler = JourneySettler {
            assembly: assembly.clone(),
            state: state(),
            width: settings.width,
            budget: journey_settler::SeriesBudget::of(settings.max_series),
            breaker: journey_settler::CircuitBreaker::default(),
            datadog: Submitter::new(http, endpoint, api_key, shared.clone(), RetryPolicy::default()),
            bus: MemoryBus::default(),
            export: None,
        };
        let correlator = Correlator::new(table(), correlations(), key());
        let flow = FlowMetrics::new(state(), settings.clone(), shared.clone()).with_journeys(Some(correlator));
        let stream = Stream { shards, window: template.window()?, batch: template.batch("FactStream")? };
        let every = TimeDelta::seconds(i64::try_from(template.settle_seconds)?);
        Ok(Self {
            flow,
            collector: SpanCollector::new(table(), key(), Allowlist::default()).with_examples(true),
            assembler: JourneyAssembler(assembly.clone()),
            settler,
            stream: Gathered::new(stream),
            every,
            next_run: clock.time() + every,
            done: Done::default(),
            clock,
            engine,
            metered,
        })
    }

    /// The same, but `flow-metrics` stores no facts for journeys.
    pub(crate) fn without_correlations(self) -> Self {
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
        let (_, meter, cpu) = timed(&self.metered, Box::pin(self.collector.handle(json))).await?;
        work.add(&meter, cpu);
        Ok(())
    }

    /// Passes an event to the function of `class`.
    pub(crate) async fn take(&mut self, class: Class, json: &str) -> Result<(), Failure> {
        let (meter, cpu) = match class {
            Class::Attributes => {
                let (_, meter, cpu) = timed(&self.metered, Box::pin(self.flow.handle(json))).await?;
                (meter, cpu)
            }
            Class::Genesys | Class::Span => {
                let (_, meter, cpu) = timed(&self.metered, Box::pin(self.collector.handle(json))).await?;
                (meter, cpu)
            }
        };
        let work = match class {
            Class::Attributes => &mut self.done.attributes,
            Class::Genesys => &mut self.done.genesys,
            Class::Span => &mut self.done.spans,
        };
        work.add(&meter, cpu);
        self.stream.gather(&self.engine, self.clock.time(), wakes_the_assembler);
        Ok(())
    }

    /// Advances the time to `at`: gathered changes are assembled when they are due, and the settler runs by its
    /// schedule.
    pub(crate) async fn advance_to(&mut self, at: DateTime<Utc>) -> Result<(), Failure> {
        loop {
            match self.stream.due() {
                Some((due, shard)) if due <= at && due <= self.next_run => {
                    self.clock.advance_to(due);
                    self.assemble(shard).await?;
                }
                _ if self.next_run <= at => {
                    self.clock.advance_to(self.next_run);
                    self.next_run += self.every;
                    self.settle().await?;
                }
                _ => {
                    self.clock.advance_to(at);
                    return Ok(());
                }
            }
        }
    }

    async fn assemble(&mut self, shard: usize) -> Result<(), Failure> {
        for records in self.stream.take(shard) {
            self.done.facts += records.len();
            let batch: StreamBatch = serde_json::from_value(json!({ "Records": records }))?;
            let (_, meter, cpu) = timed(&self.metered, Box::pin(self.assembler.handle(&batch))).await?;
            self.done.assembler.add(&meter, cpu);
        }
        // Rows are not facts, so they wake nothing.
        self.stream.gather(&self.engine, self.clock.time(), wakes_the_assembler);
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Failure> {
        let deadline = self.clock.time() + TimeDelta::seconds(120);
        let (run, meter, cpu) = timed(&self.metered, Box::pin(self.settler.run(deadline))).await?;
        if run.failed > 0 {
            return Err(format!("{} journeys could not be settled", run.failed).into());
        }
        self.done.settled += run.settled;
        let is_idle = run.settled + run.deferred == 0;
        if is_idle { &mut self.done.idle } else { &mut self.done.settler }.add(&meter, cpu);
        self.stream.gather(&self.engine, self.clock.time(), wakes_the_assembler);
        Ok(())
    }

    /// The number of events on the journey bus.
    pub(crate) fn notified(&self) -> usize {
        self.settler.bus.events().len()
    }

    /// The items of the correlation table.
    pub(crate) fn items(&self) -> Vec<Value> {
        scan(&self.engine, CORRELATION)
    }

    /// The size of its largest item, in bytes.
    pub(crate) fn largest(&self) -> u64 {
        self.items().iter().map(item_size).max().unwrap_or(0)
    }
}
