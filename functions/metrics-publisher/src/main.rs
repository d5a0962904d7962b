//! The Lambda function `metrics-publisher`: wiring, nothing more.

use std::sync::Arc;

use aws_lambda_events::dynamodb::Event;
use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_datadog::extension::ADDRESS;
use cxtrace_datadog::{Endpoint, Extension, Patience, Submitter, key};
use cxtrace_lambda::dead_letters::SqsDeadLetters;
use cxtrace_lambda::environment::Environment;
use cxtrace_lambda::function::{self, Failure, Invocation};
use cxtrace_lambda::settings::MetricSettings;
use cxtrace_lambda::{aws, http};
use cxtrace_store::StateTable;
use metrics_publisher::{MetricsPublisher, PublishError, Transport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(async |environment| {
        let handler = Arc::new(wire(environment)?);
        Ok(move |invocation: Invocation| {
            let handler = Arc::clone(&handler);
            async move {
                let batch: Event = serde_json::from_str(invocation.payload.get()).map_err(PublishError::Batch)?;
                // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
                Box::pin(handler.handle(&batch, invocation.deadline)).await.map(|_| ())
            }
        })
    })
    .await
}

fn wire(environment: &Environment) -> Result<MetricsPublisher, Failure> {
    let settings = MetricSettings::read(environment)?;
    let table = environment.require("STATE_TABLE", "the name of the state table; the template sets it")?;
    let queue = environment.require("DEAD_LETTER_QUEUE_URL", "the URL of the SQS queue for what Datadog refuses")?;
    let http = http::client()?;
    let config = aws::from_environment(environment, http.clone())?;
    let clock: SharedClock = Arc::new(SystemClock);
    let transport = match cxtrace_datadog::Transport::read(environment)? {
        cxtrace_datadog::Transport::Extension => Transport::Extension(Extension::new(ADDRESS, clock.clone())),
        cxtrace_datadog::Transport::Api => {
            let keys = key::read(environment, &config)?;
            let endpoint = Endpoint::read(environment)?;
            Transport::Api(Submitter::new(http, endpoint, keys, clock.clone(), Patience::default()))
        }
    };
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = StateTable::new(client, table, settings.retention, clock.clone());
    let letters = SqsDeadLetters::new(config, queue.to_owned());
    Ok(MetricsPublisher::new(table, transport, settings, Arc::new(letters), clock))
}
