//! The function's state, and what its two passes share.

use chrono::TimeDelta;
use cxtrace_datadog::{Measure, Submitter};
use cxtrace_journeys::Assembly;
use cxtrace_store::StateTable;
use cxtrace_store::correlation::JourneyRow;

use crate::circuit_breaker::CircuitBreaker;

/// How many journeys are settled at once.
pub(crate) const CONCURRENCY: usize = 16;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    /// Journeys that were settled, and everyone was notified.
    pub settled: usize,
    /// Journeys that were due and are not to be settled yet.
    pub deferred: usize,
    /// Journeys that could not be settled, or whose durations Datadog refused.
    pub failed: usize,
    /// For how long the longest overdue journey was due when the run began.
    pub overdue: TimeDelta,
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct JourneySettler<B> {
    /// Assembles journeys.
    pub assembly: Assembly,
    /// Counts insights.
    pub state: StateTable,
    /// The width of a count's bucket.
    pub width: cxtrace_domain::metrics::BucketWidth,
    /// Submits durations.
    pub datadog: Submitter,
    /// Whether Datadog has refused durations a moment ago.
    pub breaker: CircuitBreaker,
    /// Takes events.
    pub bus: B,
}

/// A journey that everyone but Datadog was notified of.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) row: JourneyRow,
    pub(crate) measures: Vec<Measure>,
}
