//! One request to Datadog's API: its headers, its retries, and what its answer means.

use std::time::Duration;

use cxtrace_clock::{Backoff, RandomJitter, SharedClock};
use cxtrace_error_chain::error_chain;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use super::access::Access;
use crate::failure::Failure;

/// The maximum number of attempts of one request.
const MAX_ATTEMPTS: u32 = 5;

/// The time limit for one attempt.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest pause that is waited for. Datadog's limits are per minute or per hour.
const MAX_PAUSE: Duration = Duration::from_secs(120);

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), max: Duration::from_secs(10) };

/// The maximum number of characters of an answer's text that are shown.
const MAX_SHOWN: usize = 300;

/// Datadog did not do what was asked. No message holds a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// 401 or 403.
    #[error(
        "Datadog refuses to {what} (status {status}: {reason}). Check DD_API_KEY, DD_APP_KEY and DD_SITE, and that the application \
         key has the scope {scope}."
    )]
    Forbidden { what: String, status: u16, reason: String, scope: &'static str },
    /// 404.
    #[error(
        "Datadog has nothing to {what} (status 404: {reason}). Run the command again: somebody may have deleted it."
    )]
    NotFound { what: String, reason: String },
    /// 409.
    #[error(
        "Datadog will not {what}, because another object is in the way (status 409: {reason}). That object is not managed by \
         cxtrace, so it was left alone. Rename or delete it in Datadog, then run the command again."
    )]
    Conflict { what: String, reason: String },
    /// 429, at every attempt.
    #[error("Datadog's rate limit {limit} is reached, so it will not {what}. Try again in {seconds} s.")]
    RateLimited { what: String, limit: String, seconds: u64 },
    /// Another status.
    #[error("Datadog will not {what} (status {status}: {reason}).")]
    Refused { what: String, status: u16, reason: String },
    /// No answer, or none of Datadog's.
    #[error("Datadog did not answer when asked to {what}: {reason}. Check DD_SITE, DD_METRICS_URL and the network.")]
    NoAnswer { what: String, reason: String },
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) parameters: &'a [(&'a str, String)],
    pub(crate) body: Option<&'a Value>,
    /// What it does, after "to".
    pub(crate) what: String,
    /// The scope that the application key needs.
    pub(crate) scope: &'static str,
    /// Whether it may be sent again when nobody knows what became of it.
    pub(crate) is_idempotent: bool,
}

/// Datadog's API.
#[derive(Debug)]
pub(crate) struct DatadogApi {
    http: reqwest::Client,
    access: Access,
    clock: SharedClock,
}

/// What one attempt led to.
enum Attempt {
    Done(Value),
    Failed(ApiError),
    Again { error: ApiError, pause: Option<Duration> },
}

impl DatadogApi {
    pub(crate) fn new(access: Access, clock: SharedClock) -> Result<Self, Failure> {
        Ok(Self { http: cxtrace_lambda::http::client()?, access, clock })
    }

    /// Sends a request until its outcome is decided.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Value, ApiError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (error, pause) = match self.attempt(request).await {
                Attempt::Done(answer) => return Ok(answer),
                Attempt::Failed(error) => return Err(error),
                Attempt::Again { error, pause } => (error, pause),
            };
            let pause = pause.unwrap_or_else(|| BACKOFF.pause(attempt, &RandomJitter));
            if attempt == MAX_ATTEMPTS || pause > MAX_PAUSE {
                return Err(error);
            }
            tracing::info!(what = request.what, pause_ms = pause.as_millis(), "Datadog asks to wait");
            self.clock.sleep(pause).await;
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Attempt {
        let Access { endpoint, api_key, application_key } = &self.access;
        let mut url = endpoint.with_path(request.path);
        if !request.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(request.parameters);
        }
        let mut http = self
            .http
            .request(request.method.clone(), url)
            .timeout(TIMEOUT)
            .header("DD-API-KEY", api_key.header())
            .header("DD-APPLICATION-KEY", application_key.header())
            .header("Accept", "application/json");
        if let Some(body) = request.body {
            http = http.header("Content-Type", "application/json").body(body.to_string());
        }
        match http.send().await {
            Ok(response) => self.read(request, response).await,
            Err(error) => {
                let is_unsent = error.is_connect();
                let reason = error_chain(&error.without_url());
                let error = ApiError::NoAnswer { what: request.what.clone(), reason };
                if is_unsent || request.is_idempotent {
                    Attempt::Again { error, pause: None }
                } else {
                    Attempt::Failed(error)
                }
            }
        }
    }

    async fn read(&self, request: &Request<'_>, response: Response) -> Attempt {
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let reset = header("x-ratelimit-reset").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let limit = header("x-ratelimit-name").unwrap_or_default();
        let text = response.text().await.unwrap_or_default();
        let what = request.what.clone();
        if status.is_success() {
            if text.trim().is_empty() {
                return Attempt::Done(Value::Null);
            }
            return match serde_json::from_str(&text) {
                Ok(answer) => Attempt::Done(answer),
                Err(error) => {
                    let reason = format!("its answer is not JSON ({error})");
                    Attempt::Failed(ApiError::NoAnswer { what, reason })
                }
            };
        }
        let (status, reason) = (status.as_u16(), self.reason(&text));
        match StatusCode::from_u16(status).unwrap_or_default() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Attempt::Failed(ApiError::Forbidden { what, status, reason, scope: request.scope })
            }
            StatusCode::NOT_FOUND => Attempt::Failed(ApiError::NotFound { what, reason }),
            StatusCode::CONFLICT => Attempt::Failed(ApiError::Conflict { what, reason }),
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds = reset.unwrap_or_default().as_secs();
                Attempt::Again { error: ApiError::RateLimited { what, limit, seconds }, pause: reset }
            }
            code if code.is_server_error() && request.is_idempotent => {
                Attempt::Again { error: ApiError::Refused { what, status, reason }, pause: None }
            }
            _ => Attempt::Failed(ApiError::Refused { what, status, reason }),
        }
    }

    /// The errors in an answer, in one line, without the keys.
    fn reason(&self, text: &str) -> String {
        let errors: Option<Vec<String>> = serde_json::from_str::<Value>(text).ok().and_then(|answer| {
            let errors = answer["errors"].as_array()?;
            Some(errors.iter().map(|error| error.as_str().map_or_else(|| error.to_string(), str::to_owned)).collect())
        });
        let mut line = errors.map_or_else(|| text.to_owned(), |errors| errors.join("; "));
        for key in [&self.access.api_key, &self.access.application_key] {
            if let Ok(key) = key.header().to_str() {
                line = line.replace(key, "(a key)");
            }
        }
        let line: String = line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_SHOWN).collect();
        if line.is_empty() { "no reason given".to_owned() } else { line }
    }
}
