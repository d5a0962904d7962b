//! The Lambda function `span-collector`: wiring, nothing more.

use std::sync::Arc;

use cxtrace_clock::SystemClock;
use cxtrace_lambda::environment::Environment;
use cxtrace_lambda::function::{self, Failure, Invocation};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_lambda::{aws, http, telemetry};
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::CorrelationTable;
use span_collector::{CollectError, Outcome, SpanCollector};

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
                Ok::<_, CollectError>(())
            }
        })
    })
    .await
}

fn wire(environment: &Environment) -> Result<SpanCollector, Failure> {
    let table = environment.require("CORRELATION_TABLE", "the name of the correlation table; the template sets it")?;
    let retention = cxtrace_lambda::settings::retention(environment)?;
    let what = "attributes that senders of spans may keep, such as app.tier,app.user:pseudonym";
    let span_attributes = environment.read("SPAN_ATTRIBUTES", what, Allowlist::default(), Allowlist::read)?;
    let config = aws::from_environment(environment, http::client()?)?;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = CorrelationTable::new(client, table, retention, Arc::new(SystemClock));
    Ok(SpanCollector::new(table, PseudonymKey::read(environment, &config)?, span_attributes))
}
