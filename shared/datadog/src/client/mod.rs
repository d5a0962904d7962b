//! Submits series and distributions to Datadog's API, and returns the outcome of each.
//!
//! | response | then |
//! |---|---|
//! | 2xx, and the body has no errors | accepted |
//! | 2xx with errors in the body | the payload is split; a point alone is retried, and rejected in the end |
//! | 2xx without a readable confirmation, 502, 504, no response | retried; in the end the outcome is unknown |
//! | 408, 429, other 5xx | retried; refused in the end |
//! | 413, 400 | the payload is split; a point alone is rejected |
//! | 403 | retried once with the API key fetched again; then refused |
//! | anything else | refused |
//!
//! The caller can submit refused points again. A distribution is never sent again after an attempt with an unknown
//! outcome, because Datadog would add its values twice.
//!
//! | question | module |
//! |---|---|
//! | Who submits, and with what? | [`submitter`] |
//! | How does one request get through? | `delivery`, for series and distributions alike |
//! | When is it retried? | [`retry_policy`] |
//! | What does a response mean? | `response` |
//! | What is in a request? | [`series`], [`distributions`] |
//!
//! Only the API key is kept between calls.

mod delivery;
pub mod distributions;
mod response;
pub mod retry_policy;
pub mod series;
pub mod submitter;
#[cfg(test)]
mod tests;

pub use distributions::{DistributionOutcome, Measure};
pub use retry_policy::RetryPolicy;
pub use series::{StillOpen, SubmitOutcome};
pub use submitter::Submitter;
