//! The same for journeys: the real collectors, assemblers and settlers over one engine, interrupted at every request.
//!
//! At the end the table must hold what a naive pass over all facts comes to: one line a journey, every other anchor's
//! row moved to it, everything settled, and everyone told.
//!
//! | what | module |
//! |---|---|
//! | the events of a world, and what is cut | [`traffic`] |
//! | what the facts of those events can be, and what is stored | [`facts`] |
//! | a journey bus with faults | [`bus`] |
//! | one world from its first event to its last settled journey | [`run`] |
//! | whether it ended right | [`check`] |

pub mod bus;
pub mod check;
pub mod facts;
pub mod run;
pub mod traffic;

use std::ops::Range;
use std::sync::Mutex;

pub use check::CheckResult;
pub use run::{Mutation, RunResult, Scenario, play};

use super::Counters;

/// The names of the two tables of a world.
pub const TABLES: [&str; 2] = ["state", "correlation"];

/// Everything that can go wrong with journeys, or that a run must have met to mean something.
pub const COVERAGE: [&str; 38] = [
    "event duplicated",
    "event re-sent",
    "event reordered",
    "event late by hours",
    "ingest crashed before a request",
    "ingest crashed after a request",
    "collector crashed before a request",
    "collector crashed after a request",
    "assembler crashed before a request",
    "assembler crashed after a request",
    "settler crashed before a request",
    "settler crashed after a request",
    "settler crashed before the bus took its events",
    "settler crashed after the bus took its events",
    "settler crashed while Datadog answered",
    "request throttled",
    "request answered 500",
    "request timed out, not applied",
    "request timed out, applied",
    "batch items handed back",
    "read was stale",
    "row was written by somebody else meanwhile",
    "stream batch redelivered",
    "the bus refused events",
    "the bus took events and did not answer",
    "Datadog answered 429",
    "Datadog answered 403",
    "Datadog answered 500",
    "Datadog accepted and did not answer",
    "edge retracted",
    "journey joined by what a source says",
    "journey joined by a code",
    "journey joined by a hand-off",
    "row moved to an older journey",
    "journey settled",
    "journey settled again",
    "insight counted",
    "document like the sequential pass's",
];

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
    let play = async |harness: &super::Harness, seed| play(harness, Scenario { seed, mutation }).await;
    super::on_threads(seeds, threads, play, |seed, run: RunResult| {
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
