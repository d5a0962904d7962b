//! The simulation of journeys: the real collectors, assemblers and settlers over one engine, interrupted at every
//! request.
//!
//! At the end the table must match a naive pass over all facts: one row for each journey, a redirect for every other
//! anchor, everything settled, and every notification sent.
//!
//! | what | module |
//! |---|---|
//! | the events and retractions of a world | [`traffic`] |
//! | events in odd shapes, which must change nothing | [`odd`] |
//! | events of two attackers, which must change nothing for the others | [`hostile`] |
//! | the possible facts of those events, and the stored facts | [`facts`] |
//! | a journey bus with faults | [`bus`] |
//! | the functions and tables of a world | [`deployment`] |
//! | one world from its first event to its last settled journey | [`run`] |
//! | whether it ended correctly | [`check`] |

pub mod bus;
pub mod check;
pub mod deployment;
pub mod facts;
pub mod hostile;
pub mod odd;
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

/// The result of many worlds.
#[derive(Debug, Default)]
pub struct Summary {
    /// The number of simulated worlds.
    pub worlds: u64,
    /// The number of journeys at the end.
    pub journeys: u64,
    /// The number of stored facts.
    pub facts: u64,
    pub counters: Counters,
    /// The seeds that ended wrong, with the errors.
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
