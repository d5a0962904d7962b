//! One binary for every test of the whole system: linking the SDK once is enough.
#![allow(clippy::unwrap_used, reason = "clippy takes what a test only uses for no part of a test")]

mod documents;
mod journeys;
mod layout;
mod pipeline;
mod privacy;
mod template;
