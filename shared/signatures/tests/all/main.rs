//! The tests of the crate.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod attacks;
mod handshakes;
mod refusals;
mod vectors;
