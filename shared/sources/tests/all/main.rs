//! Reads whole EventBridge envelopes of every platform, as the functions do.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod attributes;
mod attributes_properties;
mod canary;
mod canary_deliveries;
mod definitions;
mod deliveries;
mod genesys;
mod lenient;
mod page;
mod samples;
mod senders;
mod shapes;
mod span;
mod strangers;
mod support;
