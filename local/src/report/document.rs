//! The document of a replay.

use cxtrace_domain::journeys::Journey;
use serde::Serialize;

use crate::twin::Held;

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Document {
    pub(crate) events: Events,
    pub(crate) metrics: Vec<Held>,
    pub(crate) journeys: Vec<Journey>,
}

/// What became of the events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Events {
    /// All of them: the sum of the others.
    pub(crate) read: u64,
    /// Those whose metrics are counted.
    pub(crate) processed: u64,
    /// Those of other topics.
    pub(crate) ignored: u64,
    /// Those that could not be read, or not be counted.
    pub(crate) failed: u64,
}
