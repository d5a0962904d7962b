//! Wires the Lambda function `journey-assembler`.

use cxtrace_journeys::Assembly;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::telemetry::note_set_aside;
use cxtrace_settings::JourneySettings;
use cxtrace_store::CorrelationTable;
use cxtrace_store::stream::StreamBatch;
use journey_assembler::{AssembleError, JourneyAssembler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &JourneyAssembler, invocation: Invocation| {
        let batch: StreamBatch = serde_json::from_str(invocation.payload.get()).map_err(AssembleError::Batch)?;
        let counts = handler.handle(&batch).await?;
        note_set_aside(handler.0.table().set_aside().take());
        invocation.counts.add("refreshed", counts.refreshed);
        invocation.counts.add("deferred", counts.deferred);
        Ok::<_, AssembleError>(())
    })
    .await
}

fn wire(Context { environment, aws, clock, .. }: &Context) -> Result<JourneyAssembler, Failure> {
    let settings = JourneySettings::read(environment)?;
    let client = aws_sdk_dynamodb::Client::new(aws);
    let table = CorrelationTable::new(client, settings.table, settings.retention, clock.clone());
    Ok(JourneyAssembler(Assembly::new(table, settings.policy, clock.clone())))
}
