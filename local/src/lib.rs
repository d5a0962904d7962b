//! twin

pub mod engine;
pub mod generate;
