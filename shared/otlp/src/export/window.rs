//! The times that a receiver takes.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::document::Span;

/// How far a span's end may be ahead. Receivers refuse what lies two hours or more in the future.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// The times that a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The age of the oldest span, by its start.
    pub max_age: TimeDelta,
}

impl Window {
    /// Whether the receiver takes `span` at `now`.
    pub(super) fn takes(self, span: &Span, now: DateTime<Utc>) -> bool {
        let end = span.ended_at.map_or(span.started_at.0, |end| end.0);
        now - span.started_at.0 <= self.max_age && end - now <= AHEAD
    }
}
