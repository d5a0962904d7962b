//! From an attributes event to a count in Datadog.

mod parts;
mod publisher;
mod requests;
mod simulation;
mod store;
pub(crate) mod support;
mod sweep;
