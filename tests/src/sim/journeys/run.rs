//! One world from its first event to its last settled journey.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Change, Engine};
use cxtrace::wiring::{Handler, of_change};
use cxtrace_domain::journeys::Retraction;
use cxtrace_domain::metrics::BucketWidth;
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_settings::MetricSettings;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use flow_metrics::{Correlator, FlowMetrics};
use journey_assembler::JourneyAssembler;
use journey_settler::JourneySettler;
use rand::Rng;
use serde_json::{Value, json};
use span_collector::SpanCollector;

use super::TABLES;
use super::bus::FaultyBus;
use super::check::{self, CheckResult};
use super::facts::{correlations, scan};
use super::traffic::{Delivery, Known, Traffic, What, context};
use crate::sim::actor::{Running, Step};
use crate::sim::dynamo::{self, FaultyDynamo};
use crate::sim::faults::Counters;
use crate::sim::run::Harness;
use crate::sim::world::{Actor, Shared};
use cxtrace_test_support::clock::SimClock;

const INSTANCES: usize = 3;
const SHARDS: usize = 3;
const SETTLERS: usize = 2;

/// After so many steps a world does not come to rest.
const MAX_STEPS: u32 = 400_000;

/// A way to break the design on purpose, to prove that the simulation notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// Rows are written whoever has written them since they were read.
    Unconditional,
}

/// One world's beginning.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// What decides everything.
    pub seed: u64,
    /// How the design is broken, if it is.
    pub mutation: Option<Mutation>,
}

/// How a world ended.
#[derive(Debug)]
pub struct RunResult {
    /// Whether everything is right.
    pub check: CheckResult,
    /// What happened on the way.
    pub counters: Counters,
    /// What happened, in one number: equal for equal scenarios.
    pub trace: u64,
}

/// Plays `scenario` to its end.
pub async fn play(harness: &Harness, scenario: Scenario) -> RunResult {
    let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
    let clock = SimClock::at(start);
    let world = Shared::new(scenario.seed, clock.clone());
    harness.enter(&world);
    let traffic = {
        let mut world = world.lock();
        world.unconditional = scenario.mutation == Some(Mutation::Unconditional);
        let (mut rng, faults) = (world.rng.clone(), world.faults.clone());
        let traffic = Traffic::draw(&mut rng, scenario.seed, start, &faults, &mut world.counters);
        world.rng = rng;
        traffic
    };
    let place = Place::new(clock, world, SHARDS);
    place.set_up(&traffic.clocks).await;
    let mut simulation = Simulation::new(harness, place, traffic.deliveries.clone());
    let rested = simulation.run().await;
    let place = simulation.place;
    {
        let mut world = place.world.lock();
        (world.actor, world.dies) = (Actor::Observer, false);
    }
    let check = check::check(&place, &traffic, rested).await;
    let mut world = place.world.lock();
    RunResult { check, counters: std::mem::take(&mut world.counters), trace: world.trace_hash() }
}

/// An engine behind a faulty network, with both tables.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its clock.
    pub clock: SimClock,
    /// Its chance and faults.
    pub world: Shared,
    /// Its engine.
    pub engine: Engine,
}

impl Place {
    /// An empty one, whose stream has so many shards.
    #[must_use]
    pub fn new(clock: SimClock, world: Shared, shards: usize) -> Self {
        #[expect(clippy::expect_used, reason = "an engine in memory needs nothing")]
        let engine = Engine::in_memory(Arc::new(clock.clone())).expect("an engine in memory").with_shards(shards);
        Self { clock, world, engine }
    }

    /// One in which nothing goes wrong, with its tables, at `at`.
    pub async fn calm(at: DateTime<Utc>, clocks: &[Known]) -> Self {
        let clock = SimClock::at(at);
        let world = Shared::new(0, clock.clone());
        {
            let mut world = world.lock();
            world.faults = world.faults.healed();
        }
        let calm = Self::new(clock, world, 1);
        calm.set_up(clocks).await;
        calm
    }

    /// Makes its tables, and notes what is known of clocks.
    pub async fn set_up(&self, clocks: &[Known]) {
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

    /// The state table.
    #[must_use]
    pub fn state(&self) -> StateTable {
        StateTable::new(self.client(), TABLES[0], TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    /// The correlation table.
    #[must_use]
    pub fn correlation(&self) -> CorrelationTable {
        CorrelationTable::new(self.client(), TABLES[1], TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    /// What assembles its journeys.
    #[must_use]
    pub fn assembly(&self) -> Assembly {
        Assembly::new(self.correlation(), cxtrace_sources::policy(), Arc::new(self.clock.clone()))
    }

    /// A `span-collector`.
    #[must_use]
    pub fn collector(&self) -> SpanCollector {
        SpanCollector::new(self.correlation(), key(), Allowlist::default())
    }

    /// A `flow-metrics` that tells journeys what it finds.
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

    /// Takes an event as it is wired; gives whether that succeeded.
    pub async fn take(&self, handler: Handler, json: &str) -> bool {
        match handler {
            Handler::FlowMetrics => Box::pin(self.flow_metrics().handle(json)).await.is_ok(),
            _ => Box::pin(self.collector().handle(json)).await.is_ok(),
        }
    }

    /// A `journey-settler` that tells this world's bus, and the Datadog of `harness`.
    #[must_use]
    pub fn settler(&self, harness: &Harness) -> JourneySettler<FaultyBus> {
        JourneySettler {
            assembly: self.assembly(),
            state: self.state(),
            width: BucketWidth::default(),
            datadog: harness.submitter(Arc::new(self.clock.clone())),
            bus: FaultyBus(self.world.clone()),
        }
    }

    /// The oldest changes of a shard that are the assembler's, at most about `most`; `None` when there are none.
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

struct Simulation<'a> {
    harness: &'a Harness,
    place: Place,
    deliveries: Vec<Delivery>,
    instances: Vec<Option<Delivery>>,
    consumers: Vec<Consumer>,
    settlers: Vec<Settler>,
    running: Vec<Running<bool>>,
    steps_after_events: u32,
}

/// The consumer of one shard.
#[derive(Default)]
struct Consumer {
    batch: Option<Arc<StreamBatch>>,
    busy: bool,
    rests_until: DateTime<Utc>,
}

/// A settler, which is woken every minute.
#[derive(Default)]
struct Settler {
    busy: bool,
    rests_until: DateTime<Utc>,
}

enum Choice {
    Step(usize),
    Take(usize),
    Assemble(usize),
    Settle(usize),
}

impl<'a> Simulation<'a> {
    fn new(harness: &'a Harness, place: Place, deliveries: Vec<Delivery>) -> Self {
        Self {
            harness,
            place,
            deliveries,
            instances: vec![None; INSTANCES],
            consumers: (0..SHARDS).map(|_| Consumer::default()).collect(),
            settlers: (0..SETTLERS).map(|_| Settler::default()).collect(),
            running: Vec::new(),
            steps_after_events: 0,
        }
    }

    /// Until there is nothing left to do; whether that came.
    async fn run(&mut self) -> bool {
        for _ in 0..MAX_STEPS {
            // Datadog's side of the loopback runs in this thread too.
            tokio::task::yield_now().await;
            if self.deliveries.is_empty() {
                self.steps_after_events += 1;
                if self.steps_after_events == 1_500 {
                    let mut world = self.place.world.lock();
                    world.faults = world.faults.healed();
                }
            }
            let choices = self.choices();
            if choices.is_empty() {
                match self.next_due() {
                    Some(due) => self.place.clock.advance_to(due),
                    None => return true,
                }
                continue;
            }
            let choice = {
                let mut world = self.place.world.lock();
                if world.rng.random_bool(0.02) {
                    let pause = world.rng.random_range(0..20_000);
                    self.place.clock.advance(std::time::Duration::from_millis(pause));
                }
                world.rng.random_range(0..choices.len())
            };
            match choices.into_iter().nth(choice) {
                Some(Choice::Step(n)) => self.step(n).await,
                Some(Choice::Take(instance)) => self.start_instance(instance),
                Some(Choice::Assemble(shard)) => self.start_assembler(shard),
                Some(Choice::Settle(settler)) => self.start_settler(settler),
                None => {}
            }
        }
        false
    }

    fn choices(&self) -> Vec<Choice> {
        let now = self.place.clock.time();
        let mut choices: Vec<_> = (0..self.running.len()).map(Choice::Step).collect();
        if self.deliveries.iter().any(|delivery| delivery.due <= now) {
            choices.extend(self.instances.iter().position(Option::is_none).map(Choice::Take));
        }
        for (shard, consumer) in self.consumers.iter().enumerate() {
            if !consumer.busy && self.has_work(shard) && consumer.rests_until <= now {
                choices.push(Choice::Assemble(shard));
            }
        }
        for (number, settler) in self.settlers.iter().enumerate() {
            if !settler.busy && settler.rests_until <= now {
                choices.push(Choice::Settle(number));
            }
        }
        choices
    }

    fn has_work(&self, shard: usize) -> bool {
        self.consumers[shard].batch.is_some() || self.place.engine.waiting(shard) > 0
    }

    /// When there is something to do again.
    fn next_due(&mut self) -> Option<DateTime<Utc>> {
        let resting = self.consumers.iter().enumerate().filter(|(shard, _)| self.has_work(*shard));
        let others = self.deliveries.iter().map(|d| d.due).chain(resting.map(|(_, consumer)| consumer.rests_until));
        let journey = self.place.next_due();
        let woken = self.settlers.iter().map(|settler| settler.rests_until).min();
        // A settler that is woken before anything is due does nothing: those wakings are left out.
        let settling = journey.zip(woken).map(|(due, woken)| due.max(woken));
        let next = others.chain(settling).min()?;
        for settler in self.settlers.iter_mut().filter(|settler| settler.rests_until < next) {
            settler.rests_until = next;
        }
        Some(next)
    }

    fn start_instance(&mut self, slot: usize) {
        let now = self.place.clock.time();
        let due: Vec<_> = (0..self.deliveries.len()).filter(|n| self.deliveries[*n].due <= now).collect();
        let chosen = {
            let mut world = self.place.world.lock();
            let chosen = due[world.rng.random_range(0..due.len())];
            if due.iter().any(|n| self.deliveries[*n].due < self.deliveries[chosen].due) {
                world.counters.hit("event reordered");
            }
            chosen
        };
        let delivery = self.deliveries.swap_remove(chosen);
        let (place, what) = (self.place.clone(), delivery.what.clone());
        self.instances[slot] = Some(delivery);
        let actor = match what {
            What::Event(Handler::FlowMetrics, _) => Actor::Ingest(slot),
            _ => Actor::Collector(slot),
        };
        self.running.push(Running::new(actor, async move {
            match what {
                What::Event(handler, json) => place.take(handler, &json).await,
                What::Cut(one, other) => {
                    let cut = Retraction::between(one, other, place.clock.time());
                    place.correlation().retract(&cut).await.is_ok()
                }
            }
        }));
    }

    fn start_assembler(&mut self, shard: usize) {
        let batch = match self.consumers[shard].batch.clone() {
            Some(batch) => batch,
            None => {
                let most = self.place.world.lock().rng.random_range(1..40);
                let Some(batch) = self.place.batch(shard, most) else { return };
                Arc::new(batch)
            }
        };
        let consumer = &mut self.consumers[shard];
        (consumer.busy, consumer.batch) = (true, Some(batch.clone()));
        let assembler = JourneyAssembler(self.place.assembly());
        self.running.push(Running::new(Actor::Assembler(shard), async move {
            Box::pin(assembler.handle(&batch)).await.is_ok()
        }));
    }

    fn start_settler(&mut self, number: usize) {
        self.settlers[number].busy = true;
        let settler = self.place.settler(self.harness);
        let deadline = self.place.clock.time() + TimeDelta::seconds(120);
        self.running
            .push(Running::new(Actor::Settler(number), async move { Box::pin(settler.run(deadline)).await.is_ok() }));
    }

    async fn step(&mut self, n: usize) {
        let (actor, outcome) = {
            let running = &mut self.running[n];
            (running.actor, running.step(&self.place.world).await)
        };
        let done = match outcome {
            Step::Waiting => return,
            Step::Ended(succeeded) => Some(succeeded),
            Step::Died => None,
        };
        // Dropped before anybody else acts: what it had under way is lost.
        drop(self.running.swap_remove(n));
        let now = self.place.clock.time();
        let mut world = self.place.world.lock();
        world.actor = Actor::Observer;
        match actor {
            Actor::Assembler(shard) => {
                let consumer = &mut self.consumers[shard];
                consumer.busy = false;
                if done == Some(true) {
                    let again = world.faults.redeliver;
                    if !world.happens(again, "stream batch redelivered") {
                        consumer.batch = None;
                    }
                } else {
                    consumer.rests_until = now + TimeDelta::seconds(world.rng.random_range(1..60));
                }
            }
            Actor::Settler(number) => {
                self.settlers[number] = Settler { busy: false, rests_until: now + TimeDelta::seconds(60) };
            }
            Actor::Ingest(slot) | Actor::Collector(slot) => {
                if let (Some(delivery), false) = (self.instances[slot].take(), done == Some(true)) {
                    let due = now + TimeDelta::seconds(world.rng.random_range(0..120));
                    self.deliveries.push(Delivery { due, ..delivery });
                }
            }
            Actor::Publisher(_) | Actor::Observer => {}
        }
    }
}
