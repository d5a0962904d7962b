//! The tests of the function, with a sink in memory.

mod answers;
mod attacks;
mod definitions;
mod handshakes;
mod rotation;
mod support;
