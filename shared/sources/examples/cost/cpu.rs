//! CPU time, which other processes on the machine do not lengthen. Linux counts it exactly for each thread.

use std::fs;
use std::time::Duration;

/// How often a measurement is repeated. Its median counts.
const ROUNDS: usize = 25;

/// How many runs one measurement takes together, because reading the counter takes a part of a run.
const RUNS: u32 = 20;

/// The CPU time of this thread.
pub(crate) fn of_this_thread() -> Duration {
    // Linux brings the counter of a running thread up to date only when the scheduler looks at it.
    std::thread::yield_now();
    of("/proc/thread-self/schedstat")
}

/// The CPU time of all threads of a process.
pub(crate) fn of_process(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    threads.map(|thread| of(&thread.path().join("schedstat").to_string_lossy())).sum()
}

fn of(path: &str) -> Duration {
    let text = fs::read_to_string(path).unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// The CPU time of one run.
pub(crate) fn of_run<T>(run: impl Fn() -> T) -> Duration {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let before = of_this_thread();
            for _ in 0..RUNS {
                std::hint::black_box(run());
            }
            (of_this_thread() - before) / RUNS
        })
        .collect();
    rounds.sort();
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}
