//! The document of a replay.

use cxtrace_domain::journeys::Journey;
use serde::Serialize;

use crate::twin::DatadogPoint;

/// The result of a replay.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Document {
    pub(crate) events: Events,
    pub(crate) metrics: Vec<DatadogPoint>,
    pub(crate) journeys: Vec<Journey>,
}

/// The numbers of events by result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Events {
    /// All events: the sum of the others.
    pub(crate) read: u64,
    /// Events that were processed.
    pub(crate) processed: u64,
    /// Events of other topics.
    pub(crate) ignored: u64,
    /// Events that could not be read or stored.
    pub(crate) failed: u64,
}
