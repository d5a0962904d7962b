//! Measures Cxtrace's speed, size and cost, as the documents claim them, and writes `docs/performance.md`.
//!
//!     cargo run --release -p bench            all of it: about ten minutes, once everything is built
//!     cargo run --release -p bench -- --quick smaller numbers, to see that it works; writes nothing
//!     cargo run --release -p bench -- --attack what an attack on journeys costs others; writes nothing
//!
//! Compare figures of one run only with each other: machines differ, and so does the same machine from hour to hour.

mod billing;
mod binaries;
mod cost;
mod cpu;
mod deployed;
mod events;
mod journeys;
mod latency;
mod memory;
mod metered;
mod pipeline;
mod prices;
mod process;
mod report;
mod run;
mod scale;
mod size;
mod start;
mod stats;
mod stream;
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

    /// Measure only what an attack on journeys costs others; print the results and write no document
    #[arg(long)]
    attack: bool,

    /// Build nothing, and measure the functions as they were built before
    #[arg(long)]
    without_builds: bool,
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
    if arguments.attack {
        let binaries = if arguments.without_builds { Binaries::built()? } else { Binaries::build()? };
        let mut report = Report::new(SystemClock.now().date_naive())?;
        return journeys::attack::measure(&binaries, &mut report).await;
    }
    if cfg!(debug_assertions) {
        return Err("This is an unoptimised build. Use: cargo run --release -p bench".into());
    }
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let prices = prices::Prices::read()?;
    let template = deployed::Template::read()?;
    let binaries = if arguments.without_builds { Binaries::built()? } else { Binaries::build()? };
    let date = arguments.date.unwrap_or_else(|| SystemClock.now().date_naive());
    let mut report = Report::new(date)?;

    start::measure(&binaries, effort, &mut report).await?;
    tls::measure(&binaries, effort, &mut report)?;
    memory::measure(&binaries, effort, &mut report).await?;
    journeys::memory::measure(&binaries, effort, &mut report).await?;
    size::measure(&binaries, &mut report)?;
    throughput::measure(effort, &mut report)?;
    latency::measure(&binaries, &template, effort, &mut report).await?;
    process::apart(async || scale::measure(&binaries, effort, &mut report).await)?;
    let cpu = cpu::measure(&binaries, effort, &mut report).await?;
    let million = cost::measure(&cpu, &template, &prices, effort, &mut report).await?;

    journeys::latency::measure(&binaries, &template, effort, &mut report).await?;
    journeys::one::measure(&binaries, &template, effort, &mut report).await?;
    journeys::attack::measure(&binaries, &mut report).await?;
    process::apart(async || journeys::many::measure(&binaries, &template, effort, &mut report).await)?;
    let journeys_cpu = journeys::cpu::measure(&binaries, effort, &mut report).await?;
    let measured = journeys::bill::Measured { cpu: journeys_cpu, metrics: cpu, million_attributes: million };
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
