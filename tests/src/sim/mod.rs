//! A deterministic simulation of the whole pipeline: the real handlers, store and clients over the embedded
//! engine and a Datadog on loopback, with every fault that the design speaks of.
//!
//! A seed decides everything: the events, the faults, and at which of its requests each function is
//! interrupted, by another one or for ever. At the end what Datadog holds must be what was set.
//!
//! Faults are put below the AWS SDK ([`dynamo`]) and below the HTTP client ([`datadog`]); what is above is
//! the product.

pub mod actor;
pub mod datadog;
pub mod dynamo;
pub mod faults;
pub mod journeys;
pub mod run;
pub mod traffic;
pub mod verdict;
pub mod world;

pub use faults::{Counters, KINDS};
pub use run::{Ending, Mutation, Scenario, Stage};
pub use verdict::Verdict;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What many worlds came to.
#[derive(Debug, Default)]
pub struct Sum {
    /// How many worlds were played.
    pub worlds: u64,
    /// Distinct attributes in all.
    pub distinct: u64,
    /// Missing and spurious counts in all.
    pub wrong: u64,
    /// Doubled counts, all of them reported.
    pub doubled: u64,
    /// Occurrences reported as uncertain.
    pub uncertain: u64,
    /// What happened.
    pub counters: Counters,
    /// The seeds that ended wrong, and how.
    pub failures: Vec<(u64, Vec<String>)>,
}

/// Plays every seed of `seeds` on `threads` threads; `progress` is told after each.
///
/// # Panics
/// When a thread cannot be set up.
pub fn play_all(
    seeds: Range<u64>,
    events: u32,
    mutation: Option<Mutation>,
    threads: usize,
    progress: impl Fn(u64) + Sync,
) -> Sum {
    let sum = Mutex::new(Sum::default());
    let play = async |stage: &Stage, seed| stage.play(Scenario { seed, events, mutation }).await;
    on_threads(seeds, threads, play, |seed, ending| {
        let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sum.add(seed, ending);
        progress(sum.worlds);
    });
    sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Has `play` play every seed of `seeds` on a stage of its thread, on `threads` threads; `ended` is told of each.
///
/// # Panics
/// When a thread cannot be set up.
pub fn on_threads<E>(
    seeds: Range<u64>,
    threads: usize,
    play: impl AsyncFn(&Stage, u64) -> E + Sync,
    ended: impl Fn(u64, E) + Sync,
) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                #[expect(clippy::expect_used, reason = "without a runtime there is nothing to simulate on")]
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    let stage = Stage::set_up().await;
                    loop {
                        let seed = next.fetch_add(1, Ordering::SeqCst);
                        if seed >= seeds.end {
                            return;
                        }
                        ended(seed, play(&stage, seed).await);
                    }
                });
            });
        }
    });
}

impl Sum {
    fn add(&mut self, seed: u64, ending: Ending) {
        self.worlds += 1;
        self.distinct += ending.verdict.distinct;
        self.wrong += ending.verdict.missing + ending.verdict.spurious;
        self.doubled += ending.verdict.doubled;
        self.uncertain += ending.verdict.uncertain;
        self.counters += &ending.counters;
        if !ending.verdict.is_right() {
            self.failures.push((seed, ending.verdict.faults));
            self.failures.sort();
        }
    }
}
