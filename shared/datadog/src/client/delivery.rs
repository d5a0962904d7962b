//! Delivers a payload to Datadog, whatever it contains: attempts, pauses, and the renewal of the API key.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::own_traces::work;
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::response::Response;
use super::submitter::Submitter;
use crate::key::ApiKey;
use crate::payload::Body;

/// One request.
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) content_type: &'static str,
    pub(super) body: Body,
}

/// The content of requests.
pub(super) trait Payload {
    /// Whether it may be sent again after an attempt with an unknown outcome.
    const IDEMPOTENT: bool;

    /// The request of the next attempt at `now`; `None` if there is nothing left to send.
    fn request(&mut self, now: DateTime<Utc>) -> Option<Request>;

    /// The number of items, for the log.
    fn len(&self) -> usize;

    /// Notes an attempt with an unknown outcome.
    fn note_unknown_outcome(&mut self, reason: &str);
}

/// The outcome of a payload. Reasons are short, in one line, and do not hold the API key.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Datadog has accepted it.
    Accepted,
    /// There was nothing left to send.
    Empty,
    /// Datadog does not have it. The caller may try again.
    Refused(String),
    /// It was sent, the outcome is unknown, and it must not be sent again.
    Unknown(String),
    /// Datadog refuses it because of its size or content.
    InvalidPayload(String),
    /// Datadog does not accept the API key. No other payload will get through.
    KeyRefused(String),
}

/// The next step after a response.
enum Next {
    Done(Delivery),
    Retry { pause: Duration },
}

/// The deliveries of one call.
pub(super) struct Session<'a> {
    submitter: &'a Submitter,
    deadline: DateTime<Utc>,
    key: ApiKey,
    /// Whether the key has been fetched again.
    renewed: bool,
}

impl<'a> Session<'a> {
    /// Starts a call that ends before `deadline`. Returns the reason if there is no API key.
    pub(super) async fn open(submitter: &'a Submitter, deadline: DateTime<Utc>) -> Result<Self, String> {
        match submitter.keys.key().await {
            Ok(key) => Ok(Self { submitter, deadline, key, renewed: false }),
            Err(error) => {
                let reason = error_chain(&error);
                tracing::error!(error = reason, "nothing can be sent to Datadog without an API key");
                Err(format!("not sent: {reason}"))
            }
        }
    }

    /// Sends `payload` until its outcome is decided.
    pub(super) async fn deliver(&mut self, payload: &mut impl Payload) -> Delivery {
        let Submitter { policy, clock, .. } = self.submitter;
        let mut attempt = 0;
        loop {
            let now = clock.now();
            let Some(request) = payload.request(now) else { return Delivery::Empty };
            if !policy.allows(now, Duration::ZERO, self.deadline) {
                return Delivery::Refused("not sent: too little time was left".to_owned());
            }
            attempt += 1;
            let response = self.send(request).await;
            match self.handle_response(response, payload, attempt).await {
                Next::Done(delivery) => return delivery,
                Next::Retry { pause } => clock.sleep(pause).await,
            }
        }
    }

    async fn send(&self, Request { url, content_type, body }: Request) -> Response {
        let Submitter { http, policy, clock, .. } = self.submitter;
        let mut request = http
            .post(url)
            .timeout(policy.timeout)
            .header("DD-API-KEY", self.key.header())
            .header(CONTENT_TYPE, content_type);
        if let Some(encoding) = body.encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        let begun = work::begin(|| "Datadog".to_owned());
        let sent = request.body(body.bytes).send().await;
        if let Some(begun) = begun {
            begun.end(sent.as_ref().ok().map(|response| response.status().as_u16()));
        }
        let response = match sent {
            Ok(response) => Response::read(response, clock.now()).await,
            Err(error) => Response::of_error(error),
        };
        response.without_key(&self.key)
    }

    async fn handle_response<P: Payload>(&mut self, response: Response, payload: &mut P, attempt: u32) -> Next {
        let items = payload.len();
        match response {
            Response::Accepted => Next::Done(Delivery::Accepted),
            Response::Retryable { reason, pause } => self.retry(reason, items, attempt, pause, Delivery::Refused),
            Response::NotSent(reason) => {
                self.retry(format!("not sent: {reason}"), items, attempt, None, Delivery::Refused)
            }
            Response::Unknown(reason) => self.retry_unknown(reason, payload, attempt),
            Response::Unconfirmed(reason) => {
                tracing::error!(
                    reason,
                    items,
                    "a success status came without Datadog's confirmation; check DD_METRICS_URL and proxies"
                );
                self.retry_unknown(reason, payload, attempt)
            }
            Response::AcceptedWithErrors(reason) => {
                tracing::error!(reason, items, "Datadog reports errors in a payload that it has received");
                match items {
                    // Datadog may have accepted a part of it.
                    _ if !P::IDEMPOTENT => Next::Done(Delivery::Unknown(reason)),
                    1 => self.retry(reason, items, attempt, None, Delivery::InvalidPayload),
                    _ => Next::Done(Delivery::InvalidPayload(reason)),
                }
            }
            Response::InvalidPayload(reason) => {
                tracing::warn!(reason, items, "Datadog refuses a payload for its content or size");
                Next::Done(Delivery::InvalidPayload(reason))
            }
            Response::KeyRefused(reason) => self.renew_key(reason, items).await,
            Response::Refused(reason) => {
                tracing::error!(reason, items, "the address does not accept metrics; check DD_SITE and DD_METRICS_URL");
                Next::Done(Delivery::Refused(reason))
            }
        }
    }

    fn retry_unknown<P: Payload>(&self, reason: String, payload: &mut P, attempt: u32) -> Next {
        if !P::IDEMPOTENT {
            return Next::Done(Delivery::Unknown(reason));
        }
        payload.note_unknown_outcome(&reason);
        self.retry(reason, payload.len(), attempt, None, Delivery::Refused)
    }

    /// Sends again if attempts and time are left; otherwise the outcome is `given_up`.
    fn retry(
        &self,
        reason: String,
        items: usize,
        attempt: u32,
        requested: Option<Duration>,
        given_up: fn(String) -> Delivery,
    ) -> Next {
        let Submitter { policy, clock, jitter, .. } = self.submitter;
        let pause = policy.pause(attempt, requested, jitter.as_ref());
        let again = attempt < policy.max_attempts && policy.allows(clock.now(), pause, self.deadline);
        let pause_ms = again.then_some(pause.as_millis());
        tracing::warn!(reason, items, attempt, pause_ms, "Datadog has not accepted a payload");
        if again { Next::Retry { pause } } else { Next::Done(given_up(reason)) }
    }

    /// Fetches the API key again, once in a call, and sends again.
    async fn renew_key(&mut self, mut reason: String, items: usize) -> Next {
        if !self.renewed {
            self.renewed = true;
            match self.submitter.keys.refresh().await {
                Ok(renewed) => {
                    tracing::warn!(reason, "Datadog refuses the API key; it is fetched again");
                    self.key = renewed;
                    return Next::Retry { pause: Duration::ZERO };
                }
                Err(error) => {
                    reason = format!("{reason}, and the key could not be fetched again: {}", error_chain(&error))
                }
            }
        }
        tracing::error!(
            reason,
            items,
            "Datadog refuses the API key; check that it is a valid API key of the organisation at DD_SITE"
        );
        Next::Done(Delivery::KeyRefused(reason))
    }
}
