//! What the customer was doing, as far as spans tell: the ground that legs and gaps are found on.
//!
//! A span of a whole leg, such as a Genesys customer's session or an SBC's call, says that a line was up, and not
//! what happened on it. Where other spans tell what happened, it is *context*: it bounds the time in which there
//! can be gaps, and covers none of it. Where nothing else is told it is all that is known, and it covers.

use chrono::{DateTime, Utc};

use super::spans::Part;
use crate::journeys::policy::Policy;
use crate::journeys::skew::plus;
use crate::journeys::span::SpanType;

/// The spans in which the customer takes part, told apart.
pub(super) struct Lines<'a> {
    /// What happened, in order.
    pub(super) doings: Vec<&'a Part>,
    /// The lines on which it happened, in order.
    pub(super) contexts: Vec<&'a Part>,
}

impl<'a> Lines<'a> {
    /// Of `parts`, which are in order. What is only a moment covers nothing.
    pub(super) fn of(parts: &'a [Part], policy: &Policy, now: DateTime<Utc>) -> Self {
        let facing: Vec<_> = parts.iter().filter(|part| part.faces_customer() && part.is_observed()).collect();
        let something_is_on = |line: &Part| {
            // In order: what began long before the line, or after its end, is not on it.
            let first = facing.partition_point(|part| plus(part.start(), policy.transition) < line.start());
            let mut while_up = facing.iter().skip(first).take_while(|part| part.start() <= line.until(now));
            while_up.any(|other| is_on(other, line, policy, now))
        };
        let (contexts, doings) = facing.iter().partition(|line| line.is_line() && something_is_on(line));
        Self { doings, contexts }
    }

    /// Until when a line that was up at `at` stayed up, the last of them.
    pub(super) fn last_up(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &'a Part)> {
        let up = self.contexts.iter().filter(|line| line.start() <= at && at <= line.until(now));
        up.map(|line| (line.until(now), *line)).max_by_key(|(end, line)| (*end, &line.span.key))
    }

    /// From when a line that was up at `at` had been up, the first of them.
    pub(super) fn first_up(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &'a Part)> {
        let up = self.contexts.iter().filter(|line| line.start() <= at && at <= line.until(now));
        up.map(|line| (line.start(), *line)).min_by_key(|(start, line)| (*start, &line.span.key))
    }
}

/// Whether `part` happened on `line`.
fn is_on(part: &Part, line: &Part, policy: &Policy, now: DateTime<Utc>) -> bool {
    let slack = policy.transition;
    let same_platform = part.span.platform == line.span.platform;
    let inside = line.start() <= plus(part.start(), slack)
        && part.start() <= line.until(now)
        && part.until(now) <= plus(line.until(now), slack);
    let around = line.start() < part.start() || (line.start() == part.start() && part.until(now) < line.until(now));
    let kind = match (line.span.span_type, part.is_line()) {
        // One line carries another when that is somebody else's, and lies within it.
        (SpanType::Telephony, true) => part.is(&[SpanType::Telephony]) && !same_platform && around,
        (SpanType::Telephony, false) => same_platform || !part.is(&[SpanType::Web]),
        _ => same_platform && !part.is_line(),
    };
    inside && kind
}
