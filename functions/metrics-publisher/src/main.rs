//! Wires the Lambda function `metrics-publisher`.

use std::sync::Arc;

use cxtrace_datadog::extension::ADDRESS;
use cxtrace_datadog::{Endpoint, Extension, RetryPolicy, Submitter, key};
use cxtrace_lambda::dead_letters::SqsDeadLetters;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_settings::{MetricSettings, MetricsTransport, registry};
use cxtrace_store::StateTable;
use cxtrace_store::stream::StreamBatch;
use metrics_publisher::{MetricsPublisher, PublishError, Transport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &MetricsPublisher, invocation: Invocation| {
        let batch: StreamBatch = serde_json::from_str(invocation.payload.get()).map_err(PublishError::Batch)?;
        let done = handler.handle(&batch, invocation.deadline).await?;
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

fn wire(Context { environment, http, aws, clock }: &Context) -> Result<MetricsPublisher, Failure> {
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
    Ok(MetricsPublisher::new(table, transport, settings, Arc::new(dead_letters), clock.clone()))
}
