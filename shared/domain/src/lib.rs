//! What Cxtrace knows, as pure functions: no I/O, no async, no clock of its own.
//!
//! - [`metrics`]: how a participant attribute's name becomes an occurrence, a series and a bucket, and how a
//!   bucket's ledger says what to publish.
//! - [`journeys`]: how facts from many systems become one journey, with its legs, gaps and insights.
//!
//! Times are passed in, and everything here can be tested without a runtime.

pub mod journeys;
pub mod metrics;

pub use cxtrace_privacy::digest;
