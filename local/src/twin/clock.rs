//! The clock of replayed events: it shows the time that the events have reached.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::{Clock, SystemClock};

/// A clock that events move forwards. It never goes back.
#[derive(Debug, Clone)]
pub struct EventClock(Arc<Mutex<DateTime<Utc>>>);

impl Default for EventClock {
    /// A clock before the first event: 1970.
    fn default() -> Self {
        Self(Arc::new(Mutex::new(DateTime::UNIX_EPOCH)))
    }
}

impl EventClock {
    /// Moves the clock to `at`, if that is later.
    pub fn advance_to(&self, at: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }
}

impl Clock for EventClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the real `duration`: callers wait for another machine, which does not follow this clock.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        SystemClock.sleep(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_back() {
        let clock = EventClock::default();
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        clock.advance_to(at(20));
        clock.advance_to(at(10));
        assert_eq!(clock.now(), at(20));
    }
}
