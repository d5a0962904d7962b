//! CPU time. Linux counts it exactly for each thread. Other work can still lengthen it, through shared caches and
//! cores: on a virtual machine the same program took 60 % more a few seconds later. So the least of several measurements counts.

use std::fs;
use std::time::Duration;

/// How often a measurement is repeated. The least counts.
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
    let round = |_| {
        let before = of_this_thread();
        for _ in 0..RUNS {
            std::hint::black_box(run());
        }
        (of_this_thread() - before) / RUNS
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}
