//! Wires the Lambda function `metrics-publisher`.

use std::sync::Arc;

use chrono::TimeDelta;
use cxtrace_datadog::extension::ADDRESS;
use cxtrace_datadog::{Endpoint, Extension, RetryPolicy, Submitter, key};
use cxtrace_lambda::dead_letters::SqsDeadLetters;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::telemetry;
use cxtrace_settings::{MetricSettings, MetricsTransport, registry};
use cxtrace_store::StateTable;
use cxtrace_store::stream::{StreamBatch, StreamRecord};
use metrics_publisher::{MetricsPublisher, PublishError, Swept, Transport};
use serde::Deserialize;
use serde::de::Error;

/// A batch of the stream, or the order of the schedule to sweep: `{"sweep":true}`.
#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "Records")]
    records: Option<Vec<StreamRecord>>,
    #[serde(default)]
    sweep: bool,
}

/// The function's state between invocations.
struct Handler {
    publisher: MetricsPublisher,
    sweep_every: TimeDelta,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &Handler, invocation: Invocation| {
        let payload: Payload = serde_json::from_str(invocation.payload.get()).map_err(PublishError::Batch)?;
        if payload.sweep {
            return sweep(handler, &invocation).await;
        }
        let records = payload.records.ok_or_else(|| PublishError::Batch(Error::missing_field("Records")))?;
        let done = handler.publisher.handle(&StreamBatch { records }, invocation.deadline).await?;
        let counts = &invocation.counts;
        counts.add("ledgers", done.ledgers);
        counts.add("accepted", done.accepted);
        counts.add("carries", done.carries);
        counts.add("carried", done.carried);
        counts.add("rejected", done.rejected);
        counts.add("unreadable", done.unreadable);
        Ok::<_, PublishError>(())
    })
    .await
}

async fn sweep(handler: &Handler, invocation: &Invocation) -> Result<(), PublishError> {
    let mut swept = Swept::default();
    let outcome = handler.publisher.sweep(handler.sweep_every, invocation.deadline, &mut swept).await;
    telemetry::measure("LedgersUnpublished", "Count", swept.found as f64);
    telemetry::measure("LedgersUnpublishedSeconds", "Seconds", swept.oldest.as_seconds_f64());
    invocation.counts.add("pages", swept.pages);
    invocation.counts.add("unpublished", swept.found);
    Ok(outcome?)
}

fn wire(Context { environment, http, aws, clock }: &Context) -> Result<Handler, Failure> {
    let settings = MetricSettings::read(environment)?;
    let transport = match registry::METRICS_TRANSPORT.read(environment)? {
        MetricsTransport::Extension => Transport::Extension(Extension::new(ADDRESS, clock.clone())),
        MetricsTransport::Api => {
            let (endpoint, keys) = (Endpoint::read(environment)?, key::read(environment, aws)?);
            Transport::Api(Submitter::new(http.clone(), endpoint, keys, clock.clone(), RetryPolicy::default()))
        }
    };
    let client = aws_sdk_dynamodb::Client::new(aws);
    let table = registry::STATE_TABLE.read(environment)?;
    let table = StateTable::new(client, table, settings.retention, clock.clone());
    let queue = registry::DEAD_LETTER_QUEUE_URL.read(environment)?;
    let dead_letters = SqsDeadLetters::new(aws.clone(), queue);
    Ok(Handler {
        publisher: MetricsPublisher::new(table, transport, settings, Arc::new(dead_letters), clock.clone()),
        sweep_every: registry::SWEEP_HOURS.read(environment)?,
    })
}
