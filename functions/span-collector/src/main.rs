//! Wires the Lambda function `span-collector`.

use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::retry_queue::Retries;
use cxtrace_lambda::telemetry;
use cxtrace_settings::{MetricSettings, registry};
use cxtrace_store::{CorrelationTable, StateTable};
use span_collector::{CollectError, Outcome, SpanCollector, UnreadableFields};

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

fn wire(Context { environment, aws, clock, .. }: &Context) -> Result<(SpanCollector, Retries), Failure> {
    let client = aws_sdk_dynamodb::Client::new(aws);
    let table = registry::CORRELATION_TABLE.read(environment)?;
    let settings = MetricSettings::read(environment)?;
    let table = CorrelationTable::new(client.clone(), table, settings.retention, clock.clone());
    let state = registry::STATE_TABLE.read(environment)?;
    let state = StateTable::new(client, state, settings.retention, clock.clone());
    let attributes = registry::SPAN_ATTRIBUTES.read(environment)?;
    let collector = SpanCollector::new(table, PseudonymKey::read(environment, aws)?, attributes)
        .with_undeclared(registry::UNDECLARED_SENDERS.read(environment)?)
        .with_examples(registry::EXAMPLE_SENDERS.read(environment)?);
    let collector = collector.with_counts(UnreadableFields::new(state, settings, clock.clone()));
    Ok((collector, Retries::read(environment, aws, clock.clone())?))
}
