//! Runs a Lambda function. Errors at start-up and errors of an invocation are logged and reported to Lambda in the same
//! way.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_types::SdkConfig;
use chrono::{DateTime, Utc};
use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_error_chain::error_chain;
use cxtrace_settings::{Environment, registry};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::own_traces::work::Work;
use crate::own_traces::{Invoked, OwnTraces};
use crate::telemetry::{Counts, InvocationLine, InvocationOutcome};

/// Any error that ends a function.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The dependencies of every function.
#[derive(Debug)]
pub struct Context {
    pub environment: Environment,
    /// The HTTP client for Datadog and AWS.
    pub http: reqwest::Client,
    pub aws: SdkConfig,
    pub clock: SharedClock,
}

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// The event: the JSON text that arrived.
    pub payload: Box<RawValue>,
    /// When Lambda ends the invocation.
    pub deadline: DateTime<Utc>,
    /// What it counts for its log line.
    pub counts: Counts,
}

/// Starts the log, wires the handler, and serves invocations until Lambda ends the process.
///
/// # Errors
/// When `wire` fails. The error is logged, and Lambda reports that the function cannot start.
pub async fn run<H, R, E>(
    wire: impl FnOnce(&Context) -> Result<H, Failure>,
    handle: impl AsyncFn(&H, Invocation) -> Result<R, E>,
) -> Result<(), Failure>
where
    R: Serialize,
    E: std::error::Error + 'static,
{
    let environment = Environment::of_process();
    crate::telemetry::start(environment.get(registry::LOG_LEVEL.spec.variable));
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    let wired =
        context(environment).and_then(|context| Ok((wire(&context)?, own_traces(&context, &function)?, context.clock)));
    let wired = wired.inspect_err(|error| {
        tracing::error!(error = error_chain(error.as_ref()), "the function cannot start");
    })?;
    let is_cold = AtomicBool::new(true);
    let ((handler, own_traces, clock), handle, function, is_cold) = (&wired, &handle, &function, &is_cold);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let (began, cold) = (clock.now(), is_cold.swap(false, Ordering::Relaxed));
        let deadline = i64::try_from(event.context.deadline).ok().and_then(DateTime::from_timestamp_millis);
        let counts = Counts::default();
        let deadline = deadline.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let invocation = Invocation { payload: event.payload, deadline, counts: counts.clone() };
        let request_id = event.context.request_id.as_str();
        // Boxed: the SDK's futures are nested too deeply for the compiler to lay them out in one piece.
        let handling: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(handle(handler, invocation));
        let work = Work::default();
        let result = if own_traces.is_some() { work.during(handling).await } else { handling.await };
        let result = result.map_err(|error| {
            let message = error_chain(&error);
            tracing::error!(request_id, error = message, "the invocation failed");
            Diagnostic { error_type: short_type_name::<E>(), error_message: message }
        });
        let outcome = if result.is_ok() { InvocationOutcome::Ok } else { InvocationOutcome::Failed };
        let ended = clock.now();
        let took = (ended - began).num_milliseconds();
        let line = InvocationLine::new((function, request_id), outcome, took, cold, &counts);
        line.write();
        if let Some(own_traces) = own_traces {
            let error = result.as_ref().err().map(|failed: &Diagnostic| failed.error_type.as_str());
            let invoked = Invoked { request_id, began, ended, cold, error, counts: line.counts() };
            // Without its type, for the same reason.
            let sending: Pin<Box<dyn Future<Output = ()> + '_>> = Box::pin(own_traces.send(&invoked, &work, deadline));
            sending.await;
        }
        result
    }))
    .await
}

fn context(environment: Environment) -> Result<Context, Failure> {
    let http = crate::http::client()?;
    let aws = crate::aws::from_environment(&environment, http.clone())?;
    Ok(Context { environment, http, aws, clock: Arc::new(SystemClock) })
}

fn own_traces(context: &Context, function: &str) -> Result<Option<OwnTraces>, Failure> {
    let Context { environment, http, aws, clock } = context;
    Ok(OwnTraces::read(environment, aws, http.clone(), clock.clone(), function)?)
}

fn short_type_name<T>() -> String {
    let name = std::any::type_name::<T>();
    name.rsplit("::").next().unwrap_or(name).to_owned()
}
