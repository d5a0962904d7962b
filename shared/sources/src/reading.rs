//! Reads JSON so that an error names the field and repeats no value: events are full of personal data.

use std::fmt;

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};
use cxtrace_domain::metrics::timestamp;
use serde::Deserialize;
use serde::de::{self, Deserializer, Unexpected, Visitor};

/// Why an event cannot be read. The event goes to the dead-letter queue unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event cannot be read: {field} {problem}. {advice}")]
pub struct SourceError {
    field: String,
    problem: String,
    advice: &'static str,
}

impl SourceError {
    pub(crate) fn at(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), advice: "Compare it with a sample in events." }
    }

    pub(crate) fn of_genesys(self) -> Self {
        Self { advice: "Compare it with a sample in events/genesys.", ..self }
    }

    pub(crate) fn of_span(self) -> Self {
        Self { advice: "docs/span.md says how a span is written.", ..self }
    }

    /// The field, as a path from the event's top: `detail.eventBody.conversationId`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with it: `is missing`.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// A point in time: RFC 3339, or milliseconds since the epoch. Only of this century: what is not is no time, but
/// some other number. What is finer than a millisecond is left out: keys and documents have milliseconds, and two ways
/// to the same time must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) DateTime<Utc>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Reader {
            fn take<E: de::Error>(&self, at: Option<DateTime<Utc>>) -> Result<Time, E> {
                at.filter(|at| (2000..2100).contains(&at.year()))
                    .map(|at| Time(at.trunc_subsecs(3)))
                    .ok_or_else(|| E::invalid_value(Unexpected::Other("another"), self))
            }
        }
        impl Visitor<'_> for Reader {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time from 2000 to 2099 such as 2023-03-05T08:18:04.568Z or 1678004284568")
            }

            fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Time, E> {
                self.take(DateTime::from_timestamp_millis(millis))
            }

            fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Time, E> {
                self.take(i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                self.take(timestamp::parse(text))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A length of time in milliseconds, of at most ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Millis(pub(crate) TimeDelta);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const MOST: u64 = 10 * 366 * 24 * 60 * 60 * 1000;
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Millis;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration in milliseconds of at most ten years")
            }

            fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Millis, E> {
                self.visit_u64(u64::try_from(millis).unwrap_or(u64::MAX))
            }

            fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Millis, E> {
                let length =
                    i64::try_from(millis).ok().filter(|_| millis <= MOST).and_then(TimeDelta::try_milliseconds);
                length.map(Millis).ok_or_else(|| E::invalid_value(Unexpected::Other("another"), &self))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A length of time that an event may tell. One of 10^9 ms (11 days) and more is as if it was not told: a start event
/// tells as well when it began, and a number of ten digits may be a telephone's.
pub(crate) fn lasting<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Millis>, D::Error> {
    let told = Option::<Millis>::deserialize(deserializer)?;
    Ok(told.filter(|Millis(length)| length.num_milliseconds() < 1_000_000_000))
}

/// Reads `json`, which stands at the path `at` of the event.
pub(crate) fn parse<'a, T: Deserialize<'a>>(json: &'a str, at: &str) -> Result<T, SourceError> {
    // The path to the field is only worked out for an event that cannot be read.
    serde_json::from_str(json).map_err(|_| explain::<T>(json, at))
}

fn explain<'a, T: Deserialize<'a>>(json: &'a str, at: &str) -> SourceError {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let whole = if at.is_empty() { "it" } else { at };
    let error = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => error,
        // Only what follows the document was wrong.
        Ok(_) => return SourceError::at(whole, "is followed by more than one document"),
    };
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        // The path may lead through a field that is not ours, and its name may be anybody's.
        let problem = format!("is no JSON, from line {} column {} on", inner.line(), inner.column());
        return SourceError::at(whole, problem);
    }
    let path = match error.path().to_string() {
        path if path == "." || path == "?" => at.to_owned(),
        path if at.is_empty() || path.starts_with('[') => format!("{at}{path}"),
        path => format!("{at}.{path}"),
    };
    let field = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    // serde's message repeats what it found, which may be anybody's data; these parts of it never do.
    let message = inner.to_string();
    let quoted = |start: &str| message.strip_prefix(start).and_then(|rest| rest.split('`').next());
    if let Some(name) = quoted("missing field `") {
        return SourceError::at(field(name), "is missing");
    }
    if let Some(name) = quoted("duplicate field `") {
        return SourceError::at(field(name), "is there twice");
    }
    let expected = message.rsplit_once(", expected ").map_or("another kind of value", |(_, rest)| rest);
    let expected = expected.split(" at line ").next().unwrap_or(expected);
    let expected = match expected {
        "i64" | "u64" => "a whole number",
        "a sequence" => "a list",
        "any valid JSON value" => "valid JSON",
        expected if expected.starts_with("struct ") => "an object",
        expected => expected,
    };
    SourceError::at(if path.is_empty() { whole.to_owned() } else { path }, format!("is not {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Part {
        at: Option<Time>,
        long: Option<Millis>,
        #[expect(dead_code, reason = "only its errors are looked at")]
        texts: Option<Vec<String>>,
        #[expect(dead_code, reason = "only its errors are looked at")]
        count: Option<u64>,
    }

    fn part(json: &str) -> Result<Part, String> {
        parse(json, "detail").map_err(|error| format!("{} {}", error.field(), error.problem()))
    }

    #[test]
    fn a_time_is_a_text_or_milliseconds() {
        for at in [r#""2023-03-05T08:18:04.568Z""#, r#""2023-03-05 09:18:04.568+01""#, "1678004284568"] {
            let read = part(&format!(r#"{{"at":{at}}}"#)).unwrap().at.unwrap().0;
            assert_eq!(read.to_rfc3339(), "2023-03-05T08:18:04.568+00:00", "{at}");
        }
        assert_eq!(part(r#"{"at":null}"#).unwrap().at, None);
    }

    #[test]
    fn what_is_no_time_is_refused_by_name() {
        let expected = "detail.at is not a time from 2000 to 2099 such as 2023-03-05T08:18:04.568Z or 1678004284568";
        for at in
            ["447700900123", "-1", "18446744073709551615", "9223372036854775807", r#""soon""#, "1.5", "[]", "true"]
        {
            assert_eq!(part(&format!(r#"{{"at":{at}}}"#)).unwrap_err(), expected, "{at}");
        }
    }

    #[test]
    fn a_duration_is_neither_negative_nor_endless() {
        assert_eq!(part(r#"{"long":521000}"#).unwrap().long, Some(Millis(TimeDelta::seconds(521))));
        for long in ["-1", "447700900123", "18446744073709551615", r#""5""#, "1.5"] {
            let expected = "detail.long is not a duration in milliseconds of at most ten years";
            assert_eq!(part(&format!(r#"{{"long":{long}}}"#)).unwrap_err(), expected, "{long}");
        }
    }

    #[test]
    fn an_error_says_where_and_what_and_repeats_nothing() {
        for (json, expected) in [
            ("7", "detail is not an object"),
            ("{", "detail is no JSON, from line 1 column 1 on"),
            (r#"{"Ada Lovelace":{"Ada":nope}}"#, "detail is no JSON, from line 1 column 25 on"),
            (r#"{"texts":["a",{"Ada":1}]}"#, "detail.texts[1] is not a string"),
            (r#"{"count":-447700900123}"#, "detail.count is not a whole number"),
            (r#"{"count":", expected Ada"}"#, "detail.count is not a whole number"),
            (r#"{"at":null,"at":null}"#, "detail.at is there twice"),
            (r#"{"at":null} {"at":"Ada"}"#, "detail is followed by more than one document"),
        ] {
            assert_eq!(part(json).unwrap_err(), expected, "{json}");
        }
    }

    #[test]
    fn deep_nesting_is_skipped_or_refused_without_a_crash() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(part(&format!(r#"{{"another":{deep}}}"#)).is_ok());
        assert!(part(&format!(r#"{{"texts":{deep}}}"#)).is_err());
        assert!(part(&deep).is_err_and(|error| error.starts_with("detail[0] is not a time")));
    }
}
