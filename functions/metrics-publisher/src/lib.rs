//! The state table's stream to counts in Datadog.
//!
//! A batch names the ledgers that grew ([`handler`]). Each is read again and published whole
//! ([`publish`]) or, when its bucket has closed, what Datadog never accepted is carried to the current one
//! ([`late`]). What cannot be read is set aside ([`set_aside`]). See `docs/design.md`, sections 5 and 6.

pub mod handler;
mod late;
mod publish;
mod set_aside;
pub mod transport;

pub use handler::{MetricsPublisher, PublishError, Published};
pub use transport::Transport;
