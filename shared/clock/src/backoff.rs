//! Pauses between attempts: exponential back-off with jitter. Jitter spreads the attempts of many processes that failed at
//! the same moment.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// How pauses grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest pause after the first attempt. It doubles with each attempt.
    pub first: Duration,
    /// The longest pause of all.
    pub max: Duration,
}

impl Backoff {
    /// The pause after the attempt with this number, counted from 1. Jitter takes away up to half of it.
    #[must_use]
    pub fn pause(&self, attempt: u32, jitter: &dyn Jitter) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let longest = self.first.saturating_mul(factor).min(self.max);
        longest.mul_f64(1.0 - jitter.fraction().clamp(0.0, 1.0) / 2.0)
    }
}

/// The pause that the header `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3). `None` if it is neither.
#[must_use]
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let seconds = value.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| {
        let date = DateTime::parse_from_rfc2822(value).ok()?;
        Some(date.signed_duration_since(now).to_std().unwrap_or_default())
    })
}

/// A source of random fractions.
pub trait Jitter: Send + Sync + fmt::Debug {
    /// A number from 0 to 1.
    fn fraction(&self) -> f64;
}

/// A shared source.
pub type SharedJitter = Arc<dyn Jitter>;

/// Random fractions, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn fraction(&self) -> f64 {
        // The standard library's hasher has random keys. 32 bits are exact in an f64.
        let random = RandomState::new().build_hasher().finish() as u32;
        f64::from(random) / f64::from(u32::MAX)
    }
}

/// Always the same fraction, for tests: 0 gives the longest pauses.
#[derive(Debug, Clone, Copy, Default)]
pub struct FixedJitter(pub f64);

impl Jitter for FixedJitter {
    fn fraction(&self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(5) };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (1..=7).map(|attempt| BACKOFF.pause(attempt, &FixedJitter(0.0)).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(BACKOFF.pause(u32::MAX, &FixedJitter(0.0)), BACKOFF.max);
    }

    #[test]
    fn jitter_takes_away_at_most_half() {
        assert_eq!(BACKOFF.pause(1, &FixedJitter(1.0)), Duration::from_millis(100));
        assert_eq!(BACKOFF.pause(1, &FixedJitter(0.5)), Duration::from_millis(150));
        let random: Vec<_> = (0..100).map(|_| RandomJitter.fraction()).collect();
        assert!(random.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
        assert!(random.iter().any(|fraction| *fraction != random[0]));
    }
}
