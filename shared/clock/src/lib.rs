//! Time as a parameter: handlers ask a [`Clock`] for the time and wait on it. They never ask the operating system.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub mod backoff;

pub use backoff::{Backoff, FixedJitter, Jitter, RandomJitter, SharedJitter, retry_after};

/// A source of time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;

/// Waits before `attempt`, which counts from 0. There is no wait before the first attempt. Jitter is not needed: if
/// several writers meet at one item, one always succeeds.
pub async fn back_off(clock: &SharedClock, backoff: Backoff, attempt: u32) {
    if attempt > 0 {
        clock.sleep(backoff.pause(attempt, &FixedJitter(0.0))).await;
    }
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
