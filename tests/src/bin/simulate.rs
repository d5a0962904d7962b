//! Plays many worlds, or one again: `cargo run --release -p cxtrace-tests --bin simulate -- --help`.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use cxtrace_tests::sim::{KINDS, Mutation, play_all};

/// Simulates the whole pipeline under every fault and compares what Datadog holds with what was set.
///
/// Exit code 0: every count is exact. 1: a count is wrong, or a fault never happened.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// How many worlds to play
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first world's seed
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Play this world only
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// How many events each world has
    #[arg(long, default_value_t = 40)]
    events: u32,
    /// How many threads to use
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Break the design on purpose: write the seen set before the occurrences
    #[arg(long)]
    seen_first: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.first..arguments.first + arguments.seeds,
    };
    let single = arguments.seed.is_some();
    let all = seeds.end - seeds.start;
    eprintln!("{all} worlds of {} events, seeds {} to {}", arguments.events, seeds.start, seeds.end - 1);
    let mutation = arguments.seen_first.then_some(Mutation::SeenFirst);
    let sum = play_all(seeds, arguments.events, mutation, arguments.threads, |played| {
        if played % 100 == 0 {
            eprint!("\r{played} of {all}");
            let _ = std::io::stderr().flush();
        }
    });
    eprintln!();
    for kind in KINDS {
        println!("{:>10}  {kind}", sum.counters.count(kind));
    }
    println!(
        "\n{} worlds, {} distinct attributes: {} counts wrong, {} doubled of {} reported as uncertain",
        sum.worlds, sum.distinct, sum.wrong, sum.doubled, sum.uncertain
    );
    for (seed, faults) in &sum.failures {
        println!("seed {seed}:");
        for fault in faults {
            println!("  {fault}");
        }
    }
    let never = if single { Vec::new() } else { sum.counters.never(&KINDS) };
    for kind in &never {
        println!("never happened: {kind}");
    }
    if sum.failures.is_empty() && never.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
