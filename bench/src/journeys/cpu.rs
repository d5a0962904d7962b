//! The CPU of journeys' functions, in their own processes.

use std::time::Duration;

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_corpus::reading::CORRELATIONS;
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;
use serde_json::json;

use super::traffic::{Class, hour};
use crate::binaries::Binaries;
use crate::clock::cpu_of;
use crate::functions::Function;
use crate::report::{Report, Section};
use crate::stats::{each, show};
use crate::{Effort, Failure, process};

/// The CPU of invocations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// Of an event of Genesys, in `span-collector`.
    pub(crate) genesys: Duration,
    /// Of a span of another system, in `span-collector`.
    pub(crate) span: Duration,
    /// Of each request that `journey-assembler` makes, with all that it does besides.
    pub(crate) assembler_request: Duration,
    /// The same of `journey-settler`.
    pub(crate) settler_request: Duration,
    /// Of `journey-settler` when nothing is due.
    pub(crate) idle: Duration,
}

/// How often the settler is woken for nothing.
const IDLE: usize = 20;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<Cpu, Failure> {
    let mut section = Section::new("CPU of journeys");
    section.means("What journeys cost in computing: the whole process of a function, by what it is woken for.");
    let world = process::world().await?;
    // Long enough ago for everything to be due, open spans too.
    let events = hour(effort.journeys, SystemClock.now() - TimeDelta::hours(30));
    let mut cpu = Cpu::default();

    let flow_metrics = process::function(&binaries.of(Function::FlowMetrics), &world);
    let flow_metrics = flow_metrics.set("CORRELATION_ATTRIBUTES", CORRELATIONS).start().await?;
    let collector = process::started(&binaries.of(Function::SpanCollector), &world).await?;
    let mut taken = [(Duration::ZERO, 0); 2];
    for event in &events {
        let of = match event.class {
            Class::Attributes => {
                process::take(&flow_metrics, &event.json).await?;
                continue;
            }
            Class::Genesys => &mut taken[0],
            Class::Span => &mut taken[1],
        };
        let before = cpu_of(collector.pid())?;
        process::take(&collector, &event.json).await?;
        of.0 += cpu_of(collector.pid())? - before;
        of.1 += 1;
    }
    [cpu.genesys, cpu.span] = taken.map(|(all, n)| each(all, n));
    section.row("an event of Genesys: `span-collector`", show(cpu.genesys));
    section.row("a `Cxtrace Span` of another system: `span-collector`", show(cpu.span));

    let assembler = process::started(&binaries.of(Function::JourneyAssembler), &world).await?;
    let records = process::facts(world.engine());
    let batches: Vec<_> = records.chunks(1).map(process::batch).take(effort.events).collect();
    let one = work(&assembler, &world, &batches).await?;
    let batches: Vec<_> = records.chunks(20).map(process::batch).take(effort.events / 10).collect();
    let many = work(&assembler, &world, &batches).await?;
    section.row("a batch of 1 fact: `journey-assembler`", one.show());
    section.row("a batch of 20 facts: `journey-assembler`", many.show());
    cpu.assembler_request = one.of_request();

    let settler = process::started(&binaries.of(Function::JourneySettler), &world).await?;
    let wake = json!({ "detail-type": "Scheduled Event" }).to_string();
    let all = work(&settler, &world, std::slice::from_ref(&wake)).await?;
    section.row("a run in which all journeys of an hour are due: `journey-settler`", all.show());
    cpu.settler_request = all.of_request();
    let idle = work(&settler, &world, &vec![wake; IDLE]).await?;
    section.row("a run in which nothing is due: `journey-settler`", idle.show());
    cpu.idle = each(idle.cpu, idle.invocations);
    section.how(format!(
        "Each figure is a mean over an hour of made-up stories in which {} journeys begin and {} things happen that \
         belong to none: {} events. The processes make real requests, over HTTP without TLS, and get their events from \
         a Runtime API.",
        effort.journeys,
        effort.journeys * 7 / 10,
        events.len(),
    ));
    report.add(section);
    Ok(cpu)
}

struct Work {
    cpu: Duration,
    invocations: usize,
    requests: u64,
}

impl Work {
    fn of_request(&self) -> Duration {
        each(self.cpu, usize::try_from(self.requests).unwrap_or(usize::MAX))
    }

    fn show(&self) -> String {
        let requests = crate::billing::real(self.requests) / crate::billing::real(self.invocations as u64);
        format!(
            "{}, with {requests:.1} requests: {} for each",
            show(each(self.cpu, self.invocations)),
            show(self.of_request())
        )
    }
}

/// What `process` does for `events`.
async fn work(process: &Process, world: &Endpoints, events: &[String]) -> Result<Work, Failure> {
    let requests = || world.requests().values().sum::<u64>();
    let (before, asked) = (cpu_of(process.pid())?, requests());
    for event in events {
        process::take(process, event).await?;
    }
    let cpu = cpu_of(process.pid())? - before;
    Ok(Work { cpu, invocations: events.len(), requests: requests() - asked })
}
