//! Real processes of the functions, and worlds for them.

use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use cxtrace::engine::{Change, Engine, EngineHttp, sdk_config};
use cxtrace::wiring::{Handler, of_change};
use cxtrace_runtime::time::SystemClock;
use cxtrace_store::correlation;
use cxtrace_tests::endpoints::{Endpoints, SECRET_ARN};
use cxtrace_tests::runtime_api::{Function, Outcome, Process, Start};
use serde_json::{Value, json};

use crate::Failure;

/// The name of the correlation table.
pub(crate) const CORRELATION: &str = "correlation";

/// An empty world on the machine's own clock.
pub(crate) async fn world() -> Result<Endpoints, Failure> {
    let world = Endpoints::start(Arc::new(SystemClock)).await?;
    let client = Client::new(&sdk_config(EngineHttp(world.engine().clone())));
    correlation::schema::create(&client, CORRELATION, false).await?;
    Ok(world)
}

/// The function that `binary` is, in `world`, with journeys switched on as they are in the template.
pub(crate) fn function(binary: &Path, world: &Endpoints) -> Function {
    Function::new(binary)
        .set_all(world.environment())
        .set("CORRELATION_TABLE", CORRELATION)
        .set("PSEUDONYM_KEY_SECRET_ARN", SECRET_ARN)
        .set("JOURNEY_BUS", "journeys")
}

/// A process of it that waits for its first event.
pub(crate) async fn started(binary: &Path, world: &Endpoints) -> Result<Process, Failure> {
    ready(binary, &function(binary, world)).await
}

/// A process of an ingest function that tells journeys nothing.
pub(crate) async fn started_without_journeys(binary: &Path, world: &Endpoints) -> Result<Process, Failure> {
    ready(binary, &function(binary, world).unset("CORRELATION_TABLE")).await
}

async fn ready(binary: &Path, function: &Function) -> Result<Process, Failure> {
    let process = function.start().await?;
    match process.started().await {
        Start::Ready(_) => Ok(process),
        _ => Err(format!("{} does not start: {}", binary.display(), process.ended().await).into()),
    }
}

/// Has `process` take `event`, which must succeed.
pub(crate) async fn take(process: &Process, event: &str) -> Result<(), Failure> {
    answer(process, event).await.map(drop)
}

/// Has `process` take `event`, which must succeed. Gives what it answers.
pub(crate) async fn answer(process: &Process, event: &str) -> Result<Value, Failure> {
    match process.deliver(event).await {
        Outcome::Response(answer) => Ok(answer),
        other => Err(format!("an event ended as {other:?}").into()),
    }
}

/// Whether the template's event source mapping lets `change` through to the assembler.
pub(crate) fn wakes_the_assembler(change: &Change) -> bool {
    of_change(change.event_name(), change.sort_key()) == Some(Handler::JourneyAssembler)
}

/// The records that wait for the assembler.
pub(crate) fn facts(engine: &Engine) -> Vec<Value> {
    let changes = engine.take_changes(0, usize::MAX);
    changes.iter().filter(|change| wakes_the_assembler(change)).map(Change::record).collect()
}

/// A batch of records as Lambda hands it over.
pub(crate) fn batch(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}
