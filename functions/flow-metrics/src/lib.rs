//! EventBridge attribute events to metric occurrences, and to facts for journeys.
//!
//! `cxtrace_sources::genesys::attributes` reads an event. [`handler`] compares it with the conversation's seen set and
//! stores new occurrences in the state table. [`journeys`] appends facts to the correlation table. See
//! `docs/design.md`, section 4.

pub mod handler;
pub mod journeys;

pub use handler::{Counted, FlowMetrics, IngestError, Outcome};
pub use journeys::Correlator;
