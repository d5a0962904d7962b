//! Real processes of the functions, and worlds for them.

use std::path::Path;
use std::sync::Arc;

use cxtrace_runtime::time::SystemClock;
use cxtrace_tests::endpoints::Endpoints;
use cxtrace_tests::runtime_api::{Function, Outcome, Process, Start};

use crate::Failure;

/// An empty world on the machine's own clock.
pub(crate) async fn world() -> Result<Endpoints, Failure> {
    Ok(Endpoints::start(Arc::new(SystemClock)).await?)
}

/// The function that `binary` is, in `world`.
pub(crate) fn function(binary: &Path, world: &Endpoints) -> Function {
    Function::new(binary).set_all(world.environment())
}

/// A process of it that waits for its first event.
pub(crate) async fn started(binary: &Path, world: &Endpoints) -> Result<Process, Failure> {
    let process = function(binary, world).start().await?;
    match process.started().await {
        Start::Ready(_) => Ok(process),
        _ => Err(format!("{} does not start: {}", binary.display(), process.ended().await).into()),
    }
}

/// Has `process` take `event`, which must succeed.
pub(crate) async fn take(process: &Process, event: &str) -> Result<(), Failure> {
    match process.deliver(event).await {
        Outcome::Response(_) => Ok(()),
        other => Err(format!("an event ended as {other:?}").into()),
    }
}
