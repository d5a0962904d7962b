//! The shared state of one simulated world: random numbers, faults, and the records for the final check.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cxtrace::intake::Intake;
use cxtrace_fixtures::SeededRng;
use cxtrace_test_support::clock::SimClock;
use rand::Rng;

use super::counters::Counters;
use super::faults::{Faults, Mutation, Outage};

/// Metric, tags and timestamp: Datadog keeps one value for each of these.
pub type PointKey = (String, Vec<String>, i64);

/// The state of one world.
#[derive(Debug)]
pub struct World {
    /// The only source of random numbers.
    pub rng: SeededRng,
    /// The possible faults.
    pub faults: Faults,
    /// The faults that happened.
    pub counters: Counters,
    /// Simulated time.
    pub clock: SimClock,
    /// Whether the polled actor may make its next request. One poll allows one request, so the scheduler chooses every
    /// interleaving.
    pub permit: bool,
    /// The polled actor dies now.
    pub dies: bool,
    /// The polled actor, for the counters and the trace.
    pub actor: Actor,
    /// The points in Datadog.
    pub intake: Intake,
    /// The greatest total of each point that was sent without a response.
    pub unanswered: BTreeMap<PointKey, u64>,
    /// How many values of each distribution Datadog has accepted.
    pub measured: BTreeMap<String, u64>,
    /// The events on the journey bus.
    pub bus_events: Vec<journey_settler::bus::Event>,
    /// Whether rows are written without their condition: see [`super::journeys::Mutation`].
    pub unconditional: bool,
    /// The outages of Datadog.
    pub outage: Option<(chrono::DateTime<chrono::Utc>, Outage)>,
    /// The outage of DynamoDB: when it begins and ends.
    pub table_outage: Option<(chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>)>,
    /// The time in which a shard of the stream loses its records, and which shard it is.
    pub lost_records: Option<(chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>, usize)>,
    /// A conversation whose key is throttled, because it is hot, and until when.
    pub hot: Option<(String, chrono::DateTime<chrono::Utc>)>,
    /// How the design is broken, if it is.
    pub mutation: Option<Mutation>,
    /// The number of invocations of each shard's publisher.
    pub invocations: BTreeMap<usize, u64>,
    /// The invocation that began the latest carry of each ledger, and the carry's number.
    carries: BTreeMap<String, (String, u64)>,
    /// A hash of all requests, which must be equal for two runs of a seed.
    trace: DefaultHasher,
}

/// An actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A `flow-metrics` instance.
    Ingest(usize),
    /// The consumer of a shard of the state table.
    Publisher(usize),
    /// The schedule's invocation of the publisher.
    Sweeper,
    /// A `span-collector` instance.
    Collector(usize),
    /// The consumer of a shard of the correlation table.
    Assembler(usize),
    /// A `journey-settler` instance.
    Settler(usize),
    /// The simulation itself, which has no faults.
    Observer,
}

/// A world that is shared.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    /// The world of `seed`.
    #[must_use]
    pub fn new(seed: u64, clock: SimClock) -> Self {
        let mut rng = SeededRng::new(seed, 0);
        let faults = Faults::draw(&mut rng);
        Self(Arc::new(Mutex::new(World {
            rng,
            faults,
            counters: Counters::default(),
            clock,
            permit: false,
            dies: false,
            actor: Actor::Observer,
            intake: Intake::new(),
            unanswered: BTreeMap::new(),
            measured: BTreeMap::new(),
            bus_events: Vec::new(),
            unconditional: false,
            outage: None,
            table_outage: None,
            lost_records: None,
            hot: None,
            mutation: None,
            invocations: BTreeMap::new(),
            carries: BTreeMap::new(),
            trace: DefaultHasher::new(),
        })))
    }

    /// Locks the world.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor {
    /// The counters for killing it before and after a request.
    #[must_use]
    pub fn crashes(self) -> (&'static str, &'static str) {
        match self {
            Self::Publisher(_) => ("publisher crashed before a request", "publisher crashed after a request"),
            Self::Sweeper => ("sweeper crashed before a request", "sweeper crashed after a request"),
            Self::Collector(_) => ("collector crashed before a request", "collector crashed after a request"),
            Self::Assembler(_) => ("assembler crashed before a request", "assembler crashed after a request"),
            Self::Settler(_) => ("settler crashed before a request", "settler crashed after a request"),
            Self::Ingest(_) | Self::Observer => ("ingest crashed before a request", "ingest crashed after a request"),
        }
    }
}

impl World {
    /// Whether something of probability `p` happens; if so, it is counted.
    pub fn happens(&mut self, p: f64, kind: &'static str) -> bool {
        let happens = self.rng.random_bool(p);
        if happens {
            self.counters.hit(kind);
        }
        happens
    }

    /// Detects a carry that one invocation begins and another one finishes.
    pub fn watch_carry(&mut self, update: &[u8]) {
        let Actor::Publisher(shard) = self.actor else { return };
        let invocation = self.invocations.get(&shard).copied().unwrap_or(0);
        let update: serde_json::Value = serde_json::from_slice(update).unwrap_or_default();
        let ledger = update["Key"]["pk"]["S"].as_str().unwrap_or_default().to_owned();
        let values = &update["ExpressionAttributeValues"];
        if let Some(number) = values[":carries"]["N"].as_str() {
            self.carries.insert(ledger, (number.to_owned(), invocation));
        } else if let Some(number) = values[":number"]["N"].as_str()
            && self.carries.get(&ledger).is_some_and(|(begun, by)| begun == number && *by != invocation)
        {
            self.counters.hit("carry finished by another invocation");
        }
    }

    /// Whether the records that `shard` of the stream has now are lost.
    #[must_use]
    pub fn loses_records(&self, shard: usize) -> bool {
        let now = self.clock.time();
        self.lost_records.is_some_and(|(from, to, lost)| lost == shard && (from..to).contains(&now))
    }

    /// Adds a step to the trace.
    pub fn trace(&mut self, step: impl Hash) {
        (self.actor, self.clock.time().timestamp_millis()).hash(&mut self.trace);
        step.hash(&mut self.trace);
    }

    /// The trace so far, as one number.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        self.trace.finish()
    }
}
