//! The common parts of every function's `main`: one HTTP client, AWS clients that use it, secrets, logs, dead letters,
//! and the loop that serves invocations. Settings are in `cxtrace-settings`.
//!
//! This crate must not know what a function does.

pub mod aws;
pub mod dead_letters;
pub mod events;
pub mod function;
pub mod headers;
pub mod http;
pub mod own_traces;
pub mod pseudonyms;
pub mod retry_queue;
pub mod secret;
pub mod telemetry;
