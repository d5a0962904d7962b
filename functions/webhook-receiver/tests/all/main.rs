//! The tests of the function, with a sink in memory.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod attacks;
mod definitions;
mod handshakes;
mod rotation;
mod support;
mod traces;
