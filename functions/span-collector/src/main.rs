//! Wires the Lambda function `span-collector`.

use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::retry_queue::Retries;
use cxtrace_lambda::telemetry;
use span_collector::{CollectError, Outcome, SpanCollector, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |(handler, retries): &(SpanCollector, Retries), invocation: Invocation| {
        let counts = &invocation.counts;
        let take = async |event: &str| {
            counts.add("events", 1_u64);
            if let Outcome::Ignored { topic } = handler.handle(event).await? {
                tracing::info!(topic, "an event of another topic is ignored");
                telemetry::count("EventsIgnored");
                counts.add("ignored", 1_u64);
            }
            Ok::<_, CollectError>(())
        };
        retries
            .handle(invocation.payload.get(), take, |error: &CollectError| matches!(error, CollectError::Event(_)))
            .await
    })
    .await
}

fn wire(context: &Context) -> Result<(SpanCollector, Retries), Failure> {
    let Context { environment, aws, clock, .. } = context;
    Ok((wiring::collector(context)?, Retries::read(environment, aws, clock.clone())?))
}
