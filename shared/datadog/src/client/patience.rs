//! How long to insist: attempts, the pauses between them, and the time that must be left for one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How a payload is insisted on. What this gives up on is not lost: whoever asked can ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How often one payload is sent at most; at least once. The halves of a payload count anew.
    pub attempts: u32,
    /// How long one attempt may take, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// The pause after the first attempt. It doubles with every attempt.
    pub first_pause: Duration,
    /// The longest pause, unless Datadog asks for a longer one.
    pub longest_pause: Duration,
    /// How long before the deadline the last attempt must have ended, so that what it brought can be noted.
    pub margin: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            timeout: Duration::from_secs(5),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
            margin: Duration::from_secs(1),
        }
    }
}

impl Patience {
    /// The pause after the attempt of this number, counted from 1, when Datadog asks for `asked`.
    pub(super) fn pause(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let own = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        own.max(asked.unwrap_or_default())
    }

    /// Whether an attempt that begins after `pause` can take its whole time before `deadline`. None is ever
    /// cut short for lack of time: that would leave its points in doubt for nothing.
    pub(super) fn allows(&self, now: DateTime<Utc>, pause: Duration, deadline: DateTime<Utc>) -> bool {
        let needed = pause.saturating_add(self.timeout).saturating_add(self.margin);
        TimeDelta::from_std(needed).is_ok_and(|needed| deadline.signed_duration_since(now) >= needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        attempts: 5,
        timeout: Duration::from_secs(5),
        first_pause: Duration::from_millis(200),
        longest_pause: Duration::from_secs(5),
        margin: Duration::from_secs(1),
    };

    #[test]
    fn pauses_double_up_to_the_longest_and_never_undercut_what_is_asked() {
        let pauses: Vec<_> = (1..=7).map(|attempt| PATIENCE.pause(attempt, None).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(PATIENCE.pause(u32::MAX, None), PATIENCE.longest_pause);
        assert_eq!(PATIENCE.pause(1, Some(Duration::from_secs(9))), Duration::from_secs(9));
        assert_eq!(PATIENCE.pause(3, Some(Duration::ZERO)), Duration::from_millis(800));
    }

    #[test]
    fn an_attempt_begins_only_when_all_of_its_time_is_left() {
        let now = DateTime::UNIX_EPOCH;
        let deadline = now + TimeDelta::seconds(10);
        assert!(PATIENCE.allows(now, Duration::from_secs(4), deadline));
        assert!(!PATIENCE.allows(now, Duration::from_millis(4_001), deadline));
        assert!(!PATIENCE.allows(deadline, Duration::ZERO, deadline));
        assert!(!PATIENCE.allows(now, Duration::MAX, DateTime::<Utc>::MAX_UTC));
    }
}
