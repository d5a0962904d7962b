//! What the customer was doing, and the lines on which it happened. Legs and gaps are found on this.
//!
//! A span of a whole leg, such as a customer's session or an SBC's call, shows that a line was up. It does not show
//! what happened on the line. If other spans show that, the line only bounds the time in which gaps can be. Otherwise
//! the line itself is an activity.

use chrono::{DateTime, Utc};

use super::placed::{PlacedSpan, SpanEnd};
use crate::journeys::clocks::plus;
use crate::journeys::policy::Policy;
use crate::journeys::span::SpanType;

/// The spans in which the customer takes part.
pub(super) struct CallLines<'a> {
    /// The activities, in order.
    pub(super) activities: Vec<&'a PlacedSpan>,
    /// The lines of the activities, in order.
    pub(super) lines: Vec<&'a PlacedSpan>,
}

impl<'a> CallLines<'a> {
    /// Sorts `spans`, which are in order. Spans that only hold a point event are left out.
    pub(super) fn of(spans: &'a [PlacedSpan], policy: &Policy, now: DateTime<Utc>) -> Self {
        let mut facing: Vec<_> =
            spans.iter().filter(|placed| placed.faces_customer() && placed.is_observed()).collect();
        // A span for which nobody waits, and which begins after everything else has ended, says nothing about the customer.
        let is_attended = |placed: &PlacedSpan| !matches!(placed.end, SpanEnd::Unattended(_));
        let attended = facing.iter().filter(|placed| is_attended(placed));
        let last = attended.map(|placed| placed.until(now)).max();
        facing.retain(|placed| is_attended(placed) || last.is_none_or(|last| placed.start() <= last));
        let something_is_on = |line: &PlacedSpan| {
            // Spans are in order, so this range excludes spans long before the line and after its end.
            let first = facing.partition_point(|placed| plus(placed.start(), policy.transition) < line.start());
            let mut while_up = facing.iter().skip(first).take_while(|placed| placed.start() <= line.until(now));
            while_up.any(|other| is_on(other, line, policy, now))
        };
        let (lines, activities) = facing.iter().partition(|line| line.is_line() && something_is_on(line));
        Self { activities, lines }
    }

    /// Everything in which the customer takes part: first the lines, then the activities.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a PlacedSpan> {
        self.lines.iter().chain(&self.activities).copied()
    }

    /// The line that was up at `at` and stayed up longest, with its end.
    pub(super) fn last_up(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &'a PlacedSpan)> {
        let up = self.lines.iter().filter(|line| line.start() <= at && at <= line.until(now));
        up.map(|line| (line.until(now), *line)).max_by_key(|(end, line)| (*end, &line.span.key))
    }

    /// The line that was up at `at` and came up first, with its start.
    pub(super) fn first_up(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &'a PlacedSpan)> {
        let up = self.lines.iter().filter(|line| line.start() <= at && at <= line.until(now));
        up.map(|line| (line.start(), *line)).min_by_key(|(start, line)| (*start, &line.span.key))
    }
}

/// Whether `placed` happened on `line`.
fn is_on(placed: &PlacedSpan, line: &PlacedSpan, policy: &Policy, now: DateTime<Utc>) -> bool {
    let slack = policy.transition;
    let same_platform = placed.span.platform == line.span.platform;
    let inside = line.start() <= plus(placed.start(), slack)
        && placed.start() <= line.until(now)
        && placed.until(now) <= plus(line.until(now), slack);
    let around =
        line.start() < placed.start() || (line.start() == placed.start() && placed.until(now) < line.until(now));
    let kind = match (line.span.span_type, placed.is_line()) {
        // A line carries another platform's line that lies within it.
        (SpanType::Telephony, true) => placed.is(&[SpanType::Telephony]) && !same_platform && around,
        (SpanType::Telephony, false) => same_platform || !placed.is(&[SpanType::Web]),
        _ => same_platform && !placed.is_line(),
    };
    inside && kind
}
