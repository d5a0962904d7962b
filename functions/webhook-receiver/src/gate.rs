//! Who is let in: the secrets that are agreed with each source, and the schemes that a request must satisfy.

use std::sync::Arc;

use cxtrace_lambda::telemetry;
use cxtrace_signatures::{Refusal, SignedRequest, Verifier};
use http::StatusCode;

use crate::hook::Hook;
use crate::secret_book::{NoSecrets, SecretBook};
use crate::secrets::{Choice, Secrets, SourceSecrets};

/// What happens to requests for a source without a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    Refused,
    /// In the twin, which only this machine reaches.
    Allowed,
}

/// Lets requests in.
#[derive(Debug)]
pub struct Gate {
    secrets: SecretBook,
    unsigned: Unsigned,
}

/// A request that is let in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// The secret with which it is authentic. `None` where none is needed.
    pub(crate) secret: Option<String>,
    /// Whether its signature covers the URL.
    pub(crate) covers_url: bool,
}

/// Why a request is not let in.
pub(crate) enum Rejected {
    Refused(Refusal),
    NoSecret,
}

impl Gate {
    #[must_use]
    pub fn new(secrets: SecretBook, unsigned: Unsigned) -> Self {
        Self { secrets, unsigned }
    }

    pub(crate) async fn secrets(&self) -> Result<Arc<Secrets>, NoSecrets> {
        self.secrets.current().await
    }

    /// Whether requests for a source may be let in at all.
    pub(crate) fn is_enabled(&self, source: &str, secrets: &Secrets) -> bool {
        self.unsigned == Unsigned::Allowed || secrets.has(source)
    }

    /// Checks a request by `secrets`, and once more by fresh ones if these may help.
    pub(crate) async fn admit(
        &self,
        hook: &Hook,
        request: &SignedRequest<'_>,
        secrets: &Secrets,
    ) -> Result<Admitted, Rejected> {
        let checked = self.check(hook, request, secrets);
        if checked.as_ref().is_err_and(Rejected::may_pass_with_another_secret)
            && let Some(fresh) = self.secrets.refreshed().await
        {
            return self.check(hook, request, &fresh);
        }
        checked
    }

    fn check(&self, hook: &Hook, request: &SignedRequest<'_>, secrets: &Secrets) -> Result<Admitted, Rejected> {
        if !secrets.has(&hook.source) {
            return match self.unsigned {
                Unsigned::Allowed => Ok(Admitted { secret: None, covers_url: true }),
                Unsigned::Refused => Err(Rejected::NoSecret),
            };
        }
        authentic(hook, secrets, request).map_err(Rejected::Refused)
    }
}

/// Checks a request by `secrets`. A request for a source without a secret passes.
///
/// # Errors
/// When no scheme of the source finds it authentic.
pub fn verify(hook: &Hook, secrets: &Secrets, request: &SignedRequest<'_>) -> Result<(), Refusal> {
    if secrets.has(&hook.source) { authentic(hook, secrets, request).map(drop) } else { Ok(()) }
}

fn authentic(hook: &Hook, secrets: &Secrets, request: &SignedRequest<'_>) -> Result<Admitted, Refusal> {
    let mut refusal = Refusal::Unsigned;
    for (verifier, secret) in ways(hook, secrets) {
        match verifier.verify(request, secret) {
            Ok(()) => return Ok(Admitted { secret: Some(secret.to_owned()), covers_url: verifier.covers_url() }),
            Err(Refusal::Unsigned) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
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

    /// Logs the refusal. Gives the status of the answer: a secret that cannot be used is our trouble.
    pub(crate) fn note(&self, source: &str) -> StatusCode {
        match self {
            Self::Refused(Refusal::UnusableSecret) => {
                tracing::error!(
                    source,
                    "the secret of the source cannot be used. docs/webhooks.md says which form it needs."
                );
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            Self::NoSecret => tracing::warn!(source, "a webhook came for a source without a secret"),
            Self::Refused(refusal) => {
                telemetry::measure("WebhooksRefused", "Count", 1.0);
                tracing::warn!(source, reason = %refusal, "a webhook was refused");
            }
        }
        StatusCode::UNAUTHORIZED
    }
}
