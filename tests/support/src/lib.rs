//! Shared parts of the tests of several crates: fake services on loopback, functions as processes below a fake of
//! Lambda's Runtime API, and a clock that only a test moves.

pub mod clock;
pub mod endpoints;
pub mod runtime_api;
