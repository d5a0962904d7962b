//! `POST /hooks/{source}`: checks who sent a request, answers handshakes, and stores what the request says. Nothing of a
//! request is read before its signature is right, except for handshakes that vendors do not sign.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::telemetry;
use cxtrace_signatures::SignedRequest;
use cxtrace_sources::delivery::{Delivery, Transport};
use http::{HeaderMap, StatusCode};

use crate::answer::Answer;
use crate::gate::{Admitted, Gate};
use crate::hook::Hook;
use crate::request::{MAX_BODY, Request, TOO_LARGE};
use crate::sink::{NotStored, Sink};

/// The time within which every request is answered. The shortest deadline of a vendor is 5 s (Twilio).
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// The message for what is not authentic.
const NOT_SIGNED: &str = "the request is not signed as this source's requests must be.";

/// Finds the hook of a source by its name or another name of it.
pub type FindHook = Box<dyn Fn(&str) -> Option<Hook> + Send + Sync>;

/// The route of webhooks.
pub struct Hooks<S> {
    find: FindHook,
    gate: Arc<Gate>,
    sink: S,
    clock: SharedClock,
}

impl<S> fmt::Debug for Hooks<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl<S: Sink> Hooks<S> {
    #[must_use]
    pub fn new(find: FindHook, gate: Arc<Gate>, sink: S, clock: SharedClock) -> Self {
        Self { find, gate, sink, clock }
    }

    /// Answers a request for a source.
    pub async fn respond(&self, source: &str, request: Request) -> Answer {
        let Some(hook) = (self.find)(source) else {
            return Answer::error(StatusCode::NOT_FOUND, "no source of this name sends webhooks.");
        };
        let answer = tokio::select! {
            answer = self.take(&hook, request) => answer,
            () = self.clock.sleep(ANSWER_WITHIN) => {
                tracing::warn!(source = hook.source, "a webhook was not stored in time, and the vendor must send it again");
                Answer::unavailable()
            }
        };
        match answer.status {
            StatusCode::SERVICE_UNAVAILABLE => telemetry::measure("WebhooksUnavailable", "Count", 1.0),
            StatusCode::BAD_REQUEST => telemetry::measure("WebhooksUnreadable", "Count", 1.0),
            _ => {}
        }
        answer
    }

    async fn take(&self, hook: &Hook, request: Request) -> Answer {
        if request.body.len() > MAX_BODY {
            return Answer::error(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE);
        }
        let received_at = self.clock.now();
        let secrets = match self.gate.secrets().await {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "the secrets of webhooks cannot be used");
                return Answer::unavailable();
            }
        };
        let handshake = hook.handshake;
        if let Some(handshake) = handshake.filter(|_| self.gate.is_enabled(&hook.source, &secrets))
            && let Some(answer) = handshake.answer_unsigned(&request.headers, &request.body)
        {
            tracing::info!(source = hook.source, "a handshake was answered");
            return answer.into();
        }
        let Request { method, url, headers, body, .. } = &request;
        let signed = SignedRequest { method: method.as_str(), url, headers, body, received_at };
        let Admitted { secret, covers_url } = match self.gate.admit(hook, &signed, &secrets).await {
            Ok(admitted) => admitted,
            Err(rejected) => {
                return match rejected.note(&hook.source) {
                    StatusCode::UNAUTHORIZED => Answer::error(StatusCode::UNAUTHORIZED, NOT_SIGNED),
                    _ => Answer::unavailable(),
                };
            }
        };
        let answer =
            handshake.zip(secret).and_then(|(handshake, secret)| handshake.answer_signed(&request.body, &secret));
        if let Some(answer) = answer {
            tracing::info!(source = hook.source, "a handshake was answered");
            return answer.into();
        }
        // What nobody has signed is not read.
        let request = if covers_url { request } else { Request { query: String::new(), ..request } };
        self.store(&hook.source, request, received_at).await
    }

    async fn store(&self, source: &str, request: Request, received_at: DateTime<Utc>) -> Answer {
        let delivery = Delivery {
            transport: Transport::Webhook,
            source: source.to_owned(),
            headers: joined(&request.headers),
            query: form_urlencoded::parse(request.query.as_bytes()).into_owned().collect(),
            body: request.body,
            received_at: Some(received_at),
            envelope: None,
        };
        match self.sink.store(delivery).await {
            Ok(()) => Answer::taken(),
            Err(NotStored::Unreadable(reason)) => {
                tracing::error!(source, reason, "a webhook cannot be read and is lost");
                Answer::error(StatusCode::BAD_REQUEST, "the body is not what the definition of this source describes.")
            }
            Err(NotStored::Unavailable(reason)) => {
                tracing::warn!(source, reason, "a webhook could not be stored, and the vendor must send it again");
                Answer::unavailable()
            }
        }
    }
}

/// Headers with lower-case names. Values of a repeated header are joined, as API Gateway joins them.
pub(crate) fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let all = joined.entry(name.as_str().to_owned()).or_default();
        if !all.is_empty() {
            all.push(',');
        }
        all.push_str(&value);
    }
    joined
}
