//! Measures what the documents claim of Cxtrace's speed, size and cost, and writes `docs/performance.md`.
//!
//!     cargo run --release -p bench            all of it: about half an hour
//!     cargo run --release -p bench -- --quick smaller numbers, to see that it works; writes nothing
//!
//! | what | module |
//! |---|---|
//! | process start, first HTTPS call | `start`, `tls` |
//! | CPU of an event | `cpu` |
//! | events a second | `throughput` |
//! | peak memory | `memory` |
//! | binaries and zips | `size` |
//! | from attribute to Datadog | `latency` |
//! | few and many conversations | `scale` |
//! | requests, capacity units and costs | `requests`, `units`, `billing`, `cost` |
//! | journeys: memory, CPU, growth, latency, costs, and the page in a browser | [`journeys`] |
//!
//! Figures of one run are comparable with each other and with no other run's: machines differ, and so does the
//! same machine from hour to hour.

mod billing;
mod binaries;
mod clock;
mod cost;
mod cpu;
mod events;
mod functions;
mod journeys;
mod latency;
mod machine;
mod memory;
mod metered;
mod pipeline;
mod prices;
mod process;
mod report;
mod requests;
mod scale;
mod size;
mod start;
mod stats;
mod stream;
mod template;
mod throughput;
mod tls;
mod units;

use std::path::PathBuf;
use std::process::ExitCode;

use binaries::Binaries;
use chrono::NaiveDate;
use clap::Parser;
use cxtrace_clock::{Clock, SystemClock};
use report::Report;

/// What stops a measurement: anything that goes wrong in it.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures Cxtrace and writes docs/performance.md: start, size, memory and CPU of all six functions, throughput,
/// latency, growth, what AWS asks for it, and the Journey Explorer in a browser if there is one.
#[derive(Debug, Parser)]
struct Arguments {
    /// Measure less of everything, only to see that it works; print and write no document.
    #[arg(long)]
    quick: bool,

    /// The date of the run, if it is not today's.
    #[arg(long)]
    date: Option<NaiveDate>,

    /// Where to write the document.
    #[arg(long, default_value = "docs/performance.md")]
    output: PathBuf,

    /// Leave out the comparison with a client with default TLS, which has to be built first.
    #[arg(long)]
    without_default_tls: bool,

    /// Build nothing: measure the functions as they were built before, and leave out default TLS.
    #[arg(long)]
    without_builds: bool,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// How often a process is started.
    pub(crate) starts: usize,
    /// How many events of a kind are timed.
    pub(crate) events: usize,
    /// How many conversations of generated traffic are run.
    pub(crate) conversations: u32,
    /// The few and the many conversations that a table already holds.
    pub(crate) held: [u32; 2],
    /// For how many events the stream's costs are simulated.
    pub(crate) stream: usize,
    /// How many journeys begin in an hour of stories.
    pub(crate) journeys: u32,
    /// How many facts one journey has.
    pub(crate) facts: [u64; 3],
    /// The few and the many journeys that a table already holds.
    pub(crate) listed: [u32; 2],
    /// How many spans the journeys have that are drawn in a browser.
    pub(crate) spans: &'static [u64],
}

impl Effort {
    const FULL: Self = Self {
        starts: 40,
        events: 2_000,
        conversations: 2_000,
        held: [1_000, 100_000],
        stream: 30_000,
        journeys: 300,
        facts: [10, 1_000, 50_000],
        listed: [1_000, 100_000],
        spans: &[1_000, 10_000, 100_000],
    };
    const QUICK: Self = Self {
        starts: 5,
        events: 100,
        conversations: 100,
        held: [100, 1_000],
        stream: 1_000,
        journeys: 20,
        facts: [10, 100, 2_000],
        listed: [1_000, 2_000],
        spans: &[1_000],
    };
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", cxtrace_lambda::report::chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        return Err("an unoptimised build measures nothing: cargo run --release -p bench".into());
    }
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let prices = prices::Prices::read()?;
    let template = template::Template::read()?;
    let binaries =
        if arguments.without_builds { Binaries::built()? } else { Binaries::build(!arguments.without_default_tls)? };
    let date = arguments.date.unwrap_or_else(|| SystemClock.now().date_naive());
    let mut report = Report::new(date, machine::Machine::read()?);

    start::measure(&binaries, effort, &mut report).await?;
    tls::measure(&binaries, effort, &mut report).await?;
    memory::measure(&binaries, effort, &mut report).await?;
    size::measure(&binaries, &mut report)?;
    let cpu = cpu::measure(&binaries, effort, &mut report).await?;
    throughput::measure(effort, &mut report).await?;
    latency::measure(&binaries, &template, &prices, effort, &mut report).await?;
    process::apart(async || scale::measure(&binaries, effort, &mut report).await)?;
    requests::measure(&mut report).await?;
    let million_attributes = cost::measure(&cpu, &template, &prices, effort, &mut report).await?;

    let measured = journeys::cpu::measure(&binaries, effort, &mut report).await?;
    journeys::latency::measure(&binaries, &template, &prices, effort, &mut report).await?;
    journeys::one::measure(&binaries, &template, effort, &mut report).await?;
    process::apart(async || journeys::many::measure(&binaries, &template, effort, &mut report).await)?;
    let measured = journeys::bill::Measured { cpu: measured, metrics: cpu, million_attributes };
    journeys::cost::measure(measured, &template, &prices, effort, &mut report).await?;
    journeys::page::measure(effort, &mut report)?;

    if arguments.quick {
        println!("\nNothing is written: a quick run shows that it works, not how fast it is.");
    } else {
        std::fs::write(&arguments.output, report.markdown())
            .map_err(|error| format!("{} cannot be written: {error}", arguments.output.display()))?;
        println!("\nWritten: {}", arguments.output.display());
    }
    Ok(())
}
