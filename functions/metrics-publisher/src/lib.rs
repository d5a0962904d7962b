//! Publishes counts to Datadog from the state table's stream.
//!
//! A batch names the ledgers that grew ([`handler`]). Each ledger is read, and its total is published ([`publish`]). If
//! its bucket has closed, the occurrences that Datadog never accepted are carried to the current bucket ([`late`]).
//! Unreadable items are set aside ([`set_aside`]). A schedule finds the ledgers whose records the stream has lost
//! ([`sweep`]). See `docs/design.md`, sections 5 and 6.

pub mod handler;
mod late;
mod publish;
mod set_aside;
mod sweep;
pub mod transport;

pub use handler::{MetricsPublisher, PublishError, Published};
pub use sweep::Swept;
pub use transport::Transport;
