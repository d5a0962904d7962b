//! The limits of a Cxtrace Span event. This module does not know the form.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Fact;

use crate::error::SourceError;
use crate::values::Time;

/// The maximum length of `detail`, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The maximum number of spans in one event.
pub const MAX_SPANS: usize = 100;
/// The maximum number of links, of phone numbers, and of points on one span.
pub const MAX_PARTS: usize = 100;
/// The maximum number of stored attributes of a span, or of a point on it.
pub const MAX_ATTRIBUTES: usize = 64;
/// The greatest version: the greatest whole number that every reader of JSON reads exactly. A time in microseconds fits.
pub(super) const MAX_VERSION: u64 = (1 << 53) - 1;
/// How far a span may be ahead of its observation.
pub const AHEAD: TimeDelta = TimeDelta::hours(24);
/// How long before its observation a span may have been. Lists go back no further. A clock that was never set shows
/// 1970 or 2000, and would hide the journey from every list.
pub const BEHIND: TimeDelta = TimeDelta::days(366);

/// How errors describe the time at which a fact was observed.
pub(super) const OBSERVED: &str = "it was observed";

/// Checks that an event at `at` is possible if it was reported at `known`.
pub(super) fn plausible(
    at: DateTime<Utc>,
    known: DateTime<Utc>,
    what: &str,
    field: impl Into<String>,
) -> Result<(), SourceError> {
    let problem = if at > known + AHEAD {
        format!("is more than 24 hours after {what}")
    } else if at < known - BEHIND {
        format!("is more than 366 days before {what}: the sender's clock may not be set")
    } else {
        return Ok(());
    };
    Err(SourceError::at(field, problem))
}

/// Notes that a lenient field could not be read.
pub(super) fn leave_out(fact: &mut Fact, field: &'static str) {
    fact.unreadable.insert(field.to_owned());
}

/// The time in a lenient field, if it is possible.
pub(super) fn plausible_time(time: Option<Time>, field: &'static str, fact: &mut Fact) -> Option<DateTime<Utc>> {
    let Time(at) = time?;
    let is_plausible = plausible(at, fact.observed_at, OBSERVED, field).is_ok();
    if !is_plausible {
        leave_out(fact, field);
    }
    is_plausible.then_some(at)
}

/// The entries of a list, or an error if there are more than [`MAX_PARTS`].
pub(super) fn parts<'a, T>(list: Option<&'a Vec<T>>, field: &str) -> Result<&'a [T], SourceError> {
    let list = list.map(Vec::as_slice).unwrap_or_default();
    if list.len() > MAX_PARTS {
        return Err(SourceError::at(field, format!("has more than {MAX_PARTS} entries")));
    }
    Ok(list)
}
