//! One binary for every test of the whole system: linking the SDK once is enough.
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

mod documents;
mod journeys;
mod layout;
mod otel;
mod pipeline;
mod privacy;
mod security;
mod template;
