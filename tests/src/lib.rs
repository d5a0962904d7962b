//! Simulated worlds of the whole system, in which everything goes wrong.

pub mod sim;
