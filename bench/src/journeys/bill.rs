//! The cost of each part of a run of journeys, in US dollars.

use std::time::Duration;

use super::cpu::Cpu;
use super::hour::HourRun;
use crate::billing::{Billing, dynamodb, real, requests};
use crate::cpu::Cpu as MetricsCpu;
use crate::deployed::{Function, Template};
use crate::pipeline::Work;
use crate::prices::Prices;
use crate::run::Failure;

/// The earlier measurements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// The CPU time of journeys' functions.
    pub(crate) cpu: Cpu,
    /// The CPU time of the other functions.
    pub(crate) metrics: MetricsCpu,
    /// The cost of a million attribute events without journeys.
    pub(crate) million_attributes: f64,
}

/// A run, with its prices.
pub(super) struct Priced<'a> {
    pub(super) template: &'a Template,
    pub(super) prices: &'a Prices,
    pub(super) cpu: Cpu,
    pub(super) run: &'a HourRun,
}

impl Priced<'_> {
    /// All invocations of `function`: `cpu` for each, this many requests and submissions to Datadog, and the units.
    fn all(&self, function: Function, work: &Work, cpu: Duration, extra: f64, datadog: f64) -> Result<f64, Failure> {
        let billing = Billing::of(function, self.template, self.prices)?;
        let milliseconds = billing.milliseconds(cpu, requests(work) + extra, datadog);
        Ok(billing.invocations(real(work.invocations as u64), milliseconds) + dynamodb(work.meter.units, self.prices))
    }

    /// One event of a class, in `span-collector`.
    pub(super) fn collected(&self, work: &Work, cpu: Duration) -> Result<f64, Failure> {
        let all = self.all(Function::SPAN_COLLECTOR, work, cpu, 0.0, 0.0)?;
        Ok(all / real(work.invocations.max(1) as u64) + self.prices.of("eventbridge", "million_events") / 1e6)
    }

    /// One fact, in `journey-assembler`.
    pub(super) fn assembled(&self) -> Result<f64, Failure> {
        let work = &self.run.done.assembler;
        let cpu = self.cpu.assembler_request.mul_f64(requests(work));
        let all = self.all(Function::JOURNEY_ASSEMBLER, work, cpu, 0.0, 0.0)?;
        Ok(all / real(self.run.done.facts.max(1) as u64))
    }

    /// One journey, in `journey-settler`, without the runs that find nothing.
    pub(super) fn settled(&self) -> Result<f64, Failure> {
        let HourRun { done, journeys, notified, .. } = self.run;
        let work = &done.settler;
        // Each revision is a request to the bus and one to Datadog.
        let revisions = real(done.settled as u64) / real(work.invocations.max(1) as u64);
        let cpu = self.cpu.settler_request.mul_f64(requests(work) + 2.0 * revisions);
        let all = self.all(Function::JOURNEY_SETTLER, work, cpu, revisions, revisions)?;
        let bus = self.prices.of("eventbridge", "million_events") / 1e6 * real(*notified);
        Ok((all + bus) / real((*journeys).max(1)))
    }

    /// One run of the settler that finds nothing.
    pub(super) fn idle(&self) -> Result<f64, Failure> {
        let work = &self.run.done.idle;
        Ok(self.all(Function::JOURNEY_SETTLER, work, self.cpu.idle, 0.0, 0.0)? / real(work.invocations.max(1) as u64))
    }

    /// One fact, stored with its journey's row and indexes until it expires.
    pub(super) fn stored(&self) -> Result<f64, Failure> {
        let facts = real(self.run.done.facts.max(1) as u64);
        let gb_months = real(self.run.stored_bytes) / facts / 1e9 * real(self.template.retention_days()?) / 30.0;
        let price = |name| self.prices.of("dynamodb", name);
        Ok(gb_months * (price("gb_month") + price("backup_gb_month")))
    }
}
