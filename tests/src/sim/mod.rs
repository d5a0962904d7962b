//! A deterministic simulation of the whole pipeline: the real handlers, store and clients over the embedded engine and
//! a Datadog on loopback, with every fault that the design mentions.
//!
//! A seed decides everything: the events, the faults, and the requests at which each function is interrupted by another
//! one or killed. At the end, Datadog's counts must match the attributes that were set.
//!
//! Faults are injected below the AWS SDK ([`dynamo`]) and below the HTTP client ([`datadog`]). Everything above is the
//! product.

pub mod actor;
pub mod check;
pub mod clock;
pub mod counters;
pub mod datadog;
pub mod dynamo;
pub mod faults;
pub mod journeys;
pub mod retry_queue;
pub mod run;
pub mod threads;
pub mod traffic;
pub mod world;

pub use check::CheckResult;
pub use counters::{Counters, METRIC_COVERAGE as COVERAGE};
pub use faults::Mutation;
pub use run::{Harness, Retrying, RunResult, Scenario};

use std::ops::Range;
use std::sync::Mutex;

use threads::on_threads;

/// How many worlds a test simulates: [`WORLDS_VARIABLE`] or 100.
///
/// # Panics
/// When the variable is set to something else than a number.
#[must_use]
pub fn simulated_worlds() -> u64 {
    let worlds = std::env::var(WORLDS_VARIABLE).ok().map(|text| text.parse());
    #[expect(clippy::expect_used, reason = "a misspelt number must not reduce the number of worlds")]
    worlds.map_or(100, |worlds| worlds.expect("CXTRACE_SIMULATED_WORLDS must be a whole number"))
}

/// The environment variable with the number of worlds that a test simulates. CI sets it to 1,000.
const WORLDS_VARIABLE: &str = "CXTRACE_SIMULATED_WORLDS";

/// The result of many worlds.
#[derive(Debug, Default)]
pub struct Summary {
    /// The number of simulated worlds.
    pub worlds: u64,
    /// All distinct attributes.
    pub distinct: u64,
    /// All missing and spurious counts.
    pub wrong: u64,
    /// Doubled counts, all of them reported.
    pub doubled: u64,
    /// Occurrences reported as uncertain.
    pub uncertain: u64,
    pub counters: Counters,
    /// The seeds that ended wrong, with the errors.
    pub failures: Vec<(u64, Vec<String>)>,
}

/// Plays every seed of `seeds` on `threads` threads; `progress` is called after each with the number of worlds so far.
///
/// # Panics
/// When a thread cannot be set up.
pub fn run_all(
    seeds: Range<u64>,
    events: u32,
    mutation: Option<Mutation>,
    threads: usize,
    progress: impl Fn(u64) + Sync,
) -> Summary {
    let summary = Mutex::new(Summary::default());
    let play = async |harness: &Harness, seed| {
        harness.run(Scenario { seed, events, mutation, retries: Retrying::Queue }).await
    };
    on_threads(seeds, threads, play, |seed, run| {
        let mut summary = summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        summary.add(seed, run);
        progress(summary.worlds);
    });
    summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Summary {
    fn add(&mut self, seed: u64, run: RunResult) {
        self.worlds += 1;
        self.distinct += run.check.distinct;
        self.wrong += run.check.missing + run.check.spurious;
        self.doubled += run.check.doubled;
        self.uncertain += run.check.uncertain;
        self.counters += &run.counters;
        if !run.check.is_right() {
            self.failures.push((seed, run.check.violations));
            self.failures.sort();
        }
    }
}
