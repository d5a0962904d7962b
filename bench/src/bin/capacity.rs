//! The capacity model: how many events a second each stage carries, in virtual time.
//!
//!     cargo run --release -p bench --bin capacity
//!
//! The functions' own handlers run against the embedded engine. Each request takes the same virtual time, 5 or 50 ms,
//! and concurrent requests take it concurrently. So the result depends on the handlers and not on this machine. CPU
//! time is left out. One consumer is measured, and multiplied by the number that the template and Lambda allow.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cxtrace::engine::{Engine, answer, operation, sdk_config};
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::retry_queue::{Response, Retries};
use cxtrace_otlp::Encoding;
use cxtrace_otlp::messages::{ExportTraceServiceRequest, KeyValue, ResourceSpans, ScopeSpans, Span};
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::delivery::{Delivery, Transport as DeliveryTransport};
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_tests::connector::{Connector, Respond};
use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::journeys::traffic::context;
use cxtrace_tests::sim::world::Shared;
use flow_metrics::FlowMetrics;
use journey_assembler::JourneyAssembler;
use journey_settler::bus::{Bus, BusError, Event};
use journey_settler::{CircuitBreaker, JourneySettler};
use metrics_publisher::{MetricsPublisher, Transport};
use serde_json::{Value, json};
use span_collector::SpanCollector;

/// Lambda's concurrency in an account, unless it is raised.
const ACCOUNT_CONCURRENCY: f64 = 1_000.0;
/// The shards of a table's stream: one for each partition. A new table has four partitions.
const SHARDS: f64 = 4.0;
/// The template's `ParallelizationFactor` of the assembler.
const ASSEMBLERS: f64 = 10.0;
/// The template's default of `RetryConcurrency`.
const RETRIES: f64 = 20.0;
/// The template's batch size of a retry queue.
const RETRY_BATCH: usize = 10;
/// The longest time in hours after an outage until a failed event is tried again.
const LONGEST_DELAY: f64 = 0.5;
/// Events for each journey, as `docs/performance.md` counts them.
const EVENTS_OF_A_JOURNEY: f64 = 7.5;
/// DynamoDB's limit for one partition key, in write units a second.
const WRITES_OF_A_KEY: f64 = 1_000.0;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Virtual time, in which nothing really waits.
#[derive(Debug, Clone, Default)]
struct Timeline(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Microseconds since the start.
    now: u64,
    next: u64,
    waiting: BTreeMap<(u64, u64), Waker>,
    requests: u64,
    /// Writes of each partition key of a table or an index.
    writes: BTreeMap<String, u64>,
}

impl Timeline {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, micros: u64) -> Sleep {
        let mut state = self.lock();
        state.next += 1;
        Sleep { timeline: self.clone(), until: (state.now + micros, state.next) }
    }

    /// Advances to the next wake-up time. Returns whether there is one.
    fn advance(&self) -> bool {
        let mut state = self.lock();
        let Some(((at, _), waker)) = state.waiting.pop_first() else { return false };
        state.now = state.now.max(at);
        drop(state);
        waker.wake();
        true
    }

    /// Runs `work` to its end. Returns its result and its virtual duration in seconds.
    async fn run<R>(&self, work: impl Future<Output = R>) -> (R, f64) {
        let begun = self.lock().now;
        let mut work = Box::pin(work);
        let result = poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => {
                // If nothing can be woken, it waits for Datadog's side of the loopback, which takes no virtual time.
                self.advance();
                Poll::Pending
            }
        })
        .await;
        (result, (self.lock().now - begun) as f64 / 1e6)
    }
}

struct Sleep {
    timeline: Timeline,
    until: (u64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.timeline.lock();
        if self.until.0 <= state.now {
            return Poll::Ready(());
        }
        state.waiting.insert(self.until, cx.waker().clone());
        Poll::Pending
    }
}

/// The engine, with a virtual duration for each request.
#[derive(Debug, Clone)]
struct SlowEngine {
    engine: Engine,
    timeline: Timeline,
    micros: u64,
}

impl Respond for SlowEngine {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let sleep = this.timeline.sleep(this.micros);
            sleep.await;
            let body = request.body().bytes().unwrap_or_default();
            let operation = operation(&request).unwrap_or_default();
            this.note(body);
            let (status, body) = this.engine.execute(&operation, body);
            answer(status, body)
        })
    }
}

impl SlowEngine {
    fn note(&self, body: &[u8]) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut state = self.timeline.lock();
        state.requests += 1;
        let batches = request["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values());
        let puts = batches.filter_map(Value::as_array).flatten().map(|write| &write["PutRequest"]["Item"]);
        for item in puts.chain([&request["Item"]]) {
            for (name, index) in [("pk", "table"), ("listed", "by-start"), ("due", "by-due")] {
                if let Some(key) = item[name]["S"].as_str() {
                    *state.writes.entry(format!("{index} {key}")).or_default() += 1;
                }
            }
        }
        if let Some(key) = request["Key"]["pk"]["S"].as_str().filter(|_| request["UpdateExpression"].is_string()) {
            *state.writes.entry(format!("table {key}")).or_default() += 1;
        }
    }
}

/// A bus whose requests take as long as the engine's.
struct SlowBus {
    timeline: Timeline,
    micros: u64,
}

impl Bus for SlowBus {
    async fn put(&self, _: Vec<Event>) -> Result<(), BusError> {
        self.timeline.sleep(self.micros).await;
        Ok(())
    }
}

/// A stage with one consumer.
struct Stage {
    name: &'static str,
    /// The number of processed events.
    events: f64,
    seconds: f64,
    requests: u64,
    /// The number of consumers at the template's defaults.
    consumers: f64,
    /// The key with the most writes, and their number.
    hottest: (String, u64),
}

impl Stage {
    fn by_consumers(&self) -> f64 {
        self.events / self.seconds * self.consumers
    }

    fn by_key(&self) -> f64 {
        WRITES_OF_A_KEY * self.events / self.hottest.1.max(1) as f64
    }

    fn row(&self) -> String {
        let (consumers, key) = (self.by_consumers(), self.by_key());
        let first = if consumers < key { "consumers".to_owned() } else { self.hottest.0.clone() };
        format!(
            "| {} | {:.2} | {:.1} ms | {:.0} | {:.0} | {:.0} | {first} |",
            self.name,
            self.requests as f64 / self.events,
            self.seconds / self.events * 1e3,
            self.consumers,
            consumers,
            key,
        )
    }
}

/// A stack in virtual time.
struct Stack {
    timeline: Timeline,
    engine: Engine,
    clock: SimClock,
    client: Client,
    settings: MetricSettings,
    micros: u64,
}

impl Stack {
    async fn new(micros: u64, environment: &Environment) -> Result<Self, Failure> {
        let clock = SimClock::at(DateTime::from_timestamp(1_700_049_600, 0).unwrap_or_default());
        let (timeline, engine) = (Timeline::default(), Engine::in_memory(Arc::new(clock.clone()))?);
        let set_up = Client::new(&sdk_config(cxtrace::engine::EngineHttp(engine.clone())));
        schema::create(&set_up, "state", false).await?;
        correlation::schema::create(&set_up, "correlation", false).await?;
        let client = Client::new(&sdk_config(Connector(SlowEngine {
            engine: engine.clone(),
            timeline: timeline.clone(),
            micros,
        })));
        Ok(Self { timeline, engine, clock, client, settings: MetricSettings::read(environment)?, micros })
    }

    fn state(&self) -> StateTable {
        StateTable::new(self.client.clone(), "state", TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    fn correlation(&self) -> CorrelationTable {
        CorrelationTable::new(self.client.clone(), "correlation", TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    fn assembly(&self) -> cxtrace_journeys::Assembly {
        cxtrace_journeys::Assembly::new(self.correlation(), cxtrace_sources::policy(), Arc::new(self.clock.clone()))
    }

    /// The new changes of the tables whose sort keys begin with `prefix`, as a batch of the stream.
    fn batch(&self, prefix: &str) -> Result<(StreamBatch, f64), Failure> {
        let changes = self.engine.take_changes(0, usize::MAX);
        let wanted = |change: &&cxtrace::engine::Change| {
            change.event_name() == "INSERT" && change.sort_key().starts_with(prefix)
        };
        let records: Vec<_> = changes.iter().filter(wanted).map(cxtrace::engine::Change::record).collect();
        let count = records.len() as f64;
        Ok((serde_json::from_value(json!({"Records": records}))?, count))
    }

    /// Measures `work`, which processes `events` events.
    async fn stage<R>(
        &self,
        name: &'static str,
        events: f64,
        consumers: f64,
        work: impl Future<Output = Result<R, Failure>>,
    ) -> Result<Stage, Failure> {
        {
            let mut state = self.timeline.lock();
            (state.requests, state.writes) = (0, BTreeMap::new());
        }
        let (result, seconds) = self.timeline.run(work).await;
        result?;
        let state = self.timeline.lock();
        let hottest = state.writes.iter().max_by_key(|(_, writes)| **writes);
        let hottest = hottest.map_or_else(Default::default, |(key, writes)| (key.clone(), *writes));
        Ok(Stage { name, events, seconds, requests: state.requests, consumers, hottest })
    }
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The series of the model's events.
const SERIES: usize = 10;

/// An attributes event with one new metric of one of `series` series.
fn attributes(n: usize, series: usize, now: DateTime<Utc>) -> String {
    let name = format!("DoorMetric_M{}({})", n % series, text(now));
    let conversation = format!("00000000-0000-4000-8000-{n:012}");
    let detail = json!({
        "eventBody": {"conversationId": conversation, "attributes": {name: "1"}},
        "timestamp": text(now),
    });
    json!({"detail-type": "v2.detail.events.conversation.{id}.attributes", "detail": detail}).to_string()
}

/// A span of a call. Each call has two.
fn span(n: usize, now: DateTime<Utc>) -> String {
    let began = now - TimeDelta::seconds(60 - (n % 2) as i64);
    let span = json!({"key": format!("s{n}"), "type": "telephony", "started_at": text(began), "ended_at": text(now), "status": "ok"});
    let detail = json!({"source": "sbc", "id": format!("sip.call_id:call{:06}x", n / 2), "observed_at": text(now), "span": span});
    json!({"source": "com.example.sbc", "detail-type": "Cxtrace Span", "time": text(now), "detail": detail}).to_string()
}

/// The events that `flow-metrics` takes from its retry queue. They are new to it, as after an outage of DynamoDB.
async fn retries(micros: u64) -> Result<Stage, Failure> {
    let stack = Stack::new(micros, &Environment::default()).await?;
    let (now, clock) = (stack.clock.time(), Arc::new(stack.clock.clone()));
    let flow = FlowMetrics::new(stack.state(), stack.settings.clone(), clock.clone());
    let retries =
        Retries::read(&Environment::default(), &sdk_config(cxtrace::engine::EngineHttp(stack.engine.clone())), clock)?;
    let take = async {
        for batch in 0..100 {
            let records: Vec<_> = (0..RETRY_BATCH)
                .map(|n| {
                    json!({
                        "messageId": n.to_string(),
                        "receiptHandle": n.to_string(),
                        "body": attributes(1_000_000 + batch * RETRY_BATCH + n, SERIES, now),
                        "attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": now.timestamp_millis().to_string()},
                    })
                })
                .collect();
            let payload = json!({"Records": records}).to_string();
            let handle = async |event: &str| flow.handle(event).await.map(|_| ());
            let response = retries.handle(&payload, handle, |_| false).await?;
            if response != (Response::Batch { failures: Vec::new() }) {
                return Err(Failure::from("a message stays in the retry queue"));
            }
        }
        Ok(())
    };
    stack.stage("`flow-metrics` from its retry queue", 100.0 * RETRY_BATCH as f64, RETRIES, take).await
}

/// `flow-metrics` and `metrics-publisher` with all events in one series, which is divided into `parts`.
async fn one_series(harness: &Harness, micros: u64, parts: usize) -> Result<Vec<Stage>, Failure> {
    let environment = Environment::of([("SERIES_PARTS", parts.to_string())]);
    let stack = Stack::new(micros, &environment).await?;
    let now = stack.clock.time();
    let flow = FlowMetrics::new(stack.state(), stack.settings.clone(), Arc::new(stack.clock.clone()));
    let ingest = async {
        for n in 0..4_000 {
            flow.handle(&attributes(n, 1, now)).await?;
        }
        Ok::<_, Failure>(())
    };
    let ingested = stack.stage("flow-metrics", 4_000.0, ACCOUNT_CONCURRENCY, ingest).await?;
    let published = publish(&stack, harness).await?;
    Ok(vec![ingested, published])
}

/// `metrics-publisher` with everything that `stack` has stored.
async fn publish(stack: &Stack, harness: &Harness) -> Result<Stage, Failure> {
    let (batch, events) = stack.batch("occurrence#")?;
    let datadog = Transport::Api(harness.submitter(Arc::new(stack.clock.clone())));
    let letters = Arc::new(MemoryDeadLetters::default());
    let publisher =
        MetricsPublisher::new(stack.state(), datadog, stack.settings.clone(), letters, Arc::new(stack.clock.clone()));
    let deadline = stack.clock.time() + TimeDelta::minutes(2);
    let publish = async {
        stack.timeline.sleep(100_000).await;
        publisher.handle(&batch, deadline).await?;
        Ok::<_, Failure>(())
    };
    stack.stage("metrics-publisher, and 100 ms for Datadog", events, SHARDS, publish).await
}

async fn measure(harness: &Harness, micros: u64) -> Result<Vec<Stage>, Failure> {
    let stack = Stack::new(micros, &Environment::default()).await?;
    let now = stack.clock.time();
    let mut stages = Vec::new();

    let flow = FlowMetrics::new(stack.state(), stack.settings.clone(), Arc::new(stack.clock.clone()));
    let ingest = async {
        for n in 0..1_000 {
            flow.handle(&attributes(n, SERIES, now)).await?;
        }
        Ok::<_, Failure>(())
    };
    stages.push(stack.stage("flow-metrics", 1_000.0, ACCOUNT_CONCURRENCY, ingest).await?);

    stages.push(publish(&stack, harness).await?);

    let key = PseudonymKey::Known(Box::new(context().pseudonyms));
    let collector = SpanCollector::new(stack.correlation(), key, Allowlist::default()).with_examples(true);
    let collect = async {
        for n in 0..400 {
            collector.handle(&span(n, now)).await?;
        }
        Ok::<_, Failure>(())
    };
    stages.push(stack.stage("span-collector", 400.0, ACCOUNT_CONCURRENCY, collect).await?);

    let (batch, facts) = stack.batch("fact#")?;
    let assembler = JourneyAssembler(stack.assembly());
    let assemble = async { Ok::<_, Failure>(assembler.handle(&batch).await?) };
    stages.push(stack.stage("journey-assembler", facts, SHARDS * ASSEMBLERS, assemble).await?);

    stack.clock.advance_to(now + TimeDelta::hours(1));
    let settler = JourneySettler {
        assembly: stack.assembly(),
        state: stack.state(),
        width: stack.settings.width,
        budget: journey_settler::SeriesBudget::of(stack.settings.max_series),
        breaker: CircuitBreaker::default(),
        datadog: harness.submitter(Arc::new(stack.clock.clone())),
        bus: SlowBus { timeline: stack.timeline.clone(), micros: stack.micros },
        export: None,
    };
    let deadline = stack.clock.time() + TimeDelta::minutes(2);
    let settle = async {
        let run = settler.run(deadline).await?;
        if run.settled == 200 { Ok(()) } else { Err(Failure::from(format!("not all journeys are settled: {run:?}"))) }
    };
    // A run that takes longer than the minute overlaps with the next.
    stages.push(stack.stage("journey-settler", 200.0 * EVENTS_OF_A_JOURNEY, 1.0, settle).await?);
    Ok(stages)
}

/// How many traces of applications that belong to nobody come in each second, and in how many requests.
const UNRELATED: (u64, u64) = (1_000, 2);

/// A request with `count` traces of one span each, which belong to nobody.
fn unrelated(first: u64, count: u64, now: DateTime<Utc>) -> Result<Delivery, Failure> {
    let span = |number: u64| Span {
        trace_id: [number.to_be_bytes(), [7; 8]].concat(),
        span_id: (number + 1).to_be_bytes().to_vec(),
        name: "GET /accounts/{id}".to_owned(),
        kind: 2,
        start_time_unix_nano: u64::try_from(now.timestamp_nanos_opt().unwrap_or_default()).unwrap_or_default(),
        end_time_unix_nano: u64::try_from(now.timestamp_nanos_opt().unwrap_or_default()).unwrap_or_default(),
        attributes: (0..8).map(|n| KeyValue::text(format!("http.attribute.{n}"), "/accounts")).collect(),
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { scope: None, spans: (first..first + count).map(span).collect() }];
    let request = ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: None, scope_spans }] };
    let headers = [("content-type", Encoding::Protobuf.content_type()), ("content-encoding", "gzip")];
    Ok(Delivery {
        transport: DeliveryTransport::Otlp,
        source: String::new(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: BTreeMap::new(),
        body: Encoding::Protobuf.body(&request)?,
        received_at: Some(now),
        envelope: None,
    })
}

/// What a second of traces costs that belong to nobody, in the twentieth second of them.
async fn unrelated_row(micros: u64) -> Result<String, Failure> {
    let stack = Stack::new(micros, &Environment::default()).await?;
    let key = PseudonymKey::Known(Box::new(context().pseudonyms));
    let collector = SpanCollector::new(stack.correlation(), key, Allowlist::default());
    let (traces, requests) = UNRELATED;
    let mut last = None;
    for second in 0..20_u64 {
        let now = stack.clock.time() + TimeDelta::seconds(i64::try_from(second)?);
        let work = async {
            for request in 0..requests {
                let first = second * traces + request * (traces / requests) + 1;
                let taken = collector.take_traces(&unrelated(first, traces / requests, now)?).await?;
                if taken.facts > 0 {
                    return Err(Failure::from("a trace of nobody was stored"));
                }
            }
            Ok(())
        };
        last = Some(stack.stage("", traces as f64, 1.0, work).await?);
    }
    let stage = last.ok_or("nothing was measured")?;
    let prices: toml::Table = include_str!("../../prices.toml").parse()?;
    let price = prices["dynamodb"]["million_read_units"].as_float().unwrap_or_default();
    // Half a unit for each trace that the table is asked about, and for each that waits and is asked about once more.
    let units = (traces as f64 + (stage.requests as f64 - traces as f64 / 100.0) * 100.0) / 2.0;
    Ok(format!(
        "| {traces} in {requests} requests | {} reads of up to 100 keys | {units:.0} | ${:.0} | {:.0} ms | {} |",
        stage.requests,
        units * 86_400.0 * 30.0 / 1e6 * price,
        stage.seconds * 1e3 / requests as f64,
        stage.hottest.1,
    ))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let harness = Harness::set_up().await;
    let world = Shared::new(0, SimClock::at(DateTime::from_timestamp(1_700_049_600, 0).unwrap_or_default()));
    {
        let mut world = world.lock();
        world.faults = world.faults.healed();
    }
    harness.enter(&world);
    println!(
        "| traces a second that belong to nobody | requests to the table | read units a second | a month | one request with spans | rows |"
    );
    println!("|---|---|---|---|---|---|");
    println!("{}", unrelated_row(5_000).await?);
    for micros in [5_000, 50_000] {
        let (stages, retried) = (measure(&harness, micros).await?, retries(micros).await?);
        println!("\n{} ms for each request of DynamoDB\n", micros / 1_000);
        println!(
            "| stage | requests an event | one consumer, an event | consumers | events/s by consumers | events/s by the hottest key | first limit |"
        );
        println!("|---|---|---|---|---|---|---|");
        stages.iter().chain([&retried]).for_each(|stage| println!("{}", stage.row()));
        println!("\n| events/s | outage of Datadog | caught up after |\n|---|---|---|");
        let counting =
            stages.iter().take(2).map(|stage| stage.by_consumers().min(stage.by_key())).fold(f64::INFINITY, f64::min);
        for rate in [100.0, 1_000.0, 10_000.0] {
            for hours in [1.0, 6.0, 23.0] {
                let spare = counting - rate;
                let after = if spare > 0.0 {
                    format!("{:.1} h", hours * rate / spare)
                } else {
                    "never at the defaults".to_owned()
                };
                println!("| {rate} | {hours} h | {after} |");
            }
        }
        println!("\nAll events of one series, by its number of parts\n");
        println!(
            "| parts | stage | requests an event | one consumer, an event | consumers | events/s by consumers | events/s by the hottest key | first limit |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for parts in [1, 4, 16] {
            one_series(&harness, micros, parts).await?.iter().for_each(|stage| println!("| {parts} {}", stage.row()));
        }
        println!("\n| events/s | outage of DynamoDB | retry queue empty after |\n|---|---|---|");
        let retrying = retried.by_consumers().min(retried.by_key());
        for rate in [100.0, 1_000.0] {
            for hours in [2.0, 23.0] {
                println!("| {rate} | {hours} h | {:.1} h |", (hours * rate / retrying).max(LONGEST_DELAY));
            }
        }
    }
    Ok(())
}
