//! One journey of the demo: its events, and what to call it.

use cxtrace_domain::journeys::Id;

/// The events of one journey.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoScenario {
    /// A description of the journey.
    pub title: &'static str,
    /// Its short name, such as `dropped_transfer`.
    pub kind: &'static str,
    /// EventBridge events and recorded deliveries as JSON, in the order in which they were published.
    pub events: Vec<String>,
    /// An id of the journey, by which the explorer finds it.
    pub anchor: Id,
}
