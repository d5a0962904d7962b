//! The Lambda function `flow-metrics`: wiring, nothing more.

use std::sync::Arc;

use cxtrace_clock::SystemClock;
use cxtrace_lambda::environment::Environment;
use cxtrace_lambda::function::{self, Failure, Invocation};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::settings::MetricSettings;
use cxtrace_lambda::{aws, http, telemetry};
use cxtrace_sources::correlation::Correlations;
use cxtrace_store::{CorrelationTable, StateTable};
use flow_metrics::{Correlator, FlowMetrics, IngestError, Outcome};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(async |environment| {
        let handler = Arc::new(wire(environment)?);
        Ok(move |event: Invocation| {
            let handler = Arc::clone(&handler);
            async move {
                // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
                if let Outcome::Ignored { topic } = Box::pin(handler.handle(event.payload.get())).await? {
                    tracing::info!(topic, "an event of another topic is ignored");
                    telemetry::count("EventsIgnored");
                }
                Ok::<_, IngestError>(())
            }
        })
    })
    .await
}

fn wire(environment: &Environment) -> Result<FlowMetrics, Failure> {
    let settings = MetricSettings::read(environment)?;
    let table = environment.require("STATE_TABLE", "the name of the state table; the template sets it")?;
    let config = aws::from_environment(environment, http::client()?)?;
    let clock = Arc::new(SystemClock);
    let client = aws_sdk_dynamodb::Client::new(&config);
    let journeys = match environment.get("CORRELATION_TABLE") {
        None => None,
        Some(name) => {
            let what = "attributes with the kinds of id that they name, such as webCode=web.code,crmCaseId=crm.case";
            let correlations =
                environment.read("CORRELATION_ATTRIBUTES", what, Correlations::default(), Correlations::read)?;
            let key = PseudonymKey::read(environment, &config)?;
            let table = CorrelationTable::new(client.clone(), name, settings.retention, clock.clone());
            Some(Correlator::new(table, correlations, key))
        }
    };
    let table = StateTable::new(client, table, settings.retention, clock.clone());
    Ok(FlowMetrics::new(table, settings, clock).with_journeys(journeys))
}
