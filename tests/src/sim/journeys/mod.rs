//! The same for journeys: the real collectors, assemblers and settlers over one engine, interrupted at every request.
//!
//! At the end the table must hold what a naive pass over all facts comes to: one line a journey, every other anchor's
//! row moved to it, everything settled, and every notification sent.
//!
//! | what | module |
//! |---|---|
//! | the events of a world, and what is cut | [`traffic`] |
//! | what the facts of those events can be, and what is stored | [`facts`] |
//! | a journey bus with faults | [`bus`] |
//! | the functions and tables of a world | [`deployment`] |
//! | one world from its first event to its last settled journey | [`run`] |
//! | whether it ended right | [`check`] |

pub mod bus;
pub mod check;
pub mod deployment;
pub mod facts;
pub mod run;
pub mod traffic;

use std::ops::Range;
use std::sync::Mutex;

pub use check::CheckResult;
pub use run::{Mutation, RunResult, Scenario, play};

use super::counters::Counters;
pub use super::counters::JOURNEY_COVERAGE as COVERAGE;
use super::run::Harness;
use super::threads::on_threads;

/// What many worlds came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many worlds were played.
    pub worlds: u64,
    /// How many journeys they ended with.
    pub journeys: u64,
    /// How many facts were stored.
    pub facts: u64,
    /// What happened.
    pub counters: Counters,
    /// The seeds that ended wrong, and how.
    pub failures: Vec<(u64, Vec<String>)>,
}

/// Plays every seed of `seeds` on `threads` threads.
///
/// # Panics
/// When a thread cannot be set up.
pub fn run_all(seeds: Range<u64>, mutation: Option<Mutation>, threads: usize) -> Summary {
    let summary = Mutex::new(Summary::default());
    let play = async |harness: &Harness, seed| play(harness, Scenario { seed, mutation }).await;
    on_threads(seeds, threads, play, |seed, run: RunResult| {
        let mut summary = summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        summary.worlds += 1;
        summary.journeys += run.check.journeys;
        summary.facts += run.check.facts;
        summary.counters += &run.counters;
        if !run.check.violations.is_empty() {
            summary.failures.push((seed, run.check.violations));
            summary.failures.sort();
        }
    });
    summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
