//! One world from its first event to its last total.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::Engine;
use cxtrace::wiring::{Handler, of_change};
use cxtrace_clock::{Clock, FixedJitter, SharedClock};
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, RetryPolicy, Submitter};
use cxtrace_domain::metrics::{BucketWidth, SeriesParts, diff};
use cxtrace_fixtures::SeededRng;
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_lambda::retry_queue::Retries;
use cxtrace_settings::MetricSettings;
use cxtrace_sources::genesys::attributes::{self, Incoming};
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::sweep::MIN_AGE;
use cxtrace_store::{StateTable, schema};
use cxtrace_test_support::clock::SimClock;
use flow_metrics::{FlowMetrics, IngestError, Outcome};
use metrics_publisher::{MetricsPublisher, Swept, Transport};
use rand::Rng;
use serde_json::json;

use super::actor::{HandlerResult, Running, Step};
use super::check::{self, CheckResult};
use super::clock::OffsetClock;
use super::counters::Counters;
use super::datadog::FaultyDatadog;
use super::dynamo::{self, FaultyDynamo};
use super::faults::{Faults, Mutation, Parts};
use super::retry_queue::{Received, RetryQueue};
use super::traffic::{self, Delivery, Truth};
use super::world::{Actor, Shared};

const TABLE: &str = "state";
const INGEST_INSTANCES: usize = 3;
const SHARDS: usize = 2;

/// How often the schedule invokes the publisher to sweep, and how long after a sweep the next one begins.
const SWEEP_SCHEDULE: TimeDelta = TimeDelta::hours(1);
const SWEEP_EVERY: TimeDelta = TimeDelta::hours(6);

/// How many more invocations of the schedule meet faults when everything else has ended.
const FAULTY_SWEEPS: u32 = 8;

/// After so many, a sweep must have found nothing. In a world whose design is broken it may find something for ever.
const MAX_SWEEPS: u32 = 60;

/// The parameters of one world.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub seed: u64,
    /// The number of events that Genesys publishes.
    pub events: u32,
    /// How the design is broken, if it is.
    pub mutation: Option<Mutation>,
    /// What happens to an event that fails.
    pub retries: Retrying,
}

/// What happens to an event that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retrying {
    /// As deployed: Lambda tries it three times and puts it into the retry queue. DynamoDB may be gone for two hours.
    Queue,
    /// It is delivered again until it succeeds. The seeds of earlier faults mean the same worlds only with this.
    Directly,
}

/// The result of a world.
#[derive(Debug)]
pub struct RunResult {
    /// The comparison of the counts with the truth.
    pub check: CheckResult,
    pub counters: Counters,
    /// A hash of everything that happened: equal for equal scenarios.
    pub trace: u64,
}

/// The shared parts of all worlds of one thread: a Datadog on loopback, and a client for it.
pub struct Harness {
    datadog: FaultyDatadog,
    http: reqwest::Client,
}

impl Harness {
    /// Sets it up, inside a current-thread runtime.
    ///
    /// # Panics
    /// When this machine has no loopback.
    pub async fn set_up() -> Self {
        #[expect(clippy::expect_used, reason = "without loopback there is nothing to simulate on")]
        let datadog = FaultyDatadog::start().await.expect("a free port on 127.0.0.1");
        #[expect(clippy::expect_used, reason = "no input can make it fail")]
        let http = cxtrace_lambda::http::client().expect("an HTTP client");
        Self { datadog, http }
    }

    /// Lets this harness's Datadog serve `world` from now on.
    pub fn enter(&self, world: &Shared) {
        self.datadog.enter(world.clone());
    }

    /// A submitter to this harness's Datadog, with `clock`.
    #[must_use]
    pub fn submitter(&self, clock: SharedClock) -> Submitter {
        #[expect(clippy::expect_used, reason = "the harness's own address is a URL")]
        let endpoint = Endpoint::at(self.datadog.url()).expect("a URL");
        #[expect(clippy::expect_used, reason = "a constant that is a key")]
        let key = Arc::new(FixedKey(ApiKey::try_new("simulated").expect("a key")));
        Submitter::new(self.http.clone(), endpoint, key, clock, RetryPolicy::default())
            .with_jitter(Arc::new(FixedJitter(0.0)))
    }

    /// Simulates `scenario`.
    pub async fn run(&self, scenario: Scenario) -> RunResult {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
        let clock = SimClock::at(start);
        let world = Shared::new(scenario.seed, clock.clone());
        self.enter(&world);
        let (deliveries, truth) = {
            let mut world = world.lock();
            // A generator of its own, so that worlds without parts stay what they were.
            let mut rng_of_parts = SeededRng::new(scenario.seed, 1);
            if scenario.retries == Retrying::Queue && rng_of_parts.random_bool(0.5) {
                world.faults.parts = Some(Parts::draw(&mut rng_of_parts, start));
            }
            let (mut rng, faults) = (world.rng.clone(), world.faults.clone());
            let drawn = traffic::draw(&mut rng, scenario.events, start, &faults, &mut world.counters);
            if let Some(outage) = faults.outage {
                world.outage = Some((start + TimeDelta::minutes(rng.random_range(0..60)), outage));
            }
            world.mutation = scenario.mutation;
            if scenario.retries == Retrying::Queue && rng.random_bool(0.2) {
                let from = start + TimeDelta::minutes(rng.random_range(0..60));
                let to = from + TimeDelta::minutes(rng.random_range(5..=120));
                world.table_outage = Some((from, to));
                // What comes back from the queue meets a key that is still throttled.
                world.hot = rng.random_bool(0.5).then(|| (traffic::conversation_id(0), to + TimeDelta::hours(2)));
            }
            if scenario.retries == Retrying::Queue && rng.random_bool(0.3) {
                let from = start + TimeDelta::minutes(rng.random_range(0..60));
                let to = from + TimeDelta::minutes(rng.random_range(5..=120));
                world.lost_records = Some((from, to, rng.random_range(0..SHARDS)));
            }
            world.rng = rng;
            drawn
        };
        let mut simulation = Simulation::new(self, scenario, clock, world, deliveries).await;
        simulation.run().await;
        simulation.end(&truth)
    }
}

struct Simulation<'a> {
    harness: &'a Harness,
    scenario: Scenario,
    clock: SimClock,
    world: Shared,
    engine: Engine,
    dead_letters: MemoryDeadLetters,
    deliveries: Vec<Delivery>,
    retry_queue: RetryQueue,
    instances: Vec<Instance>,
    consumers: Vec<Consumer>,
    running: Vec<Running>,
    sweeper: Option<Sweeper>,
    /// Whether the sweeps never ended without finding something.
    never_clean: bool,
    /// When an event or a batch was last worked on.
    worked: DateTime<Utc>,
    steps_after_events: u32,
}

/// The schedule that sweeps the table.
struct Sweeper {
    /// When it invokes the publisher next.
    next: DateTime<Utc>,
    busy: bool,
    /// Invocations since nothing else was left to do.
    alone: u32,
    /// The invocations of the current sweep: when the first one began, and whether all have succeeded and found nothing.
    sweep: Option<(DateTime<Utc>, bool)>,
}

/// A `flow-metrics` instance. Its caches last until it dies.
struct Instance {
    handler: Arc<FlowMetrics>,
    started: DateTime<Utc>,
    work: Option<Work>,
}

/// What an instance is working on.
enum Work {
    Direct(Delivery),
    Retries(Received),
}

impl Work {
    fn is_about(&self, conversation: usize) -> bool {
        match self {
            Self::Direct(delivery) => delivery.conversation == conversation,
            Self::Retries(received) => received.conversations.contains(&conversation),
        }
    }
}

/// The consumer of one shard.
#[derive(Default)]
struct Consumer {
    batch: Option<Arc<StreamBatch>>,
    busy: bool,
    rests_until: DateTime<Utc>,
}

enum Choice {
    Step(usize),
    Ingest(usize),
    Retry(usize),
    Publish(usize),
    Sweep,
}

impl<'a> Simulation<'a> {
    async fn new(
        harness: &'a Harness,
        scenario: Scenario,
        clock: SimClock,
        world: Shared,
        deliveries: Vec<Delivery>,
    ) -> Self {
        #[expect(clippy::expect_used, reason = "an engine in memory needs nothing")]
        let engine = Engine::in_memory(Arc::new(clock.clone())).expect("an engine in memory").with_shards(SHARDS);
        let is_split = scenario.mutation == Some(Mutation::SplitShard);
        let consumers = if is_split { 2 * SHARDS } else { SHARDS };
        let mut simulation = Self {
            harness,
            scenario,
            clock: clock.clone(),
            world,
            engine,
            retry_queue: RetryQueue::new(clock.clone()),
            dead_letters: MemoryDeadLetters::default(),
            deliveries,
            instances: Vec::new(),
            sweeper: None,
            never_clean: false,
            worked: clock.time(),
            consumers: (0..consumers).map(|_| Consumer::default()).collect(),
            running: Vec::new(),
            steps_after_events: 0,
        };
        {
            let mut world = simulation.world.lock();
            world.permit = true;
        }
        let made = schema::create(&simulation.client(), TABLE, false).await;
        assert!(made.is_ok(), "{made:?}");
        if scenario.retries == Retrying::Queue && scenario.mutation != Some(Mutation::NoSweep) {
            let next = clock.time() + TimeDelta::minutes(simulation.world.lock().rng.random_range(0..60));
            simulation.sweeper = Some(Sweeper { next, busy: false, alone: 0, sweep: None });
        }
        simulation.instances = (0..INGEST_INSTANCES).map(|_| simulation.new_instance()).collect();
        simulation
    }

    fn settings(&self) -> MetricSettings {
        let faults: Faults = self.world.lock().faults.clone();
        let parts = match self.scenario.mutation {
            Some(Mutation::UnstableParts) => {
                let parts = self.world.lock().rng.random_range(1..=4);
                SeriesParts::read(&format!("{parts}")).unwrap_or_default()
            }
            _ => faults.parts.map(|parts| parts.at(self.clock.time())).unwrap_or_default(),
        };
        MetricSettings {
            template: cxtrace_settings::metrics::default_template().with_parts(parts),
            media_type_tag: faults.media_type_tag,
            max_series: faults.max_series,
            width: BucketWidth::default(),
            historical: false,
            retention: TimeDelta::days(30),
        }
    }

    /// The clock of a new instance, with an offset by the world's faults.
    fn instance_clock(&self) -> OffsetClock {
        let mut world = self.world.lock();
        let most = world.faults.clock_offset;
        let offset = if most == 0 { 0 } else { world.rng.random_range(-most..=most) };
        match offset {
            0 => {}
            1.. => world.counters.hit("a function's clock was ahead"),
            _ => world.counters.hit("a function's clock was behind"),
        }
        OffsetClock { base: self.clock.clone(), offset: TimeDelta::seconds(offset) }
    }

    fn client(&self) -> aws_sdk_dynamodb::Client {
        let network = FaultyDynamo { engine: self.engine.clone(), world: self.world.clone() };
        dynamo::client(network, &self.clock)
    }

    fn table(&self, clock: SharedClock) -> StateTable {
        StateTable::new(self.client(), TABLE, TimeDelta::days(30), clock)
    }

    fn instance(&self) -> Arc<FlowMetrics> {
        let clock: SharedClock = Arc::new(self.instance_clock());
        Arc::new(FlowMetrics::new(self.table(clock.clone()), self.settings(), clock))
    }

    /// The handler of an idle instance. A deployment has replaced those of the old functions; what one of them has begun, it
    /// ends.
    fn handler(&mut self, slot: usize) -> Arc<FlowMetrics> {
        let deployed = self.world.lock().faults.parts.as_ref().map(|parts| parts.deployed);
        let is_old = |instance: &Instance| deployed.is_some_and(|deployed| instance.started < deployed);
        let now = self.clock.time();
        if deployed.is_some_and(|deployed| now >= deployed) {
            if is_old(&self.instances[slot]) {
                self.instances[slot] = self.new_instance();
            }
            if self.instances.iter().any(|instance| is_old(instance) && instance.work.is_some()) {
                self.world.lock().counters.hit("function of the new deployment beside one of the old");
            }
        }
        self.instances[slot].handler.clone()
    }

    fn new_instance(&self) -> Instance {
        Instance { handler: self.instance(), started: self.clock.time(), work: None }
    }

    fn publisher(&self, clock: OffsetClock) -> MetricsPublisher {
        let clock: SharedClock = Arc::new(clock);
        let (table, dead_letters) = (self.table(clock.clone()), Arc::new(self.dead_letters.clone()));
        let transport = Transport::Api(self.harness.submitter(clock.clone()));
        MetricsPublisher::new(table, transport, self.settings(), dead_letters, clock)
    }

    /// Runs until nothing is left to do.
    async fn run(&mut self) {
        loop {
            // Datadog's side of the loopback also runs in this thread.
            tokio::task::yield_now().await;
            if self.deliveries.is_empty() {
                self.steps_after_events += 1;
                if self.steps_after_events == 2_000 {
                    let mut world = self.world.lock();
                    world.faults = world.faults.healed();
                }
            }
            let choices = self.choices();
            if choices.is_empty() {
                match self.next_due() {
                    Some(due) => self.clock.advance_to(due),
                    None => return,
                }
                continue;
            }
            let choice = {
                let mut world = self.world.lock();
                let leap = world.faults.leap;
                if world.happens(leap, "time leapt by up to three hours") {
                    let minutes = world.rng.random_range(1..180);
                    self.clock.advance(std::time::Duration::from_secs(60 * minutes));
                }
                if world.rng.random_bool(0.02) {
                    let pause = world.rng.random_range(0..20_000);
                    self.clock.advance(std::time::Duration::from_millis(pause));
                }
                world.rng.random_range(0..choices.len())
            };
            match choices.into_iter().nth(choice) {
                Some(Choice::Step(n)) => self.step(n).await,
                Some(Choice::Ingest(instance)) => self.start_ingest(instance),
                Some(Choice::Retry(instance)) => self.start_retries(instance),
                Some(Choice::Publish(shard)) => self.start_publisher(shard),
                Some(Choice::Sweep) => self.start_sweeper(),
                None => {}
            }
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let now = self.clock.time();
        let mut choices: Vec<_> = (0..self.running.len()).map(Choice::Step).collect();
        let idle = self.instances.iter().position(|instance| instance.work.is_none());
        if self.deliveries.iter().any(|delivery| delivery.due <= now) {
            choices.extend(idle.map(Choice::Ingest));
        }
        if self.retry_queue.next_due().is_some_and(|due| due <= now) {
            choices.extend(idle.map(Choice::Retry));
        }
        for (number, consumer) in self.consumers.iter().enumerate() {
            if !consumer.busy && self.has_work(number) && consumer.rests_until <= now {
                choices.push(Choice::Publish(number));
            }
        }
        if self.sweeper.as_ref().is_some_and(|sweeper| !sweeper.busy && sweeper.next <= now) {
            choices.push(Choice::Sweep);
        }
        choices
    }

    /// Whether nothing but sweeps is left to do.
    fn is_idle(&self) -> bool {
        let has_work = (0..self.consumers.len()).any(|consumer| self.has_work(consumer));
        self.deliveries.is_empty() && self.retry_queue.next_due().is_none() && self.running.is_empty() && !has_work
    }

    /// Whether a change waits for a consumer. Each consumer has its own shard, unless shards are split.
    fn has_work(&self, consumer: usize) -> bool {
        self.consumers[consumer].batch.is_some() || self.engine.waiting(consumer % SHARDS) > 0
    }

    fn next_due(&self) -> Option<DateTime<Utc>> {
        let resting = self.consumers.iter().enumerate().filter(|(number, _)| self.has_work(*number));
        let resting = resting.map(|(_, consumer)| consumer.rests_until);
        let swept = self.sweeper.as_ref().filter(|sweeper| !sweeper.busy).map(|sweeper| sweeper.next);
        self.deliveries.iter().map(|d| d.due).chain(resting).chain(self.retry_queue.next_due()).chain(swept).min()
    }

    fn start_ingest(&mut self, slot: usize) {
        let now = self.clock.time();
        let due: Vec<_> = (0..self.deliveries.len()).filter(|n| self.deliveries[*n].due <= now).collect();
        let chosen = {
            let mut world = self.world.lock();
            let chosen = due[world.rng.random_range(0..due.len())];
            if due.iter().any(|n| self.deliveries[*n].due < self.deliveries[chosen].due) {
                world.counters.hit("event reordered");
            }
            chosen
        };
        let delivery = self.deliveries.swap_remove(chosen);
        self.worked = now;
        self.note_interleaving(delivery.conversation);
        let (handler, json, mutation) = (self.handler(slot), delivery.json.clone(), self.scenario.mutation);
        self.instances[slot].work = Some(Work::Direct(delivery));
        let table = self.table(Arc::new(self.clock.clone()));
        self.running.push(Running::new(Actor::Ingest(slot), async move {
            HandlerResult::Ingest(match mutation {
                Some(Mutation::SeenFirst) => seen_first(&handler, &table, &json).await,
                _ => handler.handle(&json).await,
            })
        }));
    }

    fn note_interleaving(&self, conversation: usize) {
        let works = |instance: &Instance| instance.work.as_ref().is_some_and(|work| work.is_about(conversation));
        if self.instances.iter().any(works) {
            self.world.lock().counters.hit("events of one conversation interleaved");
        }
    }

    fn start_retries(&mut self, slot: usize) {
        self.worked = self.clock.time();
        let received = self.retry_queue.receive(&mut self.world.lock().rng);
        received.conversations.iter().for_each(|conversation| self.note_interleaving(*conversation));
        self.world.lock().counters.add("event tried again from the retry queue", received.ids.len() as u64);
        let (handler, payload) = (self.handler(slot), received.payload.clone());
        let retries = Retries::new(self.retry_queue.clone(), Arc::new(self.clock.clone()));
        self.instances[slot].work = Some(Work::Retries(received));
        self.running.push(Running::new(Actor::Ingest(slot), async move {
            let take = async |event: &str| handler.handle(event).await.map(drop);
            let is_permanent = |error: &IngestError| matches!(error, IngestError::Event(_));
            HandlerResult::Retry(retries.handle(&payload, take, is_permanent).await)
        }));
    }

    fn start_publisher(&mut self, number: usize) {
        let batch = match self.consumers[number].batch.clone() {
            Some(batch) => batch,
            None => {
                let most = self.world.lock().rng.random_range(1..60);
                let changes = self.engine.take_changes(number % SHARDS, most);
                let wanted = changes.iter().filter(|change| {
                    of_change(change.event_name(), change.sort_key()) == Some(Handler::MetricsPublisher)
                });
                let records: Vec<_> = wanted.map(cxtrace::engine::Change::record).collect();
                if records.is_empty() {
                    return;
                }
                if self.world.lock().loses_records(number % SHARDS) {
                    self.world.lock().counters.add("stream lost records", records.len() as u64);
                    return;
                }
                match serde_json::from_value(json!({"Records": records})) {
                    Ok(event) => Arc::<StreamBatch>::new(event),
                    Err(error) => unreachable!("the engine's records are Lambda's: {error}"),
                }
            }
        };
        self.worked = self.clock.time();
        let consumer = &mut self.consumers[number];
        (consumer.busy, consumer.batch) = (true, Some(batch.clone()));
        *self.world.lock().invocations.entry(number).or_default() += 1;
        let clock = self.instance_clock();
        let deadline = clock.now() + TimeDelta::seconds(50);
        let publisher = self.publisher(clock);
        self.running.push(Running::new(Actor::Publisher(number), async move {
            HandlerResult::Publisher(publisher.handle(&batch, deadline).await)
        }));
    }

    fn start_sweeper(&mut self) {
        let (now, is_idle) = (self.clock.time(), self.is_idle());
        let Some(sweeper) = &mut self.sweeper else { return };
        sweeper.busy = true;
        sweeper.alone += u32::from(is_idle);
        sweeper.sweep.get_or_insert((now, true));
        if sweeper.alone == FAULTY_SWEEPS {
            let mut world = self.world.lock();
            world.faults = world.faults.healed();
            world.lost_records = None;
        }
        let clock = self.instance_clock();
        // Some invocations have the time for one page only.
        let seconds = if self.world.lock().rng.random_bool(0.2) { 20 } else { 60 };
        let deadline = clock.now() + TimeDelta::seconds(seconds);
        let publisher = self.publisher(clock);
        self.running.push(Running::new(Actor::Sweeper, async move {
            let mut swept = Swept::default();
            let outcome = publisher.sweep(SWEEP_EVERY, deadline, &mut swept).await;
            HandlerResult::Sweeper(outcome.map(|()| swept))
        }));
    }

    fn end_sweeper(&mut self, done: Option<HandlerResult>) {
        let now = self.clock.time();
        let Some(sweeper) = &mut self.sweeper else { return };
        sweeper.busy = false;
        sweeper.next = now + SWEEP_SCHEDULE;
        if sweeper.alone > MAX_SWEEPS {
            self.never_clean = true;
            self.sweeper = None;
            return;
        }
        let Some((began, is_clean)) = &mut sweeper.sweep else { return };
        let Some(HandlerResult::Sweeper(Ok(swept))) = done else {
            *is_clean = false;
            return;
        };
        *is_clean &= swept.found == 0;
        let mut world = self.world.lock();
        world.counters.add("sweep found counts that nobody publishes", swept.found as u64);
        if swept.pages > 0 && !swept.ended {
            world.counters.hit("sweep went on in another invocation");
        }
        if swept.pages == 0 {
            sweeper.sweep = None;
        } else if swept.ended {
            // It is the last one if it has seen everything, nothing was left to find, and no fault hid anything.
            let has_seen_all = *is_clean && *began > self.worked + MIN_AGE + MIN_AGE;
            sweeper.sweep = None;
            if has_seen_all && sweeper.alone > FAULTY_SWEEPS {
                self.sweeper = None;
            }
        }
    }

    async fn step(&mut self, n: usize) {
        let (actor, outcome) = {
            let running = &mut self.running[n];
            (running.actor, running.step(&self.world).await)
        };
        let done = match outcome {
            Step::Waiting => return,
            Step::Ended(done) => Some(done),
            Step::Died => None,
        };
        drop(self.running.swap_remove(n));
        self.world.lock().actor = Actor::Observer;
        match actor {
            Actor::Ingest(slot) => self.end_ingest(slot, done),
            Actor::Publisher(shard) => self.end_publisher(shard, done),
            Actor::Sweeper => self.end_sweeper(done),
            _ => {}
        }
    }

    fn end_ingest(&mut self, slot: usize, done: Option<HandlerResult>) {
        let work = self.instances[slot].work.take();
        if done.is_none() {
            self.instances[slot] = self.new_instance();
        }
        match (work, done) {
            (Some(Work::Direct(_)), Some(HandlerResult::Ingest(Ok(_)))) | (None, _) => {}
            (Some(Work::Direct(delivery)), _) => self.fail(delivery),
            (Some(Work::Retries(received)), Some(HandlerResult::Retry(Ok(response)))) => {
                let stay = self.retry_queue.answered(&received.ids, &response);
                if (1..received.ids.len()).contains(&stay) {
                    self.world.lock().counters.hit("retry batch failed in part");
                }
            }
            // The messages become visible again.
            (Some(Work::Retries(_)), _) => self.world.lock().counters.hit("retry batch returned after a crash"),
        }
    }

    fn fail(&mut self, delivery: Delivery) {
        let mut world = self.world.lock();
        let failures = delivery.failures + 1;
        let pause = match (self.scenario.retries, failures) {
            (Retrying::Directly, _) => world.rng.random_range(0..120),
            // As Lambda documents it: after one minute, and then after two.
            (Retrying::Queue, 1..3) => i64::from(failures) * 60,
            (Retrying::Queue, _) => {
                world.counters.hit("event went to the retry queue");
                return self.retry_queue.push(&delivery.json, delivery.conversation);
            }
        };
        self.deliveries.push(Delivery { due: self.clock.time() + TimeDelta::seconds(pause), failures, ..delivery });
    }

    fn end_publisher(&mut self, shard: usize, done: Option<HandlerResult>) {
        let mut world = self.world.lock();
        let consumer = &mut self.consumers[shard];
        consumer.busy = false;
        if matches!(done, Some(HandlerResult::Publisher(Ok(_)))) {
            let again = world.faults.redeliver;
            if !world.happens(again, "stream batch redelivered") {
                consumer.batch = None;
            }
            return;
        }
        let pause = if done.is_none() { 1 } else { world.rng.random_range(30..1_200) };
        consumer.rests_until = self.clock.time() + TimeDelta::seconds(pause);
    }

    fn end(&self, truth: &Truth) -> RunResult {
        let mut world = self.world.lock();
        let mut check = check::check(&mut world, &self.engine, truth, &self.dead_letters.messages());
        // Every event can be read, and no fault lasts for 13 days.
        let given_up = self.retry_queue.given_up().into_iter().map(|event| format!("an event was given up: {event}"));
        check.violations.extend(given_up);
        if self.never_clean {
            check.violations.push("sweeps find something for ever".to_owned());
        }
        RunResult { check, counters: world.counters.clone(), trace: world.trace_hash() }
    }
}

/// A mutation of ingest: it adds occurrences to the seen set before they are stored.
async fn seen_first(handler: &FlowMetrics, table: &StateTable, json: &str) -> Result<Outcome, IngestError> {
    let event = match attributes::read(json, &|_| false)? {
        Incoming::Attributes(event) => event,
        Incoming::Foreign { topic } => return Ok(Outcome::Ignored { topic }),
    };
    let candidates = diff::candidates(&event.conversation, event.names.iter().map(AsRef::as_ref));
    let examined = handler.examine(&event, candidates).await?;
    table.add_seen(&event.conversation, &examined.seen, &examined.entries).await?;
    table.put_occurrences(&examined.occurrences).await?;
    Ok(Outcome::Processed(flow_metrics::Counted::default()))
}
