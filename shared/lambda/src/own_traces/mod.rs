//! Cxtrace's own traces: each invocation is a trace, with a span for each request of the AWS SDK and a link for each journey.
//! `OWN_TRACES_PERCENT` turns them on. They go to the receiver of exported journeys.
//!
//! A receiver that is down costs an invocation [`TIMEOUT`] once a minute, and nothing else: no trace is kept or sent again.

mod body;
pub mod work;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_types::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_settings::{Environment, InvalidSetting, registry};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

pub use body::Invoked;
use work::Work;

use crate::headers::Headers;

/// The longest time that sending takes, with the first read of the headers' secret.
const TIMEOUT: Duration = Duration::from_millis(500);

/// After a failure nothing is sent for this time.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Nothing is sent within this time before Lambda ends the invocation.
const MARGIN: TimeDelta = TimeDelta::seconds(2);

/// Sends the traces of this function's invocations.
#[derive(Debug)]
pub struct OwnTraces {
    http: reqwest::Client,
    endpoint: Url,
    headers: Headers,
    clock: SharedClock,
    percent: u32,
    function: String,
    resource: BTreeMap<String, String>,
    /// Nothing is sent before this time.
    closed_until: Mutex<DateTime<Utc>>,
}

impl OwnTraces {
    /// The own traces of the function with this name; `None` if they are off or there is no receiver.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub fn read(
        environment: &Environment,
        aws: &SdkConfig,
        http: reqwest::Client,
        clock: SharedClock,
        function: &str,
    ) -> Result<Option<Self>, InvalidSetting> {
        let percent = registry::OWN_TRACES_PERCENT.read(environment)?;
        let Some(endpoint) = registry::OTLP_ENDPOINT.read_if_set(environment)?.filter(|_| percent > 0) else {
            return Ok(None);
        };
        Ok(Some(Self {
            http,
            endpoint,
            headers: Headers::of_environment(environment, Some(aws))?,
            clock,
            percent,
            function: function.to_owned(),
            resource: registry::OTLP_RESOURCE_ATTRIBUTES.read(environment)?,
            closed_until: Mutex::new(DateTime::<Utc>::MIN_UTC),
        }))
    }

    /// Sends the trace of an invocation if it failed or is in the share, and the receiver has not just failed.
    pub async fn send(&self, invoked: &Invoked<'_>, work: &Work, deadline: DateTime<Utc>) {
        let recorded = work.taken();
        let is_open = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner) <= invoked.ended;
        let is_wanted = invoked.error.is_some() || is_drawn(invoked.request_id, self.percent);
        if !is_wanted || !is_open || invoked.ended + MARGIN > deadline {
            return;
        }
        let body = body::request(&self.function, &self.resource, invoked, &recorded).to_string();
        let reason = match tokio::time::timeout(TIMEOUT, self.attempt(body)).await {
            Ok(Ok(())) => return,
            Ok(Err(reason)) => reason,
            Err(_) => "it did not answer in time".to_owned(),
        };
        *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner) = self.clock.now() + PAUSE;
        tracing::warn!(reason, "the receiver has not taken a trace of Cxtrace's own; none is sent for a minute");
    }

    async fn attempt(&self, body: String) -> Result<(), String> {
        // An error of the client may repeat the address, and an answer may repeat a header.
        let headers = self.headers.get().await.map_err(|_| "its headers could not be read".to_owned())?;
        let request = self.http.post(self.endpoint.clone()).timeout(TIMEOUT).headers(headers);
        let sent = request.header(CONTENT_TYPE, "application/json").body(body).send().await;
        let status = sent.map_err(|_| "it did not answer".to_owned())?.status();
        if status.is_success() {
            return Ok(());
        }
        self.headers.forget().await;
        Err(format!("it answered {status}"))
    }
}

/// Whether an invocation is in the share. Lambda's request ids are random.
fn is_drawn(request_id: &str, percent: u32) -> bool {
    let digits: String = request_id.chars().rev().filter(char::is_ascii_hexdigit).take(8).collect();
    let drawn = u32::from_str_radix(&digits, 16).unwrap_or_default();
    u64::from(drawn) * 100 < u64::from(percent) << 32
}
