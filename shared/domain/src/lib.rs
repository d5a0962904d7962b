//! What Cxtrace knows, as pure functions: no I/O, no async, no clock of its own.
//!
//! Start with [`metrics`]: how a participant attribute's name becomes an occurrence, a series and a
//! bucket, and how a bucket's ledger says what to publish. Times are passed in, and everything here
//! can be tested without a runtime.

pub mod metrics;
