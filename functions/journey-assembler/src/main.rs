//! The Lambda function `journey-assembler`: wiring, nothing more.

use std::sync::Arc;

use aws_lambda_events::dynamodb::Event;
use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_journeys::{Assembly, JourneySettings};
use cxtrace_lambda::environment::Environment;
use cxtrace_lambda::function::{self, Failure, Invocation};
use cxtrace_lambda::{aws, http};
use cxtrace_store::CorrelationTable;
use journey_assembler::{AssembleError, JourneyAssembler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(async |environment| {
        let handler = Arc::new(wire(environment)?);
        Ok(move |invocation: Invocation| {
            let handler = Arc::clone(&handler);
            async move {
                let batch: Event = serde_json::from_str(invocation.payload.get()).map_err(AssembleError::Batch)?;
                // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
                let woken = Box::pin(handler.handle(&batch)).await?;
                tracing::debug!(refreshed = woken.refreshed, later = woken.later, "journeys are up to date");
                Ok::<_, AssembleError>(())
            }
        })
    })
    .await
}

fn wire(environment: &Environment) -> Result<JourneyAssembler, Failure> {
    let settings = JourneySettings::read(environment)?;
    let config = aws::from_environment(environment, http::client()?)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = CorrelationTable::new(client, settings.table, settings.retention, clock.clone());
    Ok(JourneyAssembler(Assembly::new(table, settings.policy, clock)))
}
