//! What every measurement needs: the functions' binaries, how they are deployed, what AWS charges, and the report.

use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;

use crate::binaries::Binaries;
use crate::deployed::{Function, Template};
use crate::prices::Prices;
use crate::process;
use crate::report::Report;
use crate::run::{Effort, Failure};

#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) binaries: Binaries,
    pub(crate) template: Template,
    pub(crate) prices: Prices,
    pub(crate) effort: Effort,
    pub(crate) report: Report,
}

impl Bench {
    /// A process of `function` in `world` that waits for its first event.
    pub(crate) async fn start(&self, function: Function, world: &Endpoints) -> Result<Process, Failure> {
        process::started(process::function(&self.binaries.of(function), world)).await
    }

    /// A process of `flow-metrics` that stores nothing for journeys.
    pub(crate) async fn start_without_journeys(&self, world: &Endpoints) -> Result<Process, Failure> {
        let function = process::function(&self.binaries.of(Function::FLOW_METRICS), world);
        process::started(function.unset("CORRELATION_TABLE")).await
    }
}
