//! The bucket of time that an occurrence counts in.
//!
//! An occurrence counts at its own time, the one in its name. A time that cannot be right is said to be
//! skewed, and the time at which the platform published the event is used in its place.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

/// How far an occurrence's own time may be ahead of its event's publication.
pub const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// How far an occurrence's own time may be behind its event's publication.
pub const MAX_BEHIND: TimeDelta = TimeDelta::minutes(50);

/// How long after its start a bucket takes totals. Datadog drops points older than one hour and still
/// answers 202, so nothing is sent in the last five minutes of it.
pub const OPEN_FOR: TimeDelta = TimeDelta::minutes(55);

/// The length of every bucket, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketWidth(u32);

impl BucketWidth {
    /// The longest bucket: longer ones could close before an occurrence that is not skewed arrives.
    pub const MAX_SECONDS: u32 = 60;

    /// A width of `seconds`; `None` unless it is 1 to [`Self::MAX_SECONDS`].
    #[must_use]
    pub fn try_new(seconds: u32) -> Option<Self> {
        (1..=Self::MAX_SECONDS).contains(&seconds).then_some(Self(seconds))
    }

    /// The width in seconds: the `interval` of the points sent to Datadog.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// The bucket that holds `at`.
    #[must_use]
    pub fn bucket(self, at: DateTime<Utc>) -> Bucket {
        let seconds = at.timestamp();
        Bucket(seconds - seconds.rem_euclid(i64::from(self.0)))
    }
}

impl Default for BucketWidth {
    fn default() -> Self {
        Self(10)
    }
}

/// A bucket, named by its start in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(i64);

impl Bucket {
    /// How many homes occurrences without a time have.
    const TIMELESS: u16 = 1_024;

    /// The home of the occurrence `id`, which has no time, such as a malformed attribute. Nothing is ever published here: each of
    /// them is redirected to a real bucket.
    ///
    /// Such homes are before 1970, where no real one is. They are many because of the marks that stay in them: a partition key holds
    /// 10 GB, and takes 1,000 writes a second.
    #[must_use]
    pub fn timeless(id: [u8; 16]) -> Self {
        let [first, second, ..] = id;
        Self(-1 - i64::from(u16::from_be_bytes([first, second]) % Self::TIMELESS))
    }

    /// The bucket that starts at `seconds` since the epoch.
    #[must_use]
    pub const fn starting_at(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Its start, in seconds since the epoch: the timestamp of its point.
    #[must_use]
    pub fn start(self) -> i64 {
        self.0
    }

    /// Whether Datadog certainly still accepts a point of this bucket at `now`.
    #[must_use]
    pub fn is_open(self, now: DateTime<Utc>) -> bool {
        now.timestamp() < self.0.saturating_add(OPEN_FOR.num_seconds())
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where an occurrence belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The bucket of the occurrence's own time. It depends only on the name, so all events with that name agree.
    pub home: Bucket,
    /// The bucket to use instead, if the occurrence's own time cannot be right in this event.
    pub redirect: Option<Bucket>,
}

impl Placement {
    /// Places an occurrence of time `own`, carried by an event published at `published` and read at `now`.
    ///
    /// For an event with a publication time in the future, `now` is used: its clock is wrong, and Datadog would drop a
    /// point that far ahead.
    #[must_use]
    pub fn of(own: DateTime<Utc>, published: DateTime<Utc>, now: DateTime<Utc>, width: BucketWidth) -> Self {
        let published = published.min(now);
        let ahead = own.signed_duration_since(published);
        let skewed = ahead > MAX_AHEAD || ahead < -MAX_BEHIND;
        Self { home: width.bucket(own), redirect: skewed.then(|| width.bucket(published)) }
    }

    /// Places the occurrence `id`, which has no time.
    #[must_use]
    pub fn timeless(id: [u8; 16], published: DateTime<Utc>, now: DateTime<Utc>, width: BucketWidth) -> Self {
        Self { home: Bucket::timeless(id), redirect: Some(width.bucket(published.min(now))) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn redirect(own: &str, published: &str) -> Option<i64> {
        Placement::of(at(own), at(published), at(published), BucketWidth::default()).redirect.map(Bucket::start)
    }

    #[test]
    fn an_occurrence_counts_at_its_own_time_floored() {
        let placed = Placement::of(
            at("2023-03-05T08:18:04.568Z"),
            at("2023-03-05T08:18:05Z"),
            at("2023-03-05T08:18:06Z"),
            BucketWidth::default(),
        );
        assert_eq!(placed, Placement { home: Bucket(at("2023-03-05T08:18:00Z").timestamp()), redirect: None });
    }

    #[test]
    fn the_skew_limits_are_themselves_allowed() {
        let published = "2023-03-05T12:00:00Z";
        assert_eq!(redirect("2023-03-05T12:05:00Z", published), None);
        assert_eq!(redirect("2023-03-05T11:10:00Z", published), None);
        assert_eq!(redirect("2023-03-05T12:05:00.001Z", published), Some(at(published).timestamp()));
        assert_eq!(redirect("2023-03-05T11:09:59.999Z", published), Some(at(published).timestamp()));
    }

    #[test]
    fn occurrences_without_a_time_have_many_homes_where_no_real_bucket_is() {
        let homes: Vec<_> = (0..=u16::MAX)
            .map(|n| {
                let [first, second] = n.to_be_bytes();
                Bucket::timeless([first, second, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7])
            })
            .collect();
        let mut counts = std::collections::BTreeMap::new();
        homes.iter().for_each(|home| *counts.entry(*home).or_insert(0) += 1);
        assert_eq!((counts.len(), counts.values().max()), (1_024, Some(&64)));
        assert!(counts.keys().all(|home| home.start() < 0));
    }

    #[test]
    fn an_event_from_the_future_is_taken_as_published_now() {
        let placed = Placement::of(
            at("2099-01-01T00:00:00Z"),
            at("2099-01-01T00:00:00Z"),
            at("2026-01-01T00:00:07Z"),
            BucketWidth::default(),
        );
        assert_eq!(placed.redirect, Some(Bucket(at("2026-01-01T00:00:00Z").timestamp())));
    }

    #[test]
    fn a_bucket_takes_totals_for_fifty_five_minutes() {
        let bucket = Bucket(1_000);
        assert!(bucket.is_open(DateTime::from_timestamp(1_000 + 3_299, 999_999_999).unwrap()));
        assert!(!bucket.is_open(DateTime::from_timestamp(1_000 + 3_300, 0).unwrap()));
    }

    #[test]
    fn widths_are_one_to_sixty_seconds() {
        assert_eq!(BucketWidth::try_new(0), None);
        assert_eq!(BucketWidth::try_new(61), None);
        assert_eq!(BucketWidth::try_new(60).map(BucketWidth::seconds), Some(60));
    }

    proptest! {
        #[test]
        fn a_bucket_holds_the_instant_it_is_made_from(seconds in -70_000_000_000_i64..250_000_000_000, width in 1_u32..=60) {
            let width = BucketWidth::try_new(width).unwrap();
            let start = width.bucket(DateTime::from_timestamp(seconds, 0).unwrap()).start();
            prop_assert!(start <= seconds && seconds < start + i64::from(width.seconds()));
            prop_assert_eq!(start.rem_euclid(i64::from(width.seconds())), 0);
        }

        #[test]
        fn what_is_not_redirected_is_open_for_at_least_four_minutes_more(own in 0_i64..10_000_000, published in 0_i64..10_000_000, width in 1_u32..=60) {
            let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
            let width = BucketWidth::try_new(width).unwrap();
            let placed = Placement::of(time(own), time(published), time(published), width);
            let bucket = placed.redirect.unwrap_or(placed.home);
            prop_assert!(bucket.is_open(time(published + 239)));
        }
    }
}
