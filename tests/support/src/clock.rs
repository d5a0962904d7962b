//! A clock that only the simulation moves. Waiting on it yields to others and then advances the time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use chrono::{DateTime, Utc};
use cxtrace_clock::Clock;

/// Simulated time, shared by everyone in one world.
#[derive(Debug, Clone, Default)]
pub struct SimClock(Arc<AtomicI64>);

impl SimClock {
    /// A clock at `at`.
    #[must_use]
    pub fn at(at: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(at.timestamp_millis())))
    }

    /// Advances it.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }

    /// Advances it to `at`, if that is later.
    pub fn advance_to(&self, at: DateTime<Utc>) {
        self.0.fetch_max(at.timestamp_millis(), Ordering::SeqCst);
    }

    /// The time now.
    #[must_use]
    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }

    fn nap(&self, duration: Duration) -> Nap {
        Nap { clock: self.clone(), duration, begun: false }
    }
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        self.time()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self.nap(duration))
    }
}

impl AsyncSleep for SimClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(self.nap(duration))
    }
}

struct Nap {
    clock: SimClock,
    duration: Duration,
    begun: bool,
}

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.begun {
            self.clock.advance(self.duration);
            return Poll::Ready(());
        }
        self.begun = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
