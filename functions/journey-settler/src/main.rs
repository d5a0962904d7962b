//! The Lambda function `journey-settler`: wiring, nothing more.

use std::sync::Arc;

use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_datadog::{Endpoint, Patience, Submitter, key};
use cxtrace_journeys::{Assembly, JourneySettings};
use cxtrace_lambda::environment::Environment;
use cxtrace_lambda::function::{self, Failure, Invocation};
use cxtrace_lambda::settings::MetricSettings;
use cxtrace_lambda::{aws, http};
use cxtrace_store::{CorrelationTable, StateTable};
use journey_settler::bus::EventBridge;
use journey_settler::{JourneySettler, SettleError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(async |environment| {
        let settler = Arc::new(wire(environment)?);
        Ok(move |invocation: Invocation| {
            let settler = Arc::clone(&settler);
            async move {
                // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
                let run = Box::pin(settler.run(invocation.deadline)).await?;
                tracing::info!(
                    settled = run.settled,
                    later = run.later,
                    failed = run.failed,
                    "what was due is settled"
                );
                if run.failed > 0 { Err(SettleError::Some(run.failed)) } else { Ok(()) }
            }
        })
    })
    .await
}

fn wire(environment: &Environment) -> Result<JourneySettler<EventBridge>, Failure> {
    let settings = JourneySettings::read(environment)?;
    let metrics = MetricSettings::read(environment)?;
    let state = environment.require("STATE_TABLE", "the name of the state table; the template sets it")?;
    let bus = environment.require("JOURNEY_BUS", "the name of the journey bus; the template sets it")?;
    let http = http::client()?;
    let config = aws::from_environment(environment, http.clone())?;
    let clock: SharedClock = Arc::new(SystemClock);
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = CorrelationTable::new(client.clone(), settings.table, settings.retention, clock.clone());
    let keys = key::read(environment, &config)?;
    Ok(JourneySettler {
        assembly: Assembly::new(table, settings.policy, clock.clone()),
        state: StateTable::new(client, state, metrics.retention, clock.clone()),
        width: metrics.width,
        datadog: Submitter::new(http, Endpoint::read(environment)?, keys, clock, Patience::default()),
        bus: EventBridge::new(config, bus),
    })
}
