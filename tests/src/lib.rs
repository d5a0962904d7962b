//! Simulated worlds of the whole system with every kind of fault.

pub mod connector;
pub mod sim;
