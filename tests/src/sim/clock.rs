//! The clock of one function instance, which may be ahead of simulated time or behind.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::Clock;
use cxtrace_test_support::clock::SimClock;

/// A clock with a constant offset. Waiting uses simulated time.
#[derive(Debug, Clone)]
pub struct OffsetClock {
    /// Simulated time.
    pub base: SimClock,
    /// The offset; negative if the clock is behind.
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
