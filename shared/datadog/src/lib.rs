//! Sends totals and measured values to Datadog: the form and size of a payload, the meaning of each response, and the retry
//! policy.
//!
//! | step | module |
//! |---|---|
//! | What is a point? | [`point`] |
//! | Where to, and with which key? | [`site`], [`key`] |
//! | How is it split into payloads? | [`payload`] |
//! | What is the outcome of each point? | [`client`] |
//! | How are distributions sent to the Datadog Lambda extension instead? | [`extension`] |
//!
//! This crate does not know where points come from, or what the caller does with refused ones.

pub mod client;
pub mod extension;
pub mod key;
pub mod payload;
pub mod point;
pub mod site;
#[cfg(test)]
mod testing;

pub use client::{DistributionOutcome, Measure, RetryPolicy, SubmitOutcome, Submitter};
pub use extension::{Extension, ExtensionError, Increment};
pub use key::{ApiKey, FixedKey, KeyError, KeySource, SecretKey, SharedKeySource};
pub use point::Point;
pub use site::Endpoint;
