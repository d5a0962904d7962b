//! The embedded engine below the AWS SDK, with a meter: it counts requests and their capacity units, and measures the
//! engine's own CPU time separately.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use cxtrace::engine::{Engine, answer, operation};
use cxtrace_tests::connector::Respond;
use rustix::time::{ClockId, clock_gettime};

use crate::run::Failure;
use crate::stats::real;
use crate::units::{self, Units};

/// The CPU time of this thread, user and system.
pub(crate) fn thread_cpu() -> Duration {
    // CPU time is never negative.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// An engine with a meter.
#[derive(Debug, Clone)]
pub(crate) struct Metered {
    engine: Engine,
    meter: Arc<Mutex<Meter>>,
}

/// The requests and their cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    pub(crate) requests: u64,
    /// Their capacity units.
    pub(crate) units: Units,
    /// The CPU time of the engine and of this meter.
    pub(crate) engine: Duration,
}

/// The work of a function.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    /// The number of invocations.
    pub(crate) invocations: u64,
    /// Its requests.
    pub(crate) meter: Meter,
    /// Its CPU time, without the engine's.
    pub(crate) cpu: Duration,
}

impl Work {
    /// Adds another work.
    pub(crate) fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.meter.requests += other.meter.requests;
        self.meter.units.read += other.meter.units.read;
        self.meter.units.write += other.meter.units.write;
        self.cpu += other.cpu;
    }

    /// The requests of one invocation, on average.
    pub(crate) fn requests(&self) -> f64 {
        real(self.meter.requests) / real(self.invocations.max(1))
    }
}

impl Metered {
    /// `engine` with an empty meter.
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, meter: Arc::default() }
    }

    /// Runs one invocation. Returns its result and its work.
    pub(crate) async fn invoke<T, E: Into<Failure>>(
        &self,
        invocation: impl Future<Output = Result<T, E>>,
    ) -> Result<(T, Work), Failure> {
        *self.meter() = Meter::default();
        let begun = thread_cpu();
        let done = Box::pin(invocation).await.map_err(Into::into)?;
        let cpu = thread_cpu() - begun;
        let meter = std::mem::take(&mut *self.meter());
        let cpu = cpu.saturating_sub(meter.engine);
        Ok((done, Work { invocations: 1, meter, cpu }))
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Respond for Metered {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        let begun = thread_cpu();
        let operation = operation(&request).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, answered, units) = units::execute(&self.engine, &operation, body);
        let mut meter = self.meter();
        meter.requests += 1;
        meter.units.read += units.read;
        meter.units.write += units.write;
        meter.engine += thread_cpu() - begun;
        HttpConnectorFuture::ready(answer(status, answered))
    }
}
