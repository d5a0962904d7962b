//! The clock of one function instance, which may be ahead of simulated time or behind.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::Clock;
use cxtrace_test_support::clock::SimClock;

/// A clock that is off by a constant. It waits by simulated time.
#[derive(Debug, Clone)]
pub struct OffsetClock {
    /// Simulated time.
    pub base: SimClock,
    /// By how much it is ahead; negative when it is behind.
    pub offset: TimeDelta,
}

impl Clock for OffsetClock {
    fn now(&self) -> DateTime<Utc> {
        self.base.time() + self.offset
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Clock::sleep(&self.base, duration)
    }
}
