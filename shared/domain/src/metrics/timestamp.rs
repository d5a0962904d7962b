//! The time inside a metric attribute's name: RFC 3339, read tolerantly.
//!
//! Architect writes `2023-03-05T08:18:04.568Z`. Authors also write it by hand, so these are read too:
//! no fraction or one of 1 to 9 digits; `Z`, an offset (`+01:00`, `+0100`, `+01`) or nothing (UTC);
//! `T` or a space between date and time; either case; spaces around.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// The length of a date and a time of day: `2023-03-05T08:18:04`.
const TO_SECONDS: usize = 19;

/// Reads the time between a metric attribute's last parentheses. `None` if it is not a time.
///
/// A leap second (`:60`) is read as the last instant of its minute.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    // No library reads all these spellings. A regular expression would, but its engine would add a tenth to each function's size.
    let (to_seconds, rest) = text.trim_matches(' ').split_at_checked(TO_SECONDS)?;
    let (nanos, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (digits, zone) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
            (billionths(digits)?, zone)
        }
        None => (0, rest),
    };
    Some(local(to_seconds, nanos)?.checked_sub_signed(offset(zone)?)?.and_utc())
}

fn local(text: &str, nanos: u32) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let is_separated = [(4, '-'), (7, '-'), (13, ':'), (16, ':')].iter().all(|&(at, mark)| bytes[at] == mark as u8);
    if !is_separated || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |from: usize, to: usize| number(text.get(from..to)?);
    let date = NaiveDate::from_ymd_opt(number(0, 4)?.try_into().ok()?, number(5, 7)?, number(8, 10)?)?;
    let (second, nanos) = match number(17, 19)? {
        60 => (59, 999_999_999),
        second => (second, nanos),
    };
    date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, second, nanos)
}

/// One to nine digits after a decimal point.
fn billionths(digits: &str) -> Option<u32> {
    let missing = 9_usize.checked_sub(digits.len())?;
    Some(number(digits)? * 10_u32.pow(u32::try_from(missing).ok()?))
}

/// How far local time is ahead of UTC: nothing, `Z`, or a sign and hours, and minutes with or without a colon.
fn offset(zone: &str) -> Option<TimeDelta> {
    if matches!(zone, "" | "Z" | "z") {
        return Some(TimeDelta::zero());
    }
    let (hours, minutes) = zone.get(1..)?.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" if minutes.is_empty() => 0,
        two if two.len() == 2 => number(two)?,
        _ => return None,
    };
    let hours = number(hours)?;
    let size = (hours <= 23 && minutes <= 59).then(|| TimeDelta::minutes(i64::from(hours * 60 + minutes)))?;
    match zone.as_bytes()[0] {
        b'+' => Some(size),
        b'-' => Some(-size),
        _ => None,
    }
}

/// A number of one to nine ASCII digits. `parse` alone would take a sign, too.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

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

    proptest! {
        /// The pattern says which texts are times but for their values' ranges. What is drawn is often nearly such a text.
        #[test]
        fn exactly_what_the_pattern_says_is_a_time(
            text in r"\PC{0,4}|[ ]{0,2}[0-9]{3,4}[-/]?(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[Tt x]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9+é]([.,][0-9]{0,10})?([Zz]|[-+ ]?(0[0-9]|1[0-9]|2[0-3])?[:.]?([0-5][0-9]?)?[é+]?)[ ]{0,2}",
        ) {
            let form = Regex::new(
                r"^\x20*[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt\x20][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?\x20*$",
            ).unwrap();
            prop_assert_eq!(parse(&text).is_some(), form.is_match(&text), "{:?}", text);
        }
    }

    #[test]
    fn extremes_are_times_too() {
        assert_eq!(read("0000-01-01T00:00:00+23:59").as_deref(), Some("-0001-12-31T00:01:00Z"));
        assert_eq!(read("9999-12-31T23:59:59-23:59").as_deref(), Some("+10000-01-01T23:58:59Z"));
        assert_eq!(read("2016-12-31T23:59:60Z").as_deref(), Some("2016-12-31T23:59:59.999999999Z"));
    }
}
