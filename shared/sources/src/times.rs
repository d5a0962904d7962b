//! Which times are possible. Every reader of times asks this module. Otherwise a phone number in the place of a time, such as
//! `003515214916425`, would be read as milliseconds, and would be stored. It does not know the notations of times.

use std::ops::Range;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use cxtrace_domain::journeys::Fact;

use crate::error::SourceError;

/// How far a time may be ahead of the time at which it was reported.
pub const AHEAD: TimeDelta = TimeDelta::hours(24);
/// How long before it was reported something may have been. Lists go back no further. A clock that was never set shows
/// 1970 or 2000, and would hide the journey from every list.
pub const BEHIND: TimeDelta = TimeDelta::days(366);
/// How far ahead something may be scheduled.
pub(crate) const SCHEDULED: TimeDelta = TimeDelta::days(366);

/// The years of all times. Vendors write an absent time as an earlier one.
const YEARS: Range<i32> = 2000..2100;

/// How errors describe the time at which a fact was observed.
pub(crate) const OBSERVED: &str = "it was observed";

/// Whether `text` may count seconds or milliseconds since the epoch. No system writes a zero or a sign before such a number.
/// Phone numbers begin with them.
pub(crate) fn may_count_from_the_epoch(text: &str) -> bool {
    text.starts_with(|c: char| matches!(c, '1'..='9'))
}

/// The time, if it is of this century.
pub(crate) fn of_this_century(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    YEARS.contains(&at.year()).then_some(at)
}

/// Whether something that was reported at `known` may have been at `at`.
pub(crate) fn is_possible(at: DateTime<Utc>, known: DateTime<Utc>) -> bool {
    (known - BEHIND..=known + AHEAD).contains(&at)
}

/// Checks that an event at `at` is possible if it was reported at `known`. `what` is what happened then.
pub(crate) fn possible(
    at: DateTime<Utc>,
    known: DateTime<Utc>,
    what: &str,
    field: impl Into<String>,
) -> Result<(), SourceError> {
    if is_possible(at, known) {
        return Ok(());
    }
    let problem = if at > known {
        format!("is more than 24 hours after {what}")
    } else {
        format!("is more than 366 days before {what}: the sender's clock may not be set")
    };
    Err(SourceError::at(field, problem))
}

/// The time in a lenient field of a fact, if it is possible. Otherwise the field is noted.
pub(crate) fn possible_in(at: Option<DateTime<Utc>>, field: &'static str, fact: &mut Fact) -> Option<DateTime<Utc>> {
    let at = at?;
    let is_possible = is_possible(at, fact.observed_at);
    if !is_possible {
        fact.unreadable.insert(field.to_owned());
    }
    is_possible.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_somebody_dials_does_not_count_from_the_epoch() {
        for number in ["003515214916425", "+2348031234567", "0", "-1678004284568", "", " 1678004284568", "(167"] {
            assert!(!may_count_from_the_epoch(number), "{number}");
        }
        assert!(may_count_from_the_epoch("1678004284568"));
    }

    #[test]
    fn a_time_is_possible_from_a_year_before_it_was_reported_to_a_day_after() {
        let known = DateTime::from_timestamp_millis(1_678_004_284_568).unwrap();
        for (at, expected) in [
            (known + AHEAD, true),
            (known + AHEAD + TimeDelta::milliseconds(1), false),
            (known - BEHIND, true),
            (known - BEHIND - TimeDelta::milliseconds(1), false),
        ] {
            assert_eq!(is_possible(at, known), expected, "{at}");
        }
    }
}
