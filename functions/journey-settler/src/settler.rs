//! The function's state, which its two passes share.

use chrono::TimeDelta;
use cxtrace_datadog::{Measure, Submitter};
use cxtrace_journeys::Assembly;
use cxtrace_store::StateTable;
use cxtrace_store::correlation::JourneyRow;

use crate::budget::SeriesBudget;
use crate::circuit_breaker::CircuitBreaker;
use crate::traces::{Export, Traces};

/// The number of journeys that are settled concurrently. With 50 ms for each request, 40 carry about 900 events a second.
pub(crate) const CONCURRENCY: usize = 40;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    /// Journeys that were settled, and everyone was notified.
    pub settled: usize,
    /// Journeys that were due and cannot be settled yet.
    pub deferred: usize,
    /// Journeys that could not be settled, or whose durations Datadog refused.
    pub failed: usize,
    /// Journeys whose traces the receiver did not take. They were settled before, and remain due for this alone.
    pub unexported: usize,
    /// How long the longest overdue journey had been due at the start of the run.
    pub overdue: TimeDelta,
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct JourneySettler<B> {
    pub assembly: Assembly,
    pub state: StateTable,
    pub width: cxtrace_domain::metrics::BucketWidth,
    pub budget: SeriesBudget,
    pub datadog: Submitter,
    /// Open if Datadog has just refused durations.
    pub breaker: CircuitBreaker,
    pub bus: B,
    /// The export of traces; `None` if there is none.
    pub export: Option<Export>,
}

/// A journey of which everyone except Datadog was notified.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) row: JourneyRow,
    pub(crate) measures: Vec<Measure>,
    /// Its traces, if they are to be exported.
    pub(crate) traces: Option<Traces>,
}

/// Traces to send: of a journey that everyone was notified of, or of a part of a journey that goes on.
#[derive(Debug)]
pub(crate) struct Exportable {
    pub(crate) row: JourneyRow,
    pub(crate) traces: Traces,
}
