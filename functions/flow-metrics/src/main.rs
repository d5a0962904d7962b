//! The Lambda function `flow-metrics`: wiring, nothing more.

use std::sync::Arc;

use cxtrace_runtime::environment::Environment;
use cxtrace_runtime::function::{self, Failure, Invocation};
use cxtrace_runtime::settings::MetricSettings;
use cxtrace_runtime::time::SystemClock;
use cxtrace_runtime::{aws, http, telemetry};
use cxtrace_store::StateTable;
use flow_metrics::{FlowMetrics, IngestError, Outcome};

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
    let table = StateTable::new(client, table, settings.retention, clock.clone());
    Ok(FlowMetrics::new(table, settings, clock))
}
