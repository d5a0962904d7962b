//! Journeys: their cost in time, memory and money, and its growth.

pub(crate) mod attack;
pub(crate) mod bill;
pub(crate) mod cost;
pub(crate) mod cpu;
mod explorer;
mod hour;
pub(crate) mod latency;
mod limits;
pub(crate) mod many;
pub(crate) mod memory;
pub(crate) mod one;
pub(crate) mod page;
mod pipeline;
mod traffic;
