//! Wires the Lambda function `flow-metrics`.

use aws_sdk_dynamodb::Client;
use cxtrace_lambda::events;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::retry_queue::Retries;
use cxtrace_settings::{MetricSettings, registry};
use cxtrace_store::{CorrelationTable, StateTable};
use flow_metrics::{Correlator, FlowMetrics, IngestError, Outcome};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |(handler, retries): &(FlowMetrics, Retries), invocation: Invocation| {
        let take = async |event: &str| match handler.handle(event).await? {
            Outcome::Ignored { topic } => Ok(Some(topic)),
            Outcome::Processed(_) => Ok(None),
        };
        events::handle(&invocation, retries, take, |error: &IngestError| matches!(error, IngestError::Event(_))).await
    })
    .await
}

fn wire(Context { environment, aws, clock, .. }: &Context) -> Result<(FlowMetrics, Retries), Failure> {
    let settings = MetricSettings::read(environment)?;
    let client = Client::new(aws);
    let state = registry::STATE_TABLE.read(environment)?;
    let state = StateTable::new(client.clone(), state, settings.retention, clock.clone());
    let journeys = match registry::CORRELATION_TABLE.read_if_set(environment)? {
        None => None,
        Some(table) => {
            let table = CorrelationTable::new(client, table, settings.retention, clock.clone());
            let attributes = registry::CORRELATION_ATTRIBUTES.read(environment)?;
            Some(Correlator::new(table, attributes, PseudonymKey::read(environment, aws)?))
        }
    };
    let handler = FlowMetrics::new(state, settings, clock.clone()).with_journeys(journeys);
    Ok((handler, Retries::read(environment, aws, clock.clone())?))
}
