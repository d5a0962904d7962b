//! How totals and measured values reach Datadog: what a payload looks like, how large it may be, what each answer means, and
//! how long to insist.
//!
//! | step | module |
//! |---|---|
//! | What is sent? | [`point`] |
//! | Where to, and with which key? | [`site`], [`key`] |
//! | In which pieces? | [`payload`] |
//! | What became of each point? | [`client`] |
//! | The other way: distributions to the Datadog Lambda extension | [`extension`] |
//!
//! It must not know where points come from, nor what is done about those that were not taken.

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
