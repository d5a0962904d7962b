//! What every function's `main` needs and no function should write again: settings from the
//! environment, one HTTP stack, AWS clients on top of it, time, logs and the way to a dead-letter queue.
//!
//! It must not know what is done with any of them.

pub mod aws;
pub mod dead_letters;
pub mod environment;
pub mod function;
pub mod http;
pub mod pseudonyms;
pub mod report;
pub mod secret;
pub mod settings;
pub mod telemetry;
