//! The clock of replayed events: it stands where the events have got to.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::{Clock, SystemClock};

/// A clock that is moved on by the events it is told of, and never goes back.
#[derive(Debug, Clone)]
pub struct EventClock(Arc<Mutex<DateTime<Utc>>>);

impl Default for EventClock {
    /// A clock before the first event.
    fn default() -> Self {
        Self(Arc::new(Mutex::new(DateTime::UNIX_EPOCH)))
    }
}

impl EventClock {
    /// Moves it on to `at`, if that is later.
    pub fn advance_to(&self, at: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }
}

impl Clock for EventClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for as long as `duration` really takes: who waits does so for another machine, which knows
    /// nothing of this clock.
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
