//! What every platform's events come to, read as a user's would be: from whole EventBridge envelopes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod attributes;
mod attributes_properties;
mod canary;
mod genesys;
mod lenient;
mod page;
mod samples;
mod span;
mod strangers;
mod support;
