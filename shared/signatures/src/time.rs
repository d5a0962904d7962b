//! Times of signing, and by how much they may differ from ours.

use chrono::{DateTime, TimeDelta, Utc};

use crate::refusal::{InvalidAuth, Refusal};

/// By how much a time of signing may differ, unless the definition says something else.
pub(crate) const DEFAULT_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The largest tolerance of a definition.
const MAX_TOLERANCE: TimeDelta = TimeDelta::days(1);

/// Reads `30s`, `5m` or `1h`.
pub(crate) fn tolerance(text: Option<&str>) -> Result<TimeDelta, InvalidAuth> {
    let Some(text) = text else { return Ok(DEFAULT_TOLERANCE) };
    let invalid = || InvalidAuth::new("tolerance", "must be a time such as 30s, 5m or 1h, of at most a day");
    let unit = text.chars().last().unwrap_or_default();
    let number = text.strip_suffix(unit).and_then(|number| number.parse::<u16>().ok()).ok_or_else(invalid)?;
    let tolerance = match unit {
        's' => TimeDelta::seconds(number.into()),
        'm' => TimeDelta::minutes(number.into()),
        'h' => TimeDelta::hours(number.into()),
        _ => return Err(invalid()),
    };
    if tolerance > TimeDelta::zero() && tolerance <= MAX_TOLERANCE { Ok(tolerance) } else { Err(invalid()) }
}

/// Reads a time of signing: seconds or milliseconds since 1970, or RFC 3339.
pub(crate) fn signed_at(text: &str) -> Result<DateTime<Utc>, Refusal> {
    let is_number = (1..=13).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = match text.parse::<i64>() {
        Ok(number) if is_number && text.len() > 11 => DateTime::from_timestamp_millis(number),
        Ok(number) if is_number => DateTime::from_timestamp(number, 0),
        _ => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
    };
    read.ok_or(Refusal::Malformed)
}

/// Refuses a time that differs from ours by more than `tolerance`, in either direction.
pub(crate) fn check(at: DateTime<Utc>, now: DateTime<Utc>, tolerance: TimeDelta) -> Result<(), Refusal> {
    if (now - at).abs() <= tolerance { Ok(()) } else { Err(Refusal::Stale) }
}
