//! The retry policy: attempts, the pauses between them, and the time that one attempt needs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Backoff, Jitter};

/// How a payload is retried. After the last attempt nothing is lost: the caller can submit it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The maximum number of attempts for one payload, at least 1. The halves of a split payload start again at 1.
    pub max_attempts: u32,
    /// The maximum time of one attempt, from connecting to the last byte of the response.
    pub timeout: Duration,
    /// The pauses between attempts, unless Datadog asks for a longer one.
    pub backoff: Backoff,
    /// The time between the end of the last attempt and the deadline, in which the caller notes the outcome.
    pub margin: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            timeout: Duration::from_secs(5),
            backoff: Backoff { first: Duration::from_millis(200), max: Duration::from_secs(5) },
            margin: Duration::from_secs(1),
        }
    }
}

impl RetryPolicy {
    /// The pause after the attempt with this number, counted from 1, when Datadog asks for `requested`.
    pub(super) fn pause(&self, attempt: u32, requested: Option<Duration>, jitter: &dyn Jitter) -> Duration {
        self.backoff.pause(attempt, jitter).max(requested.unwrap_or_default())
    }

    /// Whether an attempt after `pause` can take its full time before `deadline`. Attempts are never cut short, because
    /// their outcome would be unknown.
    pub(super) fn allows(&self, now: DateTime<Utc>, pause: Duration, deadline: DateTime<Utc>) -> bool {
        let needed = pause.saturating_add(self.timeout).saturating_add(self.margin);
        TimeDelta::from_std(needed).is_ok_and(|needed| deadline.signed_duration_since(now) >= needed)
    }
}

#[cfg(test)]
mod tests {
    use cxtrace_clock::FixedJitter;

    use super::*;

    #[test]
    fn a_pause_is_never_shorter_than_requested() {
        let pause = |attempt, seconds| {
            RetryPolicy::default().pause(attempt, Some(Duration::from_secs(seconds)), &FixedJitter(0.0)).as_millis()
        };
        assert_eq!((pause(1, 9), pause(3, 0)), (9_000, 800));
    }

    #[test]
    fn an_attempt_begins_only_when_its_full_time_is_left() {
        let policy = RetryPolicy::default();
        let now = DateTime::UNIX_EPOCH;
        let deadline = now + TimeDelta::seconds(10);
        assert!(policy.allows(now, Duration::from_secs(4), deadline));
        assert!(!policy.allows(now, Duration::from_millis(4_001), deadline));
        assert!(!policy.allows(deadline, Duration::ZERO, deadline));
        assert!(!policy.allows(now, Duration::MAX, DateTime::<Utc>::MAX_UTC));
    }
}
