//! The CPU time of journeys' functions, in their own processes.

use std::time::Duration;

use chrono::TimeDelta;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_corpus::reading::CORRELATIONS;
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;
use serde_json::json;

use super::traffic::{Class, hour};
use crate::binaries::Binaries;
use crate::deployed::Function;
use crate::process::{self, cpu_of};
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::{each, show};

/// The CPU time of invocations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// Of an event of Genesys, in `span-collector`.
    pub(crate) genesys: Duration,
    /// Of a span of another system, in `span-collector`.
    pub(crate) span: Duration,
    /// Of each request of `journey-assembler`, including all other work.
    pub(crate) assembler_request: Duration,
    /// The same for `journey-settler`.
    pub(crate) settler_request: Duration,
    /// Of `journey-settler` when nothing is due.
    pub(crate) idle: Duration,
}

/// The number of settler runs without due journeys.
const IDLE: usize = 20;

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<Cpu, Failure> {
    let mut section = Section::new("CPU of journeys");
    let world = process::world().await?;
    // Long enough ago for every journey to be due, even with open spans.
    let events = hour(effort.journeys, SystemClock.now() - TimeDelta::hours(30));
    let flow_metrics = process::function(&binaries.of(Function::FLOW_METRICS), &world);
    let flow_metrics = flow_metrics.set("CORRELATION_ATTRIBUTES", CORRELATIONS).start().await?;
    let collector = process::started(&binaries.of(Function::SPAN_COLLECTOR), &world).await?;
    let mut taken = [(Duration::ZERO, 0); 2];
    for event in &events {
        let (used, count) = match event.class {
            Class::Attributes => {
                process::take(&flow_metrics, &event.json).await?;
                continue;
            }
            Class::Genesys => &mut taken[0],
            Class::Span => &mut taken[1],
        };
        let before = cpu_of(collector.pid())?;
        process::take(&collector, &event.json).await?;
        *used += cpu_of(collector.pid())? - before;
        *count += 1;
    }
    let [genesys, span] = taken.map(|(all, n)| each(all, n));

    let assembler = process::started(&binaries.of(Function::JOURNEY_ASSEMBLER), &world).await?;
    let records = process::facts(world.engine());
    let batches: Vec<_> = records.chunks(1).map(process::batch).take(effort.events).collect();
    let assembler_request = of_request(&assembler, &world, &batches).await?;

    let settler = process::started(&binaries.of(Function::JOURNEY_SETTLER), &world).await?;
    let wake = json!({ "detail-type": "Scheduled Event" }).to_string();
    let settler_request = of_request(&settler, &world, std::slice::from_ref(&wake)).await?;
    let idle = process::cpu(&settler, &vec![wake; IDLE]).await?;
    let cpu = Cpu { genesys, span, assembler_request, settler_request, idle };
    for (what, cpu) in [
        ("an event of Genesys: `span-collector`", cpu.genesys),
        ("a `Cxtrace Span` of another system: `span-collector`", cpu.span),
        ("each request of `journey-assembler`, with all other work", cpu.assembler_request),
        ("each request of `journey-settler`, with all other work", cpu.settler_request),
        ("a run of `journey-settler` in which nothing is due", cpu.idle),
    ] {
        section.row(what, show(cpu));
    }
    section.how(format!(
        "A mean over an hour of the corpus in which {} journeys begin: {} events. The processes make real requests, over \
         HTTP without TLS.",
        effort.journeys,
        events.len(),
    ));
    report.add(section);
    Ok(cpu)
}

/// The CPU time of `process` for `events`, by the request that it makes.
async fn of_request(process: &Process, world: &Endpoints, events: &[String]) -> Result<Duration, Failure> {
    let (before, requests) = (cpu_of(process.pid())?, process::requests(world));
    for event in events {
        process::take(process, event).await?;
    }
    let made = process::requests(world) - requests;
    Ok(each(cpu_of(process.pid())? - before, usize::try_from(made)?))
}
