//! Reads values in senders' notations: numbers as floats or texts, nulls inside lists, one value instead of a list.
//!
//! A value is read from its JSON text, so that no JSON value can refuse its event.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use cxtrace_domain::metrics::timestamp;
use serde_json::value::RawValue;

use crate::times;

/// The names of unreadable fields: see [`crate::shape`].
pub(crate) type Unreadable = BTreeSet<&'static str>;

/// The result of reading one JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading<T> {
    /// `None` for `null`, for an empty text, and for an unreadable value.
    pub(crate) value: Option<T>,
    /// Whether the value, or an item of it, could not be read.
    pub(crate) is_unreadable: bool,
    /// The unreadable fields inside.
    pub(crate) inside: Unreadable,
}

impl<T> Reading<T> {
    pub(crate) const ABSENT: Self = Self { value: None, is_unreadable: false, inside: BTreeSet::new() };
    pub(crate) const UNREADABLE: Self = Self { value: None, is_unreadable: true, inside: BTreeSet::new() };

    pub(crate) fn of(value: T) -> Self {
        Self { value: Some(value), ..Self::ABSENT }
    }

    pub(crate) fn of_option(value: Option<T>) -> Self {
        value.map_or(Self::UNREADABLE, Self::of)
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: self.value.map(f), is_unreadable: self.is_unreadable, inside: self.inside }
    }

    /// `f` of the value, which is unreadable if `f` returns `None`.
    pub(crate) fn and_then<U>(self, f: impl FnOnce(T) -> Option<U>) -> Reading<U> {
        match self.value {
            Some(value) => Reading::of_option(f(value)),
            None => Reading { value: None, is_unreadable: self.is_unreadable, inside: self.inside },
        }
    }
}

/// A kind of value.
pub(crate) trait Value: Sized {
    /// Its description in errors and in the table of fields.
    const EXPECTED: &'static str;

    /// Reads `json`, the text of one JSON value.
    fn read(json: &str) -> Reading<Self>;
}

/// A text. A whole number is read as its digits. A text of spaces counts as absent.
pub(crate) fn text(json: &str) -> Reading<Cow<'_, str>> {
    match json.as_bytes().first() {
        Some(b'"') => match plain(json)
            .map_or_else(|| serde_json::from_str(json).map(Cow::Owned), |text| Ok(Cow::Borrowed(text)))
        {
            Ok(text) if text.trim().is_empty() => Reading::ABSENT,
            Ok(text) => Reading::of(text),
            // Half a surrogate pair, which a Rust string cannot contain.
            Err(_) => Reading::UNREADABLE,
        },
        Some(b'n') => Reading::ABSENT,
        Some(b'-' | b'0'..=b'9') => Reading::of_option(whole(json).map(|number| Cow::Owned(number.to_string()))),
        _ => Reading::UNREADABLE,
    }
}

/// The text between quotation marks, if it contains no escapes.
fn plain(json: &str) -> Option<&str> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.contains('\\')).then_some(inside)
}

impl Value for String {
    const EXPECTED: &'static str = "a text";

    fn read(json: &str) -> Reading<Self> {
        text(json).map(Cow::into_owned)
    }
}

/// A text that identifies something. Numbers are not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exact(pub(crate) String);

impl Value for Exact {
    const EXPECTED: &'static str = "a text";

    fn read(json: &str) -> Reading<Self> {
        text_only(json).map(|text| Self(text.into_owned()))
    }
}

/// As [`text`], but numbers are not allowed.
pub(crate) fn text_only(json: &str) -> Reading<Cow<'_, str>> {
    match json.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => Reading::UNREADABLE,
        _ => text(json),
    }
}

/// A whole number, even if it is written as a float (`1678096800000.0`, `1.6e12`). At most 2^53, because larger floats
/// are ambiguous.
fn whole(number: &str) -> Option<i64> {
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    if let Ok(whole) = number.parse() {
        return Some(whole);
    }
    let looks_like_a_number = number.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
    let float: f64 = number.parse().ok().filter(|_| looks_like_a_number)?;
    #[expect(clippy::cast_possible_truncation, reason = "its size is checked")]
    (float.abs() <= MAX_EXACT && float.fract() == 0.0).then_some(float as i64)
}

impl Value for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(json: &str) -> Reading<Self> {
        text_or_number(json).and_then(|text| whole(text.trim()))
    }
}

/// A number that grows with each correction. As a text it has at most six digits, because a longer number may be a
/// phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) u64);

impl Value for Version {
    const EXPECTED: &'static str = "a whole number from 0 on";

    fn read(json: &str) -> Reading<Self> {
        const MAX_DIGITS: usize = 6;
        let is_short = |text: &str| text.len() <= MAX_DIGITS || !json.starts_with('"');
        let number = |text: &str| text.parse().ok().or_else(|| whole(text)?.try_into().ok());
        text_or_number(json).and_then(|text| Some(text.trim()).filter(|text| is_short(text)).and_then(number).map(Self))
    }
}

/// A point in time: RFC 3339, or milliseconds since the epoch. Only times of this century are accepted.
///
/// Fractions of a millisecond are dropped: keys and documents have milliseconds, and two notations of a time must be
/// equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) DateTime<Utc>);

impl Value for Time {
    const EXPECTED: &'static str = "a time from 2000 to 2099 such as 2023-03-05T08:18:04.568Z or 1678004284568";

    fn read(json: &str) -> Reading<Self> {
        text_or_number(json).and_then(|text| {
            let text = text.trim();
            let digits = || Some(text).filter(|text| times::may_count_from_the_epoch(text));
            let at = timestamp::parse(text).or_else(|| DateTime::from_timestamp_millis(milliseconds(digits()?)?))?;
            times::of_this_century(at).map(|at| Self(at.trunc_subsecs(3)))
        })
    }
}

/// As [`text`], but a number keeps its notation.
fn text_or_number(json: &str) -> Reading<Cow<'_, str>> {
    match json.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => Reading::of(Cow::Borrowed(json)),
        _ => text(json),
    }
}

/// Milliseconds, whole or with a fraction, which is dropped.
fn milliseconds(number: &str) -> Option<i64> {
    let whole_part = || number.split_once('.').filter(|(_, rest)| rest.bytes().all(|b| b.is_ascii_digit()));
    whole(number).or_else(|| whole(whole_part()?.0))
}

/// A duration in a Genesys event, in milliseconds: less than 10^9 (11 days).
///
/// For a longer session, the start event has the start. A number of ten digits may be a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Millis(pub(crate) TimeDelta);

impl Value for Millis {
    const EXPECTED: &'static str = "a length in milliseconds of less than 11 days";

    fn read(json: &str) -> Reading<Self> {
        const LIMIT: i64 = 1_000_000_000;
        text_or_number(json).and_then(|text| {
            let length = milliseconds(text.trim()).filter(|length| (0..LIMIT).contains(length));
            length.and_then(TimeDelta::try_milliseconds).map(Self)
        })
    }
}

/// A list. Unreadable items and `null` are left out. A single value is a list of one.
impl<T: Value> Value for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn read(json: &str) -> Reading<Self> {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json) else {
            return T::read(json).map(|one| vec![one]);
        };
        let mut list = Reading::of(Self::new());
        for item in items {
            let item = T::read(item.get());
            list.is_unreadable |= item.is_unreadable || item.value.is_none();
            list.inside.extend(item.inside);
            list.value.get_or_insert_default().extend(item.value);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Value>(json: &str) -> Option<Option<T>> {
        let Reading { value, is_unreadable, .. } = T::read(json);
        (!is_unreadable).then_some(value)
    }

    #[test]
    fn a_time_is_a_text_or_milliseconds_in_any_spelling() {
        for at in [
            r#""2023-03-05T08:18:04.568Z""#,
            r#"" 2023-03-05 09:18:04.568+01""#,
            "1678004284568",
            "1678004284568.0",
            "1678004284568.75",
            "1.678004284568e12",
            "1678004284568E0",
            r#""1678004284568""#,
            r#""1678004284568.0""#,
            r#"" 1.678004284568e+12 ""#,
        ] {
            let read = read::<Time>(at).flatten().unwrap_or_else(|| panic!("{at}")).0;
            assert_eq!(read.to_rfc3339(), "2023-03-05T08:18:04.568+00:00", "{at}");
        }
        for nothing in ["null", r#""""#, r#""  ""#] {
            assert_eq!(read::<Time>(nothing), Some(None), "{nothing}");
        }
        for no_time in [
            "447700900123",
            r#""003515214916425""#,
            r#""+2348031234567""#,
            "-1",
            "18446744073709551615",
            "9223372036854775807",
            "1e999",
            "1.5",
            r#""soon""#,
            r#""inf""#,
            r#""0x18""#,
            "[]",
            "[1678004284568]",
            "{}",
            "true",
            r#""\ud800""#,
        ] {
            assert_eq!(read::<Time>(no_time), None, "{no_time}");
        }
    }

    #[test]
    fn a_length_is_neither_negative_nor_endless() {
        for length in ["521000", "521000.0", "521000.4", "5.21e5", r#""521000""#] {
            assert_eq!(read::<Millis>(length), Some(Some(Millis(TimeDelta::seconds(521)))), "{length}");
        }
        for length in ["-1", "-12.0", "1000000000", "447700900123", "1e999", r#""5 s""#, "true", "[5]", "{}"] {
            assert_eq!(read::<Millis>(length), None, "{length}");
        }
    }

    #[test]
    fn a_text_may_be_a_whole_number() {
        let text = |json| read::<String>(json).map(|text| text.unwrap_or_default());
        for (json, expected) in
            [(r#""a\u0062""#, "ab"), ("7", "7"), ("12025550143.0", "12025550143"), (r#""""#, ""), ("null", "")]
        {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
        for json in ["7.5", "1e999", "true", "[\"a\"]", "{}", r#""\ud83d""#] {
            assert_eq!(text(json), None, "{json}");
        }
        assert_eq!(read::<i64>(r#""-3""#), Some(Some(-3)));
    }

    #[test]
    fn a_version_is_a_number_and_no_telephones() {
        for (json, expected) in [("18446744073709551615", u64::MAX), ("3.0", 3), (r#""3""#, 3), (r#""3.0""#, 3)] {
            assert_eq!(read::<Version>(json), Some(Some(Version(expected))), "{json}");
        }
        for json in ["-3", "1e999", r#""447700900123""#, r#""+1202555""#, "true", "[3]"] {
            assert_eq!(read::<Version>(json), None, "{json}");
        }
    }

    #[test]
    fn a_list_keeps_what_can_be_read() {
        let list = |json| {
            let Reading { value, is_unreadable, .. } = Vec::<String>::read(json);
            (value.unwrap_or_default().join(","), is_unreadable)
        };
        assert_eq!(list(r#"["a","b"]"#), ("a,b".to_owned(), false));
        assert_eq!(list(r#"[null,"a",{},["b"]]"#), ("a".to_owned(), true));
        assert_eq!(list(r#""a""#), ("a".to_owned(), false));
        assert_eq!((list("null"), list("[]")), ((String::new(), false), (String::new(), false)));
        assert_eq!(list("{}"), (String::new(), true));
    }
}
