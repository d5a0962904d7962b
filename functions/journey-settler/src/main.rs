//! Wires the Lambda function `journey-settler`.

use aws_sdk_dynamodb::Client;
use cxtrace_datadog::{Endpoint, RetryPolicy, Submitter, key};
use cxtrace_journeys::Assembly;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::telemetry::{self, note_set_aside};
use cxtrace_settings::{JourneySettings, registry};
use cxtrace_store::{CorrelationTable, StateTable};
use cxtrace_trace_exporter::TraceExporter;
use journey_settler::bus::EventBridge;
use journey_settler::{CircuitBreaker, Export, JourneySettler, SeriesBudget, SettleError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |settler: &JourneySettler<EventBridge>, invocation: Invocation| {
        let run = settler.run(invocation.deadline).await?;
        telemetry::measure("JourneysOverdueSeconds", "Seconds", run.overdue.as_seconds_f64().max(0.0));
        note_set_aside(settler.assembly.table().set_aside().take());
        invocation.counts.add("settled", run.settled);
        invocation.counts.add("deferred", run.deferred);
        invocation.counts.add("failed", run.failed);
        invocation.counts.add("unexported", run.unexported);
        if run.failed > 0 { Err(SettleError::Some(run.failed)) } else { Ok(()) }
    })
    .await
}

fn wire(Context { environment, http, aws, clock }: &Context) -> Result<JourneySettler<EventBridge>, Failure> {
    let settings = JourneySettings::read(environment)?;
    let client = Client::new(aws);
    let table = CorrelationTable::new(client.clone(), settings.table, settings.retention, clock.clone());
    let state = registry::STATE_TABLE.read(environment)?;
    let (endpoint, keys) = (Endpoint::read(environment)?, key::read(environment, aws)?);
    Ok(JourneySettler {
        assembly: Assembly::new(table, settings.policy, clock.clone()),
        state: StateTable::new(client, state, settings.retention, clock.clone()),
        width: registry::BUCKET_SECONDS.read(environment)?,
        budget: SeriesBudget::of(registry::MAX_SERIES.read(environment)?),
        breaker: CircuitBreaker::default(),
        datadog: Submitter::new(http.clone(), endpoint, keys, clock.clone(), RetryPolicy::default()),
        bus: EventBridge::new(aws.clone(), &registry::JOURNEY_BUS.read(environment)?),
        export: match TraceExporter::read(environment, Some(aws), http.clone(), clock.clone())? {
            Some(exporter) => Some(Export::read(environment, exporter)?),
            None => None,
        },
    })
}
