//! CPU time: of this thread and of other processes.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::Failure;

/// The CPU that this thread has used, user and system.
pub(crate) fn thread_cpu() -> Duration {
    duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn duration(time: Timespec) -> Duration {
    // A clock of CPU time is never negative.
    Duration::try_from(time).unwrap_or_default()
}

/// The CPU that the process `pid` has used, user and system, in all of its threads that are alive. Exact to the
/// nanosecond while it waits for something.
pub(crate) fn cpu_of(pid: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let used = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += used.split_whitespace().next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
