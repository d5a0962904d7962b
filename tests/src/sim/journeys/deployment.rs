//! The functions and tables of one world of journeys, behind its faulty network.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Change, Engine};
use cxtrace::wiring::{Handler, of_change};
use cxtrace_domain::metrics::BucketWidth;
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_settings::MetricSettings;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use cxtrace_test_support::clock::SimClock;
use flow_metrics::{Correlator, FlowMetrics};
use journey_settler::{CircuitBreaker, JourneySettler};
use serde_json::{Value, json};
use span_collector::SpanCollector;

use super::bus::FaultyBus;
use super::facts::{correlations, scan};
use super::traffic::{KnownOffset, context};
use crate::sim::dynamo::{self, FaultyDynamo};
use crate::sim::run::Harness;
use crate::sim::world::Shared;

/// The names of the two tables of a world.
pub const TABLES: [&str; 2] = ["state", "correlation"];

/// An engine behind a faulty network, with both tables.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub clock: SimClock,
    /// Its random numbers and faults.
    pub world: Shared,
    pub engine: Engine,
}

impl Deployment {
    /// An empty deployment whose streams have `shards` shards.
    #[must_use]
    pub fn new(clock: SimClock, world: Shared, shards: usize) -> Self {
        #[expect(clippy::expect_used, reason = "an engine in memory needs nothing")]
        let engine = Engine::in_memory(Arc::new(clock.clone())).expect("an engine in memory").with_shards(shards);
        Self { clock, world, engine }
    }

    /// A deployment with tables and without faults, at `at`.
    pub async fn without_faults(at: DateTime<Utc>, clocks: &[KnownOffset]) -> Self {
        let clock = SimClock::at(at);
        let world = Shared::new(0, clock.clone());
        {
            let mut world = world.lock();
            world.faults = world.faults.healed();
        }
        let deployment = Self::new(clock, world, 1);
        deployment.set_up(clocks).await;
        deployment
    }

    /// Creates its tables, and stores the known offsets of clocks.
    pub async fn set_up(&self, clocks: &[KnownOffset]) {
        let client = self.client();
        let made = schema::create(&client, TABLES[0], false).await;
        assert!(made.is_ok(), "{made:?}");
        let made = correlation::schema::create(&client, TABLES[1], false).await;
        assert!(made.is_ok(), "{made:?}");
        for (source, from, ahead) in clocks {
            let noted = self.correlation().store_clock(source, *from, *ahead).await;
            assert!(noted.is_ok(), "{noted:?}");
        }
    }

    /// The real client, over the faulty network.
    #[must_use]
    pub fn client(&self) -> Client {
        dynamo::client(FaultyDynamo { engine: self.engine.clone(), world: self.world.clone() }, &self.clock)
    }

    #[must_use]
    pub fn state(&self) -> StateTable {
        StateTable::new(self.client(), TABLES[0], TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    #[must_use]
    pub fn correlation(&self) -> CorrelationTable {
        CorrelationTable::new(self.client(), TABLES[1], TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    #[must_use]
    pub fn assembly(&self) -> Assembly {
        Assembly::new(self.correlation(), cxtrace_sources::policy(), Arc::new(self.clock.clone()))
    }

    #[must_use]
    pub fn collector(&self) -> SpanCollector {
        SpanCollector::new(self.correlation(), key(), Allowlist::default()).with_examples(true)
    }

    /// A `flow-metrics` that also stores facts of journeys.
    #[must_use]
    pub fn flow_metrics(&self) -> FlowMetrics {
        let settings = MetricSettings {
            template: cxtrace_settings::metrics::default_template(),
            media_type_tag: false,
            max_series: 1_000,
            width: BucketWidth::default(),
            historical: false,
            retention: TimeDelta::days(30),
        };
        let correlator = Correlator::new(self.correlation(), correlations(), key());
        FlowMetrics::new(self.state(), settings, Arc::new(self.clock.clone())).with_journeys(Some(correlator))
    }

    /// Passes an event to its handler. Returns whether the handler succeeded.
    pub async fn take(&self, handler: Handler, json: &str) -> bool {
        match handler {
            Handler::FlowMetrics => Box::pin(self.flow_metrics().handle(json)).await.is_ok(),
            _ => Box::pin(self.collector().handle(json)).await.is_ok(),
        }
    }

    /// A `journey-settler` that notifies this world's bus, and the Datadog of `harness`.
    #[must_use]
    pub fn settler(&self, harness: &Harness) -> JourneySettler<FaultyBus> {
        JourneySettler {
            assembly: self.assembly(),
            state: self.state(),
            width: BucketWidth::default(),
            budget: journey_settler::SeriesBudget::of(1_000),
            breaker: CircuitBreaker::default(),
            datadog: harness.submitter(Arc::new(self.clock.clone())),
            bus: FaultyBus(self.world.clone()),
            export: None,
        }
    }

    /// The oldest changes of a shard for the assembler, about `most` at most; `None` if there are none.
    #[must_use]
    pub fn batch(&self, shard: usize, most: usize) -> Option<StreamBatch> {
        let wanted =
            |change: &&Change| of_change(change.event_name(), change.sort_key()) == Some(Handler::JourneyAssembler);
        let changes = self.engine.take_changes(shard, most);
        let records: Vec<_> = changes.iter().filter(wanted).map(Change::record).collect();
        if records.is_empty() {
            return None;
        }
        match serde_json::from_value(json!({"Records": records})) {
            Ok(event) => Some(event),
            Err(error) => unreachable!("the engine's records are Lambda's: {error}"),
        }
    }

    /// When the next journey is due.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let due = |item: &Value| item["due_at"]["S"].as_str()?.parse().ok();
        scan(&self.engine, TABLES[1]).iter().filter_map(due).min()
    }
}

fn key() -> PseudonymKey {
    PseudonymKey::Known(Box::new(context().pseudonyms))
}
