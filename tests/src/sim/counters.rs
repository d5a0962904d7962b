//! Counts the faults of a world, and lists those that must happen in a run: a fault that never happens proves nothing.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Every fault of the metrics pipeline, and every situation that a run must contain.
pub const METRIC_COVERAGE: [&str; 58] = [
    "event duplicated",
    "event re-sent",
    "event reordered",
    "event late by hours",
    "event of 30 attributes or more",
    "events of one conversation interleaved",
    "ingest crashed before a request",
    "ingest crashed after a request",
    "publisher crashed before a request",
    "publisher crashed after a request",
    "publisher crashed while Datadog answered",
    "sweeper crashed before a request",
    "sweeper crashed after a request",
    "stream lost records",
    "sweep found counts that nobody publishes",
    "sweep went on in another invocation",
    "refused total was not found again",
    "request throttled",
    "request answered 500",
    "request timed out, not applied",
    "request timed out, applied",
    "batch items unprocessed",
    "transaction met another",
    "read was stale",
    "stream batch redelivered",
    "Datadog answered 429",
    "Datadog answered 500",
    "Datadog answered 413",
    "Datadog answered 400",
    "Datadog answered 403",
    "Datadog accepted and did not answer",
    "Datadog was gone for up to two hours",
    "Datadog was gone for up to 23 hours",
    "DynamoDB was gone for up to two hours",
    "conversation's key was hot for hours",
    "event went to the retry queue",
    "event tried again from the retry queue",
    "retry batch failed in part",
    "retry batch returned after a crash",
    "a function's clock was ahead",
    "a function's clock was behind",
    "time leapt by up to three hours",
    "attribute malformed",
    "attribute with an invisible character",
    "attribute that is malformed without parentheses",
    "field unreadable",
    "attribute skewed",
    "occurrence carried late",
    "occurrence carried again",
    "ledger carried out of more than once",
    "carry finished by another invocation",
    "occurrence uncertain",
    "series beyond the budget",
    "occurrence in a further part",
    "redirected occurrence in a further part",
    "carry out of a further part",
    "sweep woke a further part",
    "function of the new deployment beside one of the old",
];

/// Every fault of journeys, and every situation that a run must contain.
pub const JOURNEY_COVERAGE: [&str; 45] = [
    "flood of links",
    "hostile event",
    "journey beside an attacker's",
    "event duplicated",
    "event re-sent",
    "event reordered",
    "event late by hours",
    "event in an odd shape",
    "placeholder id in an attribute",
    "placeholder id counted",
    "caller withheld",
    "ingest crashed before a request",
    "ingest crashed after a request",
    "collector crashed before a request",
    "collector crashed after a request",
    "assembler crashed before a request",
    "assembler crashed after a request",
    "settler crashed before a request",
    "settler crashed after a request",
    "settler crashed before the bus took its events",
    "settler crashed after the bus took its events",
    "settler crashed while Datadog answered",
    "request throttled",
    "request answered 500",
    "request timed out, not applied",
    "request timed out, applied",
    "batch items unprocessed",
    "read was stale",
    "row was written by somebody else meanwhile",
    "stream batch redelivered",
    "the bus refused events",
    "the bus took events and did not answer",
    "Datadog answered 429",
    "Datadog answered 403",
    "Datadog answered 500",
    "Datadog accepted and did not answer",
    "edge retracted",
    "journey joined by what a source says",
    "journey joined by a code",
    "journey joined by a hand-off",
    "row moved to an older journey",
    "journey settled",
    "journey settled again",
    "insight counted",
    "document like the sequential pass's",
];

/// How often each kind happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<&'static str, u64>);

impl Counters {
    /// One more of `kind`.
    pub fn hit(&mut self, kind: &'static str) {
        self.add(kind, 1);
    }

    /// `n` more of `kind`.
    pub fn add(&mut self, kind: &'static str, n: u64) {
        debug_assert!(METRIC_COVERAGE.contains(&kind) || JOURNEY_COVERAGE.contains(&kind), "{kind:?} is not listed");
        *self.0.entry(kind).or_default() += n;
    }

    /// The members of `kinds` that never happened.
    #[must_use]
    pub fn never(&self, kinds: &[&'static str]) -> Vec<&'static str> {
        kinds.iter().copied().filter(|kind| self.count(kind) == 0).collect()
    }

    /// How often `kind` happened.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.0.get(kind).copied().unwrap_or(0)
    }
}

impl AddAssign<&Counters> for Counters {
    fn add_assign(&mut self, other: &Counters) {
        for (kind, n) in &other.0 {
            *self.0.entry(kind).or_default() += n;
        }
    }
}
