//! Running a Lambda function: start-up errors and handler errors reach the log and the caller in one way.

use std::future::Future;

use chrono::{DateTime, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::environment::Environment;
use crate::report::chain;

/// A function's failure: what Lambda reports, and what makes it retry.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// The event as the JSON text that arrived.
    pub payload: Box<RawValue>,
    /// When Lambda will end it.
    pub deadline: DateTime<Utc>,
}

/// Starts logging, lets `start` build the handler, and serves invocations until Lambda ends the process.
///
/// # Errors
/// When `start` fails: the message is logged, and Lambda reports the function as broken.
pub async fn run<S, H, F, A, E>(start: S) -> Result<(), Failure>
where
    S: AsyncFnOnce(&Environment) -> Result<H, Failure>,
    H: Fn(Invocation) -> F,
    F: Future<Output = Result<A, E>>,
    A: Serialize,
    E: std::error::Error + 'static,
{
    let environment = Environment::of_process();
    crate::telemetry::start(environment.get("LOG_LEVEL"));
    let handler = start(&environment).await.inspect_err(|error| {
        tracing::error!(error = chain(error.as_ref()), "the function cannot start");
    })?;
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let deadline = i64::try_from(event.context.deadline).ok().and_then(DateTime::from_timestamp_millis);
        let invocation = Invocation { payload: event.payload, deadline: deadline.unwrap_or(DateTime::<Utc>::MAX_UTC) };
        handler(invocation).await.map_err(|error| {
            let message = chain(&error);
            tracing::error!(request_id = event.context.request_id, error = message, "the invocation failed");
            Diagnostic { error_type: short_type_name::<E>(), error_message: message }
        })
    }))
    .await
}

fn short_type_name<T>() -> String {
    let name = std::any::type_name::<T>();
    name.rsplit("::").next().unwrap_or(name).to_owned()
}
