//! Plays many worlds, or one again: `cargo run --release -p cxtrace-tests --bin simulate -- --help`.

use std::io::Write;
use std::ops::Range;
use std::process::ExitCode;

use clap::Parser;
use cxtrace_tests::sim::{COVERAGE, Counters, Mutation, journeys, run_all};

/// Simulates the whole pipeline under every fault and compares the counts in Datadog with the truth.
///
/// Exit code 0: all counts are exact, or all journeys are correct. 1: one is wrong, or a fault never happened.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// How many worlds to play
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first world's seed
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Simulates only this world
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// How many events each world has
    #[arg(long, default_value_t = 40)]
    events: u32,
    /// How many threads to use
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Inject this defect, to see that the simulation notices it
    #[arg(long, value_enum)]
    mutation: Option<Broken>,
    /// Simulates journeys instead, and compares them with journeys assembled from all facts at once
    #[arg(long, conflicts_with_all = ["events", "mutation"])]
    journeys: bool,
}

/// How the design is broken.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Broken {
    /// The seen set is written before the occurrences
    SeenFirst,
    /// A started carry counts as finished
    CarryNotFinished,
    /// Nothing sweeps the table
    NoSweep,
    /// Two consumers share a shard
    SplitShard,
    /// Each instance divides series into another number of parts
    UnstableParts,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.first..arguments.first + arguments.seeds,
    };
    let single = arguments.seed.is_some();
    let all = seeds.end - seeds.start;
    if arguments.journeys {
        eprintln!("{all} worlds of journeys, seeds {} to {}", seeds.start, seeds.end - 1);
        return play_journeys(seeds, arguments.threads, single);
    }
    eprintln!("{all} worlds of {} events, seeds {} to {}", arguments.events, seeds.start, seeds.end - 1);
    let mutation = arguments.mutation.map(|broken| match broken {
        Broken::SeenFirst => Mutation::SeenFirst,
        Broken::CarryNotFinished => Mutation::CarryNotFinished,
        Broken::NoSweep => Mutation::NoSweep,
        Broken::SplitShard => Mutation::SplitShard,
        Broken::UnstableParts => Mutation::UnstableParts,
    });
    let summary = run_all(seeds, arguments.events, mutation, arguments.threads, |played| {
        if played % 100 == 0 {
            eprint!("\r{played} of {all}");
            let _ = std::io::stderr().flush();
        }
    });
    eprintln!();
    report(&COVERAGE, &summary.counters);
    println!(
        "\n{} worlds, {} distinct attributes: {} counts wrong, {} doubled of {} reported as uncertain",
        summary.worlds, summary.distinct, summary.wrong, summary.doubled, summary.uncertain
    );
    end(&summary.failures, &if single { Vec::new() } else { summary.counters.never(&COVERAGE) })
}

fn play_journeys(seeds: Range<u64>, threads: usize, single: bool) -> ExitCode {
    let summary = journeys::run_all(seeds, None, threads);
    report(&journeys::COVERAGE, &summary.counters);
    println!(
        "\n{} worlds, {} journeys of {} facts: {} worlds wrong",
        summary.worlds,
        summary.journeys,
        summary.facts,
        summary.failures.len()
    );
    end(&summary.failures, &if single { Vec::new() } else { summary.counters.never(&journeys::COVERAGE) })
}

fn report(kinds: &[&'static str], counters: &Counters) {
    for kind in kinds {
        println!("{:>10}  {kind}", counters.count(kind));
    }
}

fn end(failures: &[(u64, Vec<String>)], never: &[&str]) -> ExitCode {
    for (seed, faults) in failures {
        println!("seed {seed}:");
        for fault in faults {
            println!("  {fault}");
        }
    }
    for kind in never {
        println!("never happened: {kind}");
    }
    if failures.is_empty() && never.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
