//! The embedded engine below the AWS SDK, with a meter: it counts requests and their capacity units, and measures the
//! engine's own CPU time separately.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use cxtrace::engine::{Engine, answer, operation};
use rustix::time::{ClockId, clock_gettime};

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
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    /// The number of requests of each operation.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Their capacity units.
    pub(crate) units: Units,
    /// The CPU time of the engine and of this meter.
    pub(crate) engine: Duration,
}

impl Meter {
    /// The number of all requests.
    pub(crate) fn all(&self) -> u64 {
        self.requests.values().sum()
    }
}

impl std::ops::AddAssign<&Self> for Meter {
    fn add_assign(&mut self, other: &Self) {
        for (operation, count) in &other.requests {
            *self.requests.entry(operation.clone()).or_default() += count;
        }
        self.units.read += other.units.read;
        self.units.write += other.units.write;
        self.engine += other.engine;
    }
}

impl Metered {
    /// `engine` with an empty meter.
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, meter: Arc::default() }
    }

    /// The requests since the last call.
    pub(crate) fn take(&self) -> Meter {
        std::mem::take(&mut *self.meter())
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Metered {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Metered {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let begun = thread_cpu();
        let operation = operation(&request).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, answered, units) = units::execute(&self.engine, &operation, body);
        let mut meter = self.meter();
        *meter.requests.entry(operation).or_default() += 1;
        meter.units.read += units.read;
        meter.units.write += units.write;
        meter.engine += thread_cpu() - begun;
        HttpConnectorFuture::ready(answer(status, answered))
    }
}
