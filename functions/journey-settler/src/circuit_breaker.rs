//! A circuit breaker: after a refusal, no request is made for a while. It does not know which service refused.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How long no request is made after a refusal.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// A circuit breaker, closed at first.
#[derive(Debug, Default)]
pub struct CircuitBreaker {
    open_until: Mutex<Option<DateTime<Utc>>>,
}

impl CircuitBreaker {
    /// Opens it after a refusal at `now`.
    pub fn open(&self, now: DateTime<Utc>) {
        *self.open_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + PAUSE);
    }

    /// Whether it is open at `now`. A clock that jumps back does not keep it open.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let open_until = *self.open_until.lock().unwrap_or_else(PoisonError::into_inner);
        open_until.is_some_and(|until| now < until && until - now <= PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_open_for_a_minute_after_a_refusal() {
        let (breaker, now) = (CircuitBreaker::default(), DateTime::UNIX_EPOCH + TimeDelta::hours(1));
        assert!(!breaker.is_open(now));
        breaker.open(now);
        assert!(breaker.is_open(now) && breaker.is_open(now + TimeDelta::seconds(59)));
        assert!(!breaker.is_open(now + PAUSE) && !breaker.is_open(now - TimeDelta::seconds(1)));
    }
}
