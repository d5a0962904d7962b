//! Support for tests of the whole pipeline: worlds in which everything goes wrong.

pub mod endpoints;
pub mod runtime_api;
pub mod sim;
