//! The bill of a run of journeys: what each of its parts costs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::cpu::Cpu;
use super::hour::Run;
use super::pipeline::{Done, Journeys};
use super::traffic::Class;
use crate::Failure;
use crate::billing::{Billing, dynamodb, real, requests};
use crate::cpu::Cpu as MetricsCpu;
use crate::events::{Metric, event, of_every_series};
use crate::functions::Function;
use crate::metered::Meter;
use crate::pipeline::Work;
use crate::prices::Prices;
use crate::template::Template;
use crate::units::Units;

/// What was measured before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// The CPU of journeys' functions.
    pub(crate) cpu: Cpu,
    /// The CPU of the others.
    pub(crate) metrics: MetricsCpu,
    /// What a million attribute events cost without journeys.
    pub(crate) million_attributes: f64,
}

/// Parts of a bill, in US dollars.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bill {
    lambda: f64,
    dynamodb: f64,
    eventbridge: f64,
}

impl Bill {
    pub(super) fn all(self) -> f64 {
        self.lambda + self.dynamodb + self.eventbridge
    }

    /// The whole of `n` of it, each.
    pub(super) fn times(self, n: f64) -> Self {
        Self { lambda: self.lambda * n, dynamodb: self.dynamodb * n, eventbridge: self.eventbridge * n }
    }

    pub(super) fn show(self) -> String {
        let Self { lambda, dynamodb, eventbridge } = self;
        let parts = [("EventBridge", eventbridge), ("Lambda", lambda), ("DynamoDB", dynamodb)];
        let parts = parts.into_iter().filter(|(_, dollars)| *dollars > 0.0);
        let parts: Vec<_> = parts.map(|(name, dollars)| format!("{name} ${dollars:.2}")).collect();
        format!("${:.2} ({})", self.all(), parts.join(", "))
    }
}

/// A run, with what it is priced by.
pub(super) struct Priced<'a> {
    pub(super) template: &'a Template,
    pub(super) prices: &'a Prices,
    pub(super) measured: Measured,
    pub(super) run: &'a Run,
}

impl Priced<'_> {
    fn billing(&self, function: Function) -> Billing<'_> {
        Billing::of(function, self.template, self.prices)
    }

    /// One event of a class, in `span-collector`.
    pub(super) fn collected(&self, work: &Work, cpu: Duration) -> Bill {
        let billing = self.billing(Function::SpanCollector);
        let milliseconds = billing.milliseconds(cpu, requests(work), 0.0);
        Bill {
            lambda: billing.invocations(1.0, milliseconds),
            dynamodb: dynamodb(work.meter.units, self.prices) / real(work.invocations.max(1) as u64),
            eventbridge: self.prices.eventbridge.million_events / 1e6,
        }
    }

    pub(super) fn assembler_cpu(&self) -> Duration {
        self.measured.cpu.assembler_request.mul_f64(requests(&self.run.done.assembler))
    }

    /// One fact, in `journey-assembler`.
    pub(super) fn assembled(&self) -> Bill {
        let work = &self.run.done.assembler;
        let billing = self.billing(Function::JourneyAssembler);
        let milliseconds = billing.milliseconds(self.assembler_cpu(), requests(work), 0.0);
        let facts = real(self.run.done.facts.max(1) as u64);
        Bill {
            lambda: billing.invocations(real(work.invocations as u64), milliseconds) / facts,
            dynamodb: dynamodb(work.meter.units, self.prices) / facts,
            eventbridge: 0.0,
        }
    }

    /// One journey, in `journey-settler`: whatever it does beside looking whether there is something to do.
    pub(super) fn settled(&self) -> Bill {
        let Run { done, journeys, told, .. } = self.run;
        let work = &done.settler;
        let billing = self.billing(Function::JourneySettler);
        // Each revision is told on the bus and sent to Datadog.
        let runs = real(work.invocations.max(1) as u64);
        let revisions = real(done.settled as u64) / runs;
        let requests = requests(work) + revisions;
        let cpu = self.measured.cpu.settler_request.mul_f64(requests + revisions);
        let milliseconds = billing.milliseconds(cpu, requests, revisions);
        let journeys = real((*journeys).max(1));
        Bill {
            lambda: billing.invocations(runs, milliseconds) / journeys,
            dynamodb: dynamodb(work.meter.units, self.prices) / journeys,
            eventbridge: self.prices.eventbridge.million_events / 1e6 * real(*told) / journeys,
        }
    }

    /// One run of the settler that finds nothing.
    pub(super) fn idle(&self) -> Bill {
        let work = &self.run.done.idle;
        let billing = self.billing(Function::JourneySettler);
        let milliseconds = billing.milliseconds(self.measured.cpu.idle, requests(work), 0.0);
        Bill {
            lambda: billing.invocations(1.0, milliseconds),
            dynamodb: dynamodb(work.meter.units, self.prices) / real(work.invocations.max(1) as u64),
            eventbridge: 0.0,
        }
    }

    /// The GB that are stored for one fact, by the month.
    pub(super) fn kept_gb(&self) -> f64 {
        let facts = real(self.run.done.facts.max(1) as u64);
        real(self.run.stored_bytes) / facts / 1e9 * real(self.template.retention_days) / 30.0
    }

    /// What that costs.
    pub(super) fn kept(&self) -> f64 {
        self.kept_gb() * (self.prices.dynamodb.gb_month + self.prices.dynamodb.backup_gb_month)
    }

    /// What telling one new metric costs more than counting it alone, in `flow-metrics`.
    pub(super) async fn attribute(&self) -> Result<f64, Failure> {
        let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
        let with = one_new(Journeys::new(start, self.template, 1).await?, start).await?;
        let without = one_new(Journeys::new(start, self.template, 1).await?.without_correlations(), start).await?;
        let billing = self.billing(Function::FlowMetrics);
        let time = |cpu, meter: &Meter| billing.time(billing.milliseconds(cpu, real(meter.all()), 0.0));
        let metrics = self.measured.metrics;
        let units = Units { read: with.units.read - without.units.read, write: with.units.write - without.units.write };
        Ok(time(metrics.one_new_for_journeys, &with) - time(metrics.one_new, &without) + dynamodb(units, self.prices))
    }

    /// What one invocation asks for, and how long it takes.
    pub(super) fn shown(&self, work: &Work, function: Function, cpu: Duration) -> String {
        let each = |all: f64| all / real(work.invocations.max(1) as u64);
        let milliseconds = self.billing(function).milliseconds(cpu, requests(work), 0.0);
        format!(
            "{milliseconds} ms, {:.2} requests, {:.2} write and {:.2} read units",
            requests(work),
            each(work.meter.units.write),
            each(work.meter.units.read),
        )
    }
}

/// What an event with one new metric asks for, once all series are known.
async fn one_new(mut journeys: Journeys, start: DateTime<Utc>) -> Result<Meter, Failure> {
    for event in of_every_series(1, start) {
        journeys.take(Class::Attributes, &event).await?;
    }
    journeys.done = Done::default();
    let at = start - TimeDelta::seconds(1);
    journeys.take(Class::Attributes, &event(2, start, &[Metric { series: 0, at }])).await?;
    Ok(journeys.done.attributes.meter)
}
