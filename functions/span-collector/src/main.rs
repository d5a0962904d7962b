//! Wires the Lambda function `span-collector`.

use std::sync::Arc;

use cxtrace_lambda::dead_letters::{SharedDeadLetters, SqsDeadLetters};
use cxtrace_lambda::events;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::retry_queue::{Failed, Response, Retries};
use cxtrace_lambda::telemetry;
use cxtrace_settings::{StreamSources, registry};
use span_collector::kinesis::KinesisBatch;
use span_collector::records::RecordsError;
use span_collector::{CollectError, Outcome, SpanCollector, wiring};

/// The state of the function between invocations.
struct Handler {
    collector: SpanCollector,
    retries: Retries,
    streams: StreamSources,
    dead_letters: SharedDeadLetters,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &Handler, invocation: Invocation| handler.handle(invocation).await).await
}

impl Handler {
    async fn handle(&self, invocation: Invocation) -> Result<Response, RecordsError> {
        if let Some(batch) = KinesisBatch::read(invocation.payload.get()) {
            return self.handle_batch(&batch, &invocation).await;
        }
        let take = async |event: &str| match self.collector.handle(event).await? {
            Outcome::Ignored { topic } => Ok(Some(topic)),
            Outcome::Stored(_) => Ok(None),
        };
        let is_permanent = |error: &CollectError| matches!(error, CollectError::Event(_) | CollectError::Traces(_));
        Ok(events::handle(&invocation, &self.retries, take, is_permanent).await?)
    }

    async fn handle_batch(&self, batch: &KinesisBatch, invocation: &Invocation) -> Result<Response, RecordsError> {
        let outcome = self.collector.handle_records(batch, &self.streams, &*self.dead_letters).await?;
        invocation.counts.add("records", batch.records.len() as u64);
        invocation.counts.add("ignored", outcome.ignored as u64);
        telemetry::note_set_aside(outcome.set_aside);
        Ok(Response::Batch { failures: outcome.failed.into_iter().map(|id| Failed { id }).collect() })
    }
}

fn wire(context: &Context) -> Result<Handler, Failure> {
    let Context { environment, aws, clock, .. } = context;
    let queue = registry::DEAD_LETTER_QUEUE_URL.read(environment)?;
    Ok(Handler {
        collector: wiring::collector(context)?,
        retries: Retries::read(environment, aws, clock.clone())?,
        streams: registry::KINESIS_STREAMS.read(environment)?,
        dead_letters: Arc::new(SqsDeadLetters::new(aws.clone(), queue)),
    })
}
