//! The time inside a metric attribute's name: RFC 3339, read tolerantly.
//!
//! Architect writes `2023-03-05T08:18:04.568Z`. Authors also write it by hand, so these are read too:
//! no fraction or one of 1 to 9 digits; `Z`, an offset (`+01:00`, `+0100`, `+01`) or nothing (UTC);
//! `T` or a space between date and time; either case; spaces around.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use regex::Regex;

#[expect(clippy::expect_used, reason = "the pattern is a constant and is compiled by every test of this module")]
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\x20*
          ([0-9]{4})-([0-9]{2})-([0-9]{2}) [Tt\x20] ([0-9]{2}):([0-9]{2}):([0-9]{2})
          (?:\.([0-9]{1,9}))?
          (?:[Zz] | ([+-])([0-9]{2})(?::?([0-9]{2}))?)?
          \x20*$",
    )
    .expect("a valid pattern")
});

/// The longest text that can be a time, spaces apart: `2023-03-05T08:18:04.123456789+01:00`.
const LONGEST: usize = 35;

/// Reads the time between a metric attribute's last parentheses. `None` if it is not a time.
///
/// A leap second (`:60`) is read as the last instant of its minute.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    // A name can be a megabyte long. A text that is longer than any time cannot be a time.
    let text = text.trim_matches(' ');
    if text.len() > LONGEST {
        return None;
    }
    let parts = FORM.captures(text)?;
    let number = |group: usize| parts.get(group).and_then(|m| m.as_str().parse::<u32>().ok());

    let date = NaiveDate::from_ymd_opt(number(1)?.try_into().ok()?, number(2)?, number(3)?)?;
    let nanos = match parts.get(7) {
        Some(fraction) => {
            let digits = fraction.as_str();
            digits.parse::<u32>().ok()? * 10_u32.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        None => 0,
    };
    let (second, nanos) = match number(6)? {
        60 => (59, 999_999_999),
        second => (second, nanos),
    };
    let local = date.and_hms_nano_opt(number(4)?, number(5)?, second, nanos)?;

    let offset = match parts.get(8) {
        Some(sign) => {
            let (hours, minutes) = (number(9)?, number(10).unwrap_or(0));
            if hours > 23 || minutes > 59 {
                return None;
            }
            let size = TimeDelta::minutes(i64::from(hours * 60 + minutes));
            if sign.as_str() == "-" { -size } else { size }
        }
        None => TimeDelta::zero(),
    };
    Some(local.checked_sub_signed(offset)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn every_tolerated_spelling_of_one_instant_is_that_instant() {
        for text in [
            "2023-03-05T08:18:04Z",
            "2023-03-05t08:18:04z",
            "2023-03-05 08:18:04",
            "2023-03-05T08:18:04",
            " 2023-03-05T08:18:04Z  ",
            "2023-03-05T09:18:04+01:00",
            "2023-03-05T09:18:04+0100",
            "2023-03-05T09:18:04+01",
            "2023-03-05T02:48:04-05:30",
            "2023-03-05T08:18:04.0Z",
            "2023-03-05T08:18:04.000000000-00:00",
        ] {
            assert_eq!(read(text).as_deref(), Some("2023-03-05T08:18:04Z"), "{text:?}");
        }
    }

    #[test]
    fn fractions_of_one_to_nine_digits_keep_their_value() {
        assert_eq!(read("2023-03-05T08:18:04.5Z").as_deref(), Some("2023-03-05T08:18:04.500Z"));
        assert_eq!(read("2023-03-05T08:18:04.123456789Z").as_deref(), Some("2023-03-05T08:18:04.123456789Z"));
        assert_eq!(read("2023-03-05T08:18:04.1234567890Z"), None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            " ",
            "now",
            "2023-03-05",
            "1678004284",
            "2023-02-30T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-03-05T24:00:00Z",
            "2023-03-05T08:60:00Z",
            "2023-03-05T08:18:61Z",
            "2023-03-05T08:18:04.Z",
            "2023-03-05T08:18:04+24:00",
            "2023-03-05T08:18:04+01:60",
            "2023-03-05T08:18Z",
            "2023-3-5T08:18:04Z",
            "٢٠٢٣-03-05T08:18:04Z",
            "2023-03-05T08:18:04ZZ",
            "2023-03-05\t08:18:04Z",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn extremes_are_times_too() {
        assert_eq!(read("0000-01-01T00:00:00+23:59").as_deref(), Some("-0001-12-31T00:01:00Z"));
        assert_eq!(read("9999-12-31T23:59:59-23:59").as_deref(), Some("+10000-01-01T23:58:59Z"));
        assert_eq!(read("2016-12-31T23:59:60Z").as_deref(), Some("2016-12-31T23:59:59.999999999Z"));
    }
}
