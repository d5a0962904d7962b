//! Checks the signatures of recorded webhooks, as the function webhook-receiver checks those that arrive.

use std::sync::Arc;

use cxtrace_signatures::SignedRequest;
use cxtrace_sources::delivery::Delivery;
use cxtrace_sources::registry::{Registry, Transport};
use http::{HeaderMap, HeaderName, HeaderValue};
use webhook_receiver::{Secrets, definitions, gate};

/// Checks webhooks of the sources that have a secret.
#[derive(Debug, Clone)]
pub struct RecordedSignatures {
    secrets: Arc<Secrets>,
    public_url: Option<String>,
}

impl RecordedSignatures {
    /// Vendors that sign the address signed `public_url` with the path, or else the host in the recorded headers.
    #[must_use]
    pub fn new(secrets: Secrets, public_url: Option<String>) -> Self {
        Self { secrets: Arc::new(secrets), public_url }
    }

    /// # Errors
    /// When a webhook is not authentic, with what to do.
    pub(super) fn check(&self, delivery: &Delivery) -> Result<(), String> {
        if delivery.transport != Transport::Webhook {
            return Ok(());
        }
        // The collector says what is wrong with an unknown source.
        let Some(hook) = definitions::hook(Registry::embedded(), &delivery.source) else { return Ok(()) };
        if !self.secrets.has(&hook.source) {
            return Ok(());
        }
        let Some(received_at) = delivery.received_at else {
            return Err(
                "received_at is missing, so the signature cannot be checked. Add when the webhook arrived.".to_owned()
            );
        };
        let method = if delivery.body.is_empty() { "GET" } else { "POST" };
        let (headers, url) = (headers(delivery), self.url(delivery));
        let request = SignedRequest { method, url: &url, headers: &headers, body: &delivery.body, received_at };
        gate::verify(&hook, &self.secrets, &request).map_err(|refusal| {
            format!(
                "the webhook of {} is not authentic: {refusal}. Compare the secret, the recorded headers and body, and for vendors \
                 that sign the address WEBHOOK_PUBLIC_URL.",
                hook.source
            )
        })
    }

    fn url(&self, delivery: &Delivery) -> String {
        let of_host = || format!("https://{}", delivery.headers.get("host").map_or("", String::as_str));
        let base = self.public_url.clone().unwrap_or_else(of_host);
        let path = format!("{}/hooks/{}", base.trim_end_matches('/'), delivery.source);
        if delivery.query.is_empty() {
            return path;
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&delivery.query).finish();
        format!("{path}?{query}")
    }
}

/// The recorded headers that are valid.
fn headers(delivery: &Delivery) -> HeaderMap {
    let valid = |(name, value): (&String, &String)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
    };
    delivery.headers.iter().filter_map(valid).collect()
}
