//! `POST /v1/traces`: spans of OpenTelemetry, with a token of their own. Senders resend after 429, 502, 503 and 504 only, so
//! trouble of our own is 503 with `Retry-After`, and never 500. Nothing of the body is read before the token is right.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::telemetry;
use cxtrace_otlp::messages::ExportTracePartialSuccess;
use cxtrace_otlp::receive::Refusal;
use cxtrace_otlp::receive::body::MAX_BYTES;
use cxtrace_otlp::{Encoding, response};
use cxtrace_signatures::SignedRequest;
use cxtrace_sources::delivery::{Delivery, Transport};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::answer::Answer;
use crate::gate::Gate;
use crate::hook::Hook;
use crate::hooks::joined;
use crate::request::{Head, ReadBody, Untaken};
use crate::sink::{Sink, TracesNotStored};

/// The name of the entry with the token, in the secret of webhooks.
pub const SOURCE: &str = "otlp";

/// The time within which every request is answered. OpenTelemetry's exporters wait for 10 s, and so does Lambda.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// The route of spans.
#[derive(Debug)]
pub struct Traces<S> {
    hook: Hook,
    gate: Arc<Gate>,
    sink: S,
    clock: SharedClock,
}

impl<S: Sink> Traces<S> {
    #[must_use]
    pub fn new(gate: Arc<Gate>, sink: S, clock: SharedClock) -> Self {
        Self { hook: Hook::bearer(SOURCE), gate, sink, clock }
    }

    /// Answers a request with spans, in the encoding of the request, or in JSON if that is none of OTLP's.
    pub async fn respond(&self, head: Head, body: impl ReadBody) -> Answer {
        let answered_in = encoding_of(&head.headers).unwrap_or(Encoding::Json);
        let answer = tokio::select! {
            answer = self.take(head, body, answered_in) => answer,
            () = self.clock.sleep(ANSWER_WITHIN) => {
                tracing::warn!("spans were not stored in time, and the sender must send them again");
                unavailable(answered_in)
            }
        };
        match answer.status {
            StatusCode::SERVICE_UNAVAILABLE => telemetry::measure("WebhooksUnavailable", "Count", 1.0),
            StatusCode::OK | StatusCode::UNAUTHORIZED => {}
            _ => telemetry::measure("WebhooksUnreadable", "Count", 1.0),
        }
        answer
    }

    async fn take(&self, head: Head, body: impl ReadBody, answered_in: Encoding) -> Answer {
        if let Err(status) = self.admit(&head).await {
            return match status {
                StatusCode::UNAUTHORIZED => {
                    failure(answered_in, status, "the token is missing or wrong: send Authorization: Bearer <token>")
                }
                _ => unavailable(answered_in),
            };
        }
        let refused = |refusal: &Refusal| {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            tracing::error!(%status, reason = %refusal, "a request with spans is refused and lost");
            failure(answered_in, status, &refusal.to_string())
        };
        if encoding_of(&head.headers).is_none() {
            return refused(&Refusal::ContentType);
        }
        let body = match body.read(MAX_BYTES).await {
            Ok(body) => body,
            Err(Untaken::TooLarge) => return refused(&Refusal::TooLong),
            Err(Untaken::NotBase64 | Untaken::Broken) => return refused(&Refusal::Malformed("it is cut off")),
        };
        let delivery = Delivery {
            transport: Transport::Otlp,
            source: String::new(),
            headers: joined(&only(&head.headers, [CONTENT_TYPE, CONTENT_ENCODING])),
            query: BTreeMap::new(),
            body,
            received_at: Some(self.clock.now()),
            envelope: None,
        };
        match self.sink.store_traces(delivery).await {
            Ok(rejected) => success(answered_in, rejected),
            Err(TracesNotStored::Refused(refusal)) => refused(&refusal),
            Err(TracesNotStored::Unavailable(reason)) => {
                tracing::warn!(reason, "spans could not be stored, and the sender must send them again");
                unavailable(answered_in)
            }
        }
    }

    /// Checks the token. It covers nothing of the request, so the body is not needed.
    async fn admit(&self, head: &Head) -> Result<(), StatusCode> {
        let secrets = self.gate.secrets().await.map_err(|error| {
            tracing::error!(error = error_chain(&error), "the secrets of webhooks cannot be used");
            StatusCode::SERVICE_UNAVAILABLE
        })?;
        let Head { method, url, headers, .. } = head;
        let received_at = self.clock.now();
        let signed = SignedRequest { method: method.as_str(), url, headers, body: &[], received_at };
        let admitted = self.gate.admit(&self.hook, &signed, &secrets).await;
        admitted.map(drop).map_err(|rejected| rejected.note(SOURCE))
    }
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    Encoding::of_content_type(headers.get(CONTENT_TYPE)?.to_str().ok()?)
}

fn only(headers: &HeaderMap, names: [HeaderName; 2]) -> HeaderMap {
    let kept = names.into_iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    kept.collect()
}

/// The answer to a request in which `rejected` spans cannot be read.
fn success(encoding: Encoding, rejected: usize) -> Answer {
    let error_message = match rejected {
        0 => String::new(),
        _ => "spans without a valid trace id and span id, and spans that no definition can read, were left out"
            .to_owned(),
    };
    let rejected_spans = i64::try_from(rejected).unwrap_or(i64::MAX);
    let body = response::success(encoding, &ExportTracePartialSuccess { rejected_spans, error_message });
    answer(encoding, StatusCode::OK, body)
}

fn failure(encoding: Encoding, status: StatusCode, message: &str) -> Answer {
    answer(encoding, status, response::failure(encoding, message))
}

fn unavailable(encoding: Encoding) -> Answer {
    let mut answer =
        failure(encoding, StatusCode::SERVICE_UNAVAILABLE, "the spans could not be stored. Send them again");
    let retry_after = Answer::unavailable().headers.remove(RETRY_AFTER);
    answer.headers.extend(retry_after.map(|value| (RETRY_AFTER, value)));
    answer
}

fn answer(encoding: Encoding, status: StatusCode, body: Vec<u8>) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(encoding.content_type()));
    Answer { status, headers, body }
}
