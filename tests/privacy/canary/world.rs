//! The deployed functions over tables in this process, with a witness at every output.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use cxtrace::engine::{Change, Engine, EngineHttp, sdk_config};
use cxtrace_clock::SharedClock;
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, RetryPolicy, Submitter};
use cxtrace_error_chain::error_chain;
use cxtrace_explorer::{AccessRecord, Caller, Explorer, Request, Settings};
use cxtrace_journeys::Assembly;
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_otlp::Encoding;
use cxtrace_otlp::export::Window;
use cxtrace_otlp::export::sampling::Sampling;
use cxtrace_privacy::Pseudonyms;
use cxtrace_settings::Environment;
use cxtrace_settings::JourneySettings;
use cxtrace_settings::MetricSettings;
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::delivery::{Delivery, Transport as Way};
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{CorrelationTable, StateTable, correlation, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_tests::connector::Connector;
use cxtrace_trace_exporter::{Headers, TraceExporter};
use flow_metrics::{Correlator, FlowMetrics};
use journey_assembler::JourneyAssembler;
use journey_settler::{Export, JourneySettler, Run};
use metrics_publisher::{MetricsPublisher, Transport};
use serde_json::json;
use span_collector::{SpanCollector, TracesTaken};
use webhook_receiver::Receiver;

use super::deliveries;
use super::forms;
use super::traces;
use super::witness::{Overheard, OverheardBus, Witness, datadog};
use crate::pipeline::support::noon;

/// The key of pseudonyms.
pub(crate) const KEY: &[u8] = b"a key that conceals nobody real";

/// The functions, their tables, and the recorded outputs.
pub(crate) struct World {
    pub(crate) witness: Witness,
    pub(crate) clock: SimClock,
    pub(crate) facts: CorrelationTable,
    pub(crate) submitter: Submitter,
    pub(crate) bus: OverheardBus,
    flow_metrics: FlowMetrics,
    span_collector: SpanCollector,
    assembler: JourneyAssembler,
    settler: JourneySettler<OverheardBus>,
    publisher: MetricsPublisher,
    dead_letters: MemoryDeadLetters,
    explorer: Explorer<Assembly>,
    receiver: Receiver<Arc<SpanCollector>>,
    state_changes: Engine,
    fact_changes: Engine,
    refuses: Arc<AtomicBool>,
}

impl World {
    pub(crate) async fn new(witness: Witness) -> Self {
        Self::with_key(witness, KEY).await
    }

    pub(crate) async fn with_key(witness: Witness, key: &[u8]) -> Self {
        let clock = SimClock::at(noon());
        let shared: SharedClock = Arc::new(clock.clone());
        let refuses = Arc::<AtomicBool>::default();
        let table = |engine: &Engine| {
            let below = EngineHttp(engine.clone());
            let http = Overheard { below, witness: witness.clone(), refuses: refuses.clone() };
            aws_sdk_dynamodb::Client::new(&sdk_config(Connector(http)))
        };
        let engine = || Engine::in_memory(shared.clone()).unwrap();
        let (state_changes, fact_changes) = (engine(), engine());
        let (state, facts) = (table(&state_changes), table(&fact_changes));
        schema::create(&state, "state", false).await.unwrap();
        correlation::schema::create(&facts, "facts", false).await.unwrap();

        let environment = Environment::of([("CORRELATION_TABLE", "facts")]);
        let settings = MetricSettings::read(&environment).unwrap();
        let journeys = JourneySettings::read(&environment).unwrap();
        let state = StateTable::new(state, "state", settings.retention, shared.clone());
        let facts = CorrelationTable::new(facts, "facts", journeys.retention, shared.clone());
        let pseudonyms = Pseudonyms::try_new(key).unwrap();
        let key = || PseudonymKey::Known(Box::new(pseudonyms.clone()));
        let assembly = Assembly::new(facts.clone(), journeys.policy, shared.clone());

        let endpoint = Endpoint::at(&datadog(witness.clone()).await.unwrap()).unwrap();
        let api_key = Arc::new(FixedKey(ApiKey::try_new("key").unwrap()));
        let http = cxtrace_lambda::http::client().unwrap();
        let submitter = Submitter::new(http, endpoint, api_key, shared.clone(), RetryPolicy::default());
        let correlator = Correlator::new(facts.clone(), Correlations::read(forms::CORRELATIONS).unwrap(), key());
        let dead_letters = MemoryDeadLetters::default();
        let bus = OverheardBus(witness.clone());
        let export = Export {
            exporter: TraceExporter {
                http: cxtrace_lambda::http::client().unwrap(),
                endpoint: traces::receiver(witness.clone()).await.unwrap().parse().unwrap(),
                headers: Headers::read("").unwrap(),
                encoding: Encoding::Protobuf,
                clock: shared.clone(),
            },
            sampling: Sampling { percent: 100, slow: TimeDelta::hours(1) },
            window: Window { max_age: TimeDelta::days(365) },
            resource: std::collections::BTreeMap::new(),
            breaker: journey_settler::CircuitBreaker::default(),
        };
        Self {
            flow_metrics: FlowMetrics::new(state.clone(), settings.clone(), shared.clone())
                .with_journeys(Some(correlator)),
            span_collector: SpanCollector::new(facts.clone(), key(), Allowlist::read(forms::SPAN_ATTRIBUTES).unwrap())
                .with_examples(true),
            assembler: JourneyAssembler(assembly.clone()),
            settler: JourneySettler {
                assembly: assembly.clone(),
                state: state.clone(),
                width: settings.width,
                budget: journey_settler::SeriesBudget::of(settings.max_series),
                breaker: journey_settler::CircuitBreaker::default(),
                datadog: submitter.clone(),
                bus: bus.clone(),
                export: Some(export),
            },
            publisher: MetricsPublisher::new(
                state,
                Transport::Api(submitter.clone()),
                settings,
                Arc::new(dead_letters.clone()),
                shared.clone(),
            ),
            explorer: Explorer::new(assembly, pseudonyms.clone(), Settings::default()),
            receiver: deliveries::receiver(
                SpanCollector::new(facts.clone(), key(), Allowlist::default()).with_examples(true),
                &shared,
            ),
            witness,
            clock,
            facts,
            submitter,
            bus,
            dead_letters,
            state_changes,
            fact_changes,
            refuses,
        }
    }

    /// Passes an event to both ingest functions, whichever of them it is for.
    pub(crate) async fn take(&self, event: &str) {
        match Box::pin(self.span_collector.handle(event)).await {
            Ok(outcome) => self.witness.hear("outcomes", format!("{outcome:?}")),
            Err(error) => self.witness.hear("errors", format!("{} {error:?}", error_chain(&error))),
        }
        match Box::pin(self.flow_metrics.handle(event)).await {
            Ok(outcome) => self.witness.hear("outcomes", format!("{outcome:?}")),
            Err(error) => self.witness.hear("errors", format!("{} {error:?}", error_chain(&error))),
        }
    }

    /// Passes a delivery to the function that takes its transport. Returns whether it was taken.
    pub(crate) async fn take_delivery(&self, delivery: &Delivery) -> bool {
        match delivery.transport {
            Way::Webhook => {
                let answer = Box::pin(self.receiver.respond(deliveries::head(delivery), delivery.body.clone())).await;
                self.witness.hear("answers", format!("{answer:?}"));
                answer.status.is_success()
            }
            Way::Kinesis => {
                // A time that is long after its record's arrival is no time.
                let (batch, streams) = deliveries::batch(delivery, delivery.received_at.unwrap_or(self.clock.time()));
                // A record that cannot be read goes to the dead-letter queue unchanged, which only operators read.
                let letters = MemoryDeadLetters::default();
                let outcome = Box::pin(self.span_collector.handle_records(&batch, &streams, &letters)).await;
                self.witness.hear("outcomes", format!("{outcome:?}"));
                outcome.is_ok_and(|outcome| outcome.stored > 0)
            }
            _ => {
                let outcome = Box::pin(self.span_collector.take(delivery)).await;
                match &outcome {
                    Ok(outcome) => self.witness.hear("outcomes", format!("{outcome:?}")),
                    Err(error) => self.witness.hear("errors", format!("{} {error:?}", error_chain(error))),
                }
                outcome.is_ok()
            }
        }
    }

    /// Passes a request of OpenTelemetry to the function that reads it.
    pub(crate) async fn take_traces(&self, delivery: &Delivery) {
        match Box::pin(self.span_collector.take(delivery)).await {
            Ok(outcome) => self.witness.hear("outcomes", format!("{outcome:?}")),
            Err(error) => self.witness.hear("errors", format!("{} {error:?}", error_chain(&error))),
        }
    }

    /// Passes an event to both ingest functions while DynamoDB refuses everything.
    pub(crate) async fn take_in_vain(&self, event: &str) {
        self.refuses.store(true, Ordering::SeqCst);
        self.take(event).await;
        self.refuses.store(false, Ordering::SeqCst);
    }

    /// Passes a request with spans to the collector. Gives what became of it.
    pub(crate) async fn take_spans(&self, delivery: &Delivery) -> TracesTaken {
        let taken = Box::pin(self.span_collector.take_traces(delivery)).await;
        match &taken {
            Ok(taken) => self.witness.hear("outcomes", format!("{taken:?}")),
            Err(error) => self.witness.hear("errors", format!("{} {error:?}", error_chain(error))),
        }
        taken.unwrap_or_default()
    }

    /// Passes the changes to the functions behind the streams.
    pub(crate) async fn follow(&self) {
        while let Some(batch) = next_batch(&self.fact_changes) {
            if let Err(error) = Box::pin(self.assembler.handle(&batch)).await {
                self.witness.hear("errors", format!("{} {error:?}", error_chain(&error)));
            }
        }
        while let Some(batch) = next_batch(&self.state_changes) {
            let deadline = self.clock.time() + TimeDelta::minutes(1);
            if let Err(error) = Box::pin(self.publisher.handle(&batch, deadline)).await {
                self.witness.hear("errors", format!("{} {error:?}", error_chain(&error)));
            }
        }
        self.dead_letters.messages().iter().for_each(|dead_letter| self.witness.hear("dead letters", dead_letter));
    }

    /// Settles due journeys.
    pub(crate) async fn settle(&self) -> Run {
        let run = Box::pin(self.settler.run(self.clock.time() + TimeDelta::hours(2))).await;
        run.unwrap()
    }

    /// Sends a request to the explorer, and returns the status and body of the response.
    pub(crate) async fn ask(&self, request: Request, caller: Caller) -> (u16, Vec<u8>) {
        let answer = Box::pin(self.explorer.respond(request, caller, self.clock.time())).await;
        let (head, body) = answer.into_parts();
        self.witness.hear("answers", format!("{} {:?}", head.status, head.headers));
        self.witness.hear("answers", &body);
        self.witness.hear("access log", format!("{:?}", head.extensions.get::<AccessRecord>()));
        (head.status.as_u16(), body)
    }
}

fn next_batch(engine: &Engine) -> Option<StreamBatch> {
    let records: Vec<_> = engine.take_changes(0, 200).iter().map(Change::record).collect();
    (!records.is_empty()).then(|| serde_json::from_value(json!({ "Records": records })).unwrap())
}
