//! One world from its first event to its last settled journey.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::wiring::Handler;
use cxtrace_domain::journeys::Retraction;
use cxtrace_store::stream::StreamBatch;
use cxtrace_test_support::clock::SimClock;
use journey_assembler::JourneyAssembler;
use rand::Rng;

use super::check::{self, CheckResult};
use super::deployment::Deployment;
use super::traffic::{Delivery, Input, Traffic};
use crate::sim::actor::{Running, Step};
use crate::sim::counters::Counters;
use crate::sim::run::Harness;
use crate::sim::world::{Actor, Shared};

const INSTANCES: usize = 3;
const SHARDS: usize = 3;
const SETTLERS: usize = 2;

/// After this many steps, a world counts as one that does not come to rest.
const MAX_STEPS: u32 = 400_000;

/// A way to break the design on purpose, to prove that the simulation notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// Rows are written without their condition.
    Unconditional,
}

/// The parameters of one world.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub seed: u64,
    /// How the design is broken, if it is.
    pub mutation: Option<Mutation>,
}

/// The result of a world.
#[derive(Debug)]
pub struct RunResult {
    /// The errors, if any.
    pub check: CheckResult,
    pub counters: Counters,
    /// A hash of everything that happened: equal for equal scenarios.
    pub trace: u64,
}

/// Simulates `scenario`.
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
    let deployment = Deployment::new(clock, world, SHARDS);
    deployment.set_up(&traffic.clocks).await;
    let mut simulation = Simulation::new(harness, deployment, traffic.deliveries.clone());
    let rested = simulation.run().await;
    let deployment = simulation.deployment;
    {
        let mut world = deployment.world.lock();
        (world.actor, world.dies) = (Actor::Observer, false);
    }
    let check = check::check(&deployment, &traffic, rested).await;
    let mut world = deployment.world.lock();
    RunResult { check, counters: std::mem::take(&mut world.counters), trace: world.trace_hash() }
}

struct Simulation<'a> {
    harness: &'a Harness,
    deployment: Deployment,
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

/// A settler, which runs every minute.
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
    fn new(harness: &'a Harness, deployment: Deployment, deliveries: Vec<Delivery>) -> Self {
        Self {
            harness,
            deployment,
            deliveries,
            instances: vec![None; INSTANCES],
            consumers: (0..SHARDS).map(|_| Consumer::default()).collect(),
            settlers: (0..SETTLERS).map(|_| Settler::default()).collect(),
            running: Vec::new(),
            steps_after_events: 0,
        }
    }

    /// Runs until nothing is left to do; returns whether that was reached.
    async fn run(&mut self) -> bool {
        for _ in 0..MAX_STEPS {
            // Datadog's side of the loopback also runs in this thread.
            tokio::task::yield_now().await;
            if self.deliveries.is_empty() {
                self.steps_after_events += 1;
                if self.steps_after_events == 1_500 {
                    let mut world = self.deployment.world.lock();
                    world.faults = world.faults.healed();
                }
            }
            let choices = self.choices();
            if choices.is_empty() {
                match self.next_due() {
                    Some(due) => self.deployment.clock.advance_to(due),
                    None => return true,
                }
                continue;
            }
            let choice = {
                let mut world = self.deployment.world.lock();
                if world.rng.random_bool(0.02) {
                    let pause = world.rng.random_range(0..20_000);
                    self.deployment.clock.advance(std::time::Duration::from_millis(pause));
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
        let now = self.deployment.clock.time();
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
        self.consumers[shard].batch.is_some() || self.deployment.engine.waiting(shard) > 0
    }

    /// The next time at which there is something to do.
    fn next_due(&mut self) -> Option<DateTime<Utc>> {
        let resting = self.consumers.iter().enumerate().filter(|(shard, _)| self.has_work(*shard));
        let others = self.deliveries.iter().map(|d| d.due).chain(resting.map(|(_, consumer)| consumer.rests_until));
        let journey = self.deployment.next_due();
        let wakes = self.settlers.iter().map(|settler| settler.rests_until).min();
        // A settler that runs before anything is due does nothing, so those invocations are left out.
        let settling = journey.zip(wakes).map(|(due, wakes)| due.max(wakes));
        let next = others.chain(settling).min()?;
        for settler in self.settlers.iter_mut().filter(|settler| settler.rests_until < next) {
            settler.rests_until = next;
        }
        Some(next)
    }

    fn start_instance(&mut self, slot: usize) {
        let now = self.deployment.clock.time();
        let due: Vec<_> = (0..self.deliveries.len()).filter(|n| self.deliveries[*n].due <= now).collect();
        let chosen = {
            let mut world = self.deployment.world.lock();
            let chosen = due[world.rng.random_range(0..due.len())];
            if due.iter().any(|n| self.deliveries[*n].due < self.deliveries[chosen].due) {
                world.counters.hit("event reordered");
            }
            chosen
        };
        let delivery = self.deliveries.swap_remove(chosen);
        let (deployment, input) = (self.deployment.clone(), delivery.input.clone());
        self.instances[slot] = Some(delivery);
        let actor = match input {
            Input::Event(Handler::FlowMetrics, _) => Actor::Ingest(slot),
            _ => Actor::Collector(slot),
        };
        self.running.push(Running::new(actor, async move {
            match input {
                Input::Event(handler, json) => deployment.take(handler, &json).await,
                Input::Cut(one, other) => {
                    let cut = Retraction::between(one, other, deployment.clock.time());
                    deployment.correlation().retract(&cut).await.is_ok()
                }
            }
        }));
    }

    fn start_assembler(&mut self, shard: usize) {
        let batch = match self.consumers[shard].batch.clone() {
            Some(batch) => batch,
            None => {
                let most = self.deployment.world.lock().rng.random_range(1..40);
                let Some(batch) = self.deployment.batch(shard, most) else { return };
                Arc::new(batch)
            }
        };
        let consumer = &mut self.consumers[shard];
        (consumer.busy, consumer.batch) = (true, Some(batch.clone()));
        let assembler = JourneyAssembler(self.deployment.assembly());
        self.running.push(Running::new(Actor::Assembler(shard), async move {
            Box::pin(assembler.handle(&batch)).await.is_ok()
        }));
    }

    fn start_settler(&mut self, number: usize) {
        self.settlers[number].busy = true;
        let settler = self.deployment.settler(self.harness);
        let deadline = self.deployment.clock.time() + TimeDelta::seconds(120);
        self.running
            .push(Running::new(Actor::Settler(number), async move { Box::pin(settler.run(deadline)).await.is_ok() }));
    }

    async fn step(&mut self, n: usize) {
        let (actor, outcome) = {
            let running = &mut self.running[n];
            (running.actor, running.step(&self.deployment.world).await)
        };
        let done = match outcome {
            Step::Waiting => return,
            Step::Ended(succeeded) => Some(succeeded),
            Step::Died => None,
        };
        // Dropped before anybody else acts, so its unfinished work is lost.
        drop(self.running.swap_remove(n));
        let now = self.deployment.clock.time();
        let mut world = self.deployment.world.lock();
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
            Actor::Publisher(_) | Actor::Sweeper | Actor::Observer => {}
        }
    }
}
