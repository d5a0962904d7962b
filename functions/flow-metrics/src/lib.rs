//! EventBridge attribute events to metric occurrences.
//!
//! An event is read ([`event`]), compared with what its conversation has shown before, and what is new
//! is put into the state table ([`handler`]). See `docs/design.md`, section 4.

mod admission;
pub mod event;
pub mod handler;

pub use event::{AttributesEvent, EventError, Incoming};
pub use handler::{Counted, FlowMetrics, IngestError, Outcome};
