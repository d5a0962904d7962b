//! Measures Cxtrace's speed, size and cost, as the documents claim them, and writes `docs/performance.md`.
//!
//!     cargo run --release -p bench                    all of it: about ten minutes, once everything is built
//!     cargo run --release -p bench -- --quick         smaller numbers, to see that it works; writes nothing
//!     cargo run --release -p bench -- --only attack   what an attack on journeys costs others; writes nothing
//!     cargo run --release -p bench -- --only start    how long functions take to start; writes nothing
//!     cargo run --release -p bench -- --only traces   what spans of OpenTelemetry cost; writes nothing
//!
//! Compare figures of one run only with each other: machines differ, and so does the same machine from hour to hour.

mod attack;
mod bench;
mod billing;
mod binaries;
mod conversations;
mod cost;
mod cpu;
mod deployed;
mod events;
mod explorer;
mod growth;
mod journey_cost;
mod journey_lists;
mod latency;
mod memory;
mod metered;
mod one_journey;
mod page;
mod pipeline;
mod prices;
mod process;
mod report;
mod run;
mod size;
mod start;
mod stats;
mod stream;
mod throughput;
mod tls;
mod traces;
mod traffic;
mod units;

use std::path::PathBuf;
use std::process::ExitCode;

use bench::Bench;
use binaries::Binaries;
use chrono::NaiveDate;
use clap::{Parser, ValueEnum};
use cxtrace_clock::{Clock, SystemClock};
use journey_cost::Measured;
use report::Report;
use run::{Effort, Failure};

/// Measures Cxtrace and writes docs/performance.md: start, size, memory and CPU of the functions, throughput, latency,
/// growth, cost on AWS, and the Journey Explorer in a browser if there is one.
#[derive(Debug, Parser)]
struct Arguments {
    /// Measure less of everything, to check that it works; print the results and write no document
    #[arg(long)]
    quick: bool,

    /// The date of the run [default: today]
    #[arg(long)]
    date: Option<NaiveDate>,

    /// Where to write the document
    #[arg(long, default_value = "docs/performance.md")]
    output: PathBuf,

    /// Make only this measurement; print the results and write no document
    #[arg(long)]
    only: Option<Only>,

    /// Build nothing, and measure the functions as they were built before
    #[arg(long)]
    without_builds: bool,
}

/// A measurement that can be made alone.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Only {
    /// What an attack on journeys costs others
    Attack,
    /// The time from the start of a process to its request for the first event
    Start,
    /// What spans of OpenTelemetry cost
    Traces,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", cxtrace_error_chain::error_chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    if cfg!(debug_assertions) && !arguments.quick {
        return Err("This is an unoptimised build. Use: cargo run --release -p bench".into());
    }
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let (prices, template) = (prices::Prices::read()?, deployed::Template::read()?);
    let binaries = if arguments.without_builds { Binaries::built()? } else { Binaries::build()? };
    let date = arguments.date.unwrap_or_else(|| SystemClock.now().date_naive());
    let mut bench = Bench { binaries, template, prices, effort, report: Report::new(date)? };
    let bench = &mut bench;

    match arguments.only {
        Some(Only::Attack) => return attack::measure(bench).await,
        Some(Only::Start) => return start::measure(bench).await,
        Some(Only::Traces) => return traces::measure(bench).await,
        None => {}
    }

    start::measure(bench).await?;
    tls::measure(bench)?;
    memory::measure(bench).await?;
    size::measure(bench)?;
    throughput::measure(bench)?;
    latency::attributes(bench).await?;
    process::apart(async || conversations::measure(bench).await)?;
    let metrics = cpu::metrics(bench).await?;
    let million_attributes = cost::measure(bench, &metrics).await?;

    latency::journeys(bench).await?;
    one_journey::measure(bench).await?;
    attack::measure(bench).await?;
    process::apart(async || journey_lists::measure(bench).await)?;
    let journeys = cpu::journeys(bench).await?;
    journey_cost::measure(bench, Measured { metrics, journeys, million_attributes }).await?;
    traces::measure(bench).await?;
    page::measure(bench)?;

    if arguments.quick {
        println!("\nNothing is written: a quick run shows that it works, not how fast it is.");
    } else {
        std::fs::write(&arguments.output, bench.report.markdown())
            .map_err(|error| format!("{} cannot be written: {error}", arguments.output.display()))?;
        println!("\nWritten: {}", arguments.output.display());
    }
    Ok(())
}
