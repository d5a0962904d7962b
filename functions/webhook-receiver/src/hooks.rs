//! `POST /hooks/{source}`: checks who sent a request, answers handshakes, and stores what the request says. Nothing of a
//! request is read before its signature is right, except for handshakes that vendors do not sign.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::telemetry;
use cxtrace_signatures::{Refusal, SignedRequest, Verifier};
use cxtrace_sources::delivery::{Delivery, Transport};
use http::{HeaderMap, StatusCode};

use crate::answer::Answer;
use crate::hook::Hook;
use crate::request::{MAX_BODY, Request, TOO_LARGE};
use crate::secret_book::SecretBook;
use crate::secrets::{Choice, Secrets, SourceSecrets};
use crate::sink::{NotStored, Sink};

/// The time within which every request is answered. The shortest deadline of a vendor is 5 s (Twilio).
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// What happens to requests for a source without a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    Refused,
    /// In the twin, which only this machine reaches.
    Allowed,
}

/// Finds the hook of a source by its name or another name of it.
pub type FindHook = Box<dyn Fn(&str) -> Option<Hook> + Send + Sync>;

/// The route of webhooks.
pub struct Hooks<S> {
    find: FindHook,
    secrets: SecretBook,
    unsigned: Unsigned,
    sink: S,
    clock: SharedClock,
}

impl<S> fmt::Debug for Hooks<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("unsigned", &self.unsigned).finish_non_exhaustive()
    }
}

/// Why a request is not let in.
enum Rejected {
    Refused(Refusal),
    NoSecret,
}

impl<S: Sink> Hooks<S> {
    #[must_use]
    pub fn new(find: FindHook, secrets: SecretBook, unsigned: Unsigned, sink: S, clock: SharedClock) -> Self {
        Self { find, secrets, unsigned, sink, clock }
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
        let mut secrets = match self.secrets.current().await {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "the secrets of webhooks cannot be used");
                return Answer::unavailable();
            }
        };
        let handshake = hook.handshake;
        let is_enabled = self.unsigned == Unsigned::Allowed || secrets.has(&hook.source);
        if let Some(handshake) = handshake.filter(|_| is_enabled)
            && let Some(answer) = handshake.answer_unsigned(&request.headers, &request.body)
        {
            tracing::info!(source = hook.source, "a handshake was answered");
            return answer.into();
        }
        let mut checked = self.check(hook, &request, &secrets, received_at);
        if checked.as_ref().is_err_and(Rejected::may_pass_with_another_secret)
            && let Some(fresh) = self.secrets.refreshed().await
        {
            secrets = fresh;
            checked = self.check(hook, &request, &secrets, received_at);
        }
        let (secret, covers_url) = match checked {
            Ok(Some((verifier, secret))) => (Some(secret), verifier.covers_url()),
            Ok(None) => (None, true),
            Err(rejected) => return rejected.answer(&hook.source),
        };
        let answer =
            handshake.zip(secret).and_then(|(handshake, secret)| handshake.answer_signed(&request.body, secret));
        if let Some(answer) = answer {
            tracing::info!(source = hook.source, "a handshake was answered");
            return answer.into();
        }
        // What nobody has signed is not read.
        let request = if covers_url { request } else { Request { query: String::new(), ..request } };
        self.store(&hook.source, request, received_at).await
    }

    /// The scheme and the secret with which the request is authentic. `None` where none is needed.
    fn check<'a>(
        &self,
        hook: &'a Hook,
        request: &Request,
        secrets: &'a Secrets,
        received_at: DateTime<Utc>,
    ) -> Result<Option<(&'a Verifier, &'a str)>, Rejected> {
        if !secrets.has(&hook.source) {
            return match self.unsigned {
                Unsigned::Allowed => Ok(None),
                Unsigned::Refused => Err(Rejected::NoSecret),
            };
        }
        let Request { method, url, headers, body, .. } = request;
        let signed = SignedRequest { method: method.as_str(), url, headers, body, received_at };
        let mut refusal = Refusal::Unsigned;
        for (verifier, secret) in ways(hook, secrets) {
            match verifier.verify(&signed, secret) {
                Ok(()) => return Ok(Some((verifier, secret))),
                Err(Refusal::Unsigned) => {}
                Err(other) => refusal = other,
            }
        }
        Err(Rejected::Refused(refusal))
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

/// Every scheme with every secret that a request may satisfy.
fn ways<'a>(hook: &'a Hook, secrets: &'a Secrets) -> Vec<(&'a Verifier, &'a str)> {
    let chosen = secrets.of(&hook.source).and_then(|agreed| Some((agreed, agreed.choice.as_ref()?)));
    let pairs: Vec<(&Verifier, &SourceSecrets)> = match chosen {
        Some((agreed, Choice::Own(verifier))) => vec![(verifier, agreed)],
        Some((agreed, Choice::Named(name))) => {
            hook.scheme(name).map(|verifier| (verifier, agreed)).into_iter().collect()
        }
        None => {
            let with_secrets = |(name, verifier)| Some((verifier, secrets.of_scheme(&hook.source, name)?));
            hook.used().filter_map(with_secrets).collect()
        }
    };
    let values =
        |(verifier, agreed): (_, &'a SourceSecrets)| agreed.values.iter().map(move |value| (verifier, value.as_str()));
    pairs.into_iter().flat_map(values).collect()
}

impl Rejected {
    fn may_pass_with_another_secret(&self) -> bool {
        matches!(self, Self::NoSecret | Self::Refused(Refusal::Wrong | Refusal::UnusableSecret))
    }

    fn answer(&self, source: &str) -> Answer {
        match self {
            Self::Refused(Refusal::UnusableSecret) => {
                tracing::error!(
                    source,
                    "the secret of the source cannot be used. docs/webhooks.md says which form it needs."
                );
                return Answer::unavailable();
            }
            Self::NoSecret => tracing::warn!(source, "a webhook came for a source without a secret"),
            Self::Refused(refusal) => {
                telemetry::measure("WebhooksRefused", "Count", 1.0);
                tracing::warn!(source, reason = %refusal, "a webhook was refused");
            }
        }
        Answer::error(StatusCode::UNAUTHORIZED, "the request is not signed as this source's requests must be.")
    }
}

/// Headers with lower-case names. Values of a repeated header are joined, as API Gateway joins them.
fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
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
