//! From events of many sources to journeys that are listed, shown and settled.

mod growth;
mod merge;
mod requests;
mod settle;
mod simulation;
mod store;
pub(crate) mod support;
