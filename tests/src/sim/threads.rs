//! Simulates many worlds on a few threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::run::Harness;

/// Calls `play` with every seed of `seeds` on `threads` threads, each with a harness of its own. Calls `ended` with each
/// result.
///
/// # Panics
/// When a thread cannot be set up.
pub fn on_threads<E>(
    seeds: Range<u64>,
    threads: usize,
    play: impl AsyncFn(&Harness, u64) -> E + Sync,
    ended: impl Fn(u64, E) + Sync,
) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                #[expect(clippy::expect_used, reason = "without a runtime there is nothing to simulate on")]
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    let harness = Harness::set_up().await;
                    loop {
                        let seed = next.fetch_add(1, Ordering::SeqCst);
                        if seed >= seeds.end {
                            return;
                        }
                        ended(seed, play(&harness, seed).await);
                    }
                });
            });
        }
    });
}
