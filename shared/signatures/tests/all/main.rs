//! The tests of the crate.

mod attacks;
mod handshakes;
mod refusals;
mod vectors;
