//! EventBridge attribute events to metric occurrences, and to facts for journeys.
//!
//! An event is read (`cxtrace_sources::genesys::attributes`), compared with what its conversation has shown before, and what is new
//! is put into the state table ([`handler`]) and appended to the correlation table ([`journeys`]). See
//! `docs/design.md`, section 4.

pub mod handler;
pub mod journeys;

pub use handler::{Counted, FlowMetrics, IngestError, Outcome};
pub use journeys::Correlator;
