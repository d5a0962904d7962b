//! From events of many sources to listed, shown and settled journeys.

mod erase;
mod export;
mod growth;
mod handoff_ends;
mod merge;
mod otlp;
mod records;
mod requests;
mod settle;
mod simulation;
mod stale_reads;
mod store;
pub(crate) mod support;
