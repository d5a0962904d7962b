//! The client of one Datadog endpoint.

use std::sync::Arc;

use cxtrace_clock::{RandomJitter, SharedClock, SharedJitter};

use super::retry_policy::RetryPolicy;
use crate::key::SharedKeySource;
use crate::site::Endpoint;

/// Submits series and distributions to one endpoint.
#[derive(Debug, Clone)]
pub struct Submitter {
    pub(super) http: reqwest::Client,
    pub(super) endpoint: Endpoint,
    pub(super) keys: SharedKeySource,
    pub(super) clock: SharedClock,
    pub(super) policy: RetryPolicy,
    pub(super) jitter: SharedJitter,
}

impl Submitter {
    #[must_use]
    pub fn new(
        http: reqwest::Client,
        endpoint: Endpoint,
        keys: SharedKeySource,
        clock: SharedClock,
        policy: RetryPolicy,
    ) -> Self {
        Self { http, endpoint, keys, clock, policy, jitter: Arc::new(RandomJitter) }
    }

    /// This submitter with pauses by `jitter`, so that simulations are repeatable.
    #[must_use]
    pub fn with_jitter(self, jitter: SharedJitter) -> Self {
        Self { jitter, ..self }
    }
}
