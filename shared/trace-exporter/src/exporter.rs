//! One attempt to send a request.

use std::time::Duration;

use aws_types::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::headers::Headers;
use cxtrace_lambda::own_traces::work;
use cxtrace_otlp::messages::ExportTraceServiceRequest;
use cxtrace_otlp::{Encoding, response};
use cxtrace_settings::{Environment, InvalidSetting, registry};
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use crate::delivery::{Delivery, excerpt, of_failure};

/// The time of one attempt. OpenTelemetry's exporters have the same default.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer that is read. The rest is ignored.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends requests to one endpoint.
#[derive(Debug)]
pub struct TraceExporter {
    pub http: reqwest::Client,
    /// The whole address, such as `https://collector.example.com/v1/traces`.
    pub endpoint: Url,
    pub headers: Headers,
    pub encoding: Encoding,
    pub clock: SharedClock,
}

impl TraceExporter {
    /// The exporter that the environment describes; `None` if `OTLP_ENDPOINT` is not set. Without `aws` no secret is read.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub fn read(
        environment: &Environment,
        aws: Option<&SdkConfig>,
        http: reqwest::Client,
        clock: SharedClock,
    ) -> Result<Option<Self>, InvalidSetting> {
        let Some(endpoint) = registry::OTLP_ENDPOINT.read_if_set(environment)? else { return Ok(None) };
        let headers = Headers::of_environment(environment, aws)?;
        let encoding = match registry::OTLP_ENCODING.read(environment)?.as_str() {
            "json" => Encoding::Json,
            _ => Encoding::Protobuf,
        };
        Ok(Some(Self { http, endpoint, headers, encoding, clock }))
    }

    /// Sends `request` once. The attempt ends before `deadline`.
    pub async fn send(&self, request: &ExportTraceServiceRequest, deadline: DateTime<Utc>) -> Delivery {
        let left = (deadline - self.clock.now()).max(TimeDelta::zero()).to_std().unwrap_or_default();
        if left < Duration::from_secs(1) {
            return Delivery::Unavailable { reason: "not sent: too little time was left".to_owned(), after: None };
        }
        let headers = match self.headers.get().await {
            Ok(headers) => headers,
            Err(error) => return Delivery::Forbidden { reason: format!("not sent: {}", error_chain(&error)) },
        };
        let body = match self.encoding.body(request) {
            Ok(body) => body,
            Err(error) => return Delivery::Rejected { reason: format!("not sent: {}", error_chain(&error)) },
        };
        let secrets = headers.clone();
        let request = self
            .http
            .post(self.endpoint.clone())
            .timeout(TIMEOUT.min(left))
            .headers(headers)
            .header(CONTENT_TYPE, self.encoding.content_type())
            .header(CONTENT_ENCODING, "gzip");
        let begun = work::begin(|| "export of traces".to_owned());
        let sent = request.body(body).send().await;
        if let Some(begun) = begun {
            begun.end(sent.as_ref().ok().map(|response| response.status().as_u16()));
        }
        let delivery = match sent {
            Ok(response) => self.read_response(response).await,
            Err(error) => Delivery::Unavailable { reason: excerpt(&error_chain(&error.without_url())), after: None },
        };
        if matches!(delivery, Delivery::Forbidden { .. }) {
            self.headers.forget().await;
        }
        without(&secrets, delivery)
    }

    async fn read_response(&self, mut response: reqwest::Response) -> Delivery {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        // The status is the decision. A body that breaks off takes nothing back.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MAX_ANSWER - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MAX_ANSWER {
                break;
            }
        }
        if !status.is_success() {
            return of_failure(status, &headers, &body, self.clock.now());
        }
        let encoding = headers.get(CONTENT_TYPE).and_then(|value| Encoding::of_content_type(value.to_str().ok()?));
        let partial = response::read(encoding.unwrap_or(self.encoding), &body);
        let refused_spans = u64::try_from(partial.rejected_spans).unwrap_or_default();
        Delivery::Accepted { refused_spans, reason: excerpt(&partial.error_message) }
    }
}

/// `delivery` with the values of `headers` masked in its reason, in case a receiver repeats one.
fn without(headers: &HeaderMap, delivery: Delivery) -> Delivery {
    let conceal = |reason: String| {
        let values = headers.values().filter_map(|value| value.to_str().ok()).filter(|value| value.len() >= 6);
        values.fold(reason, |reason, value| reason.replace(value, "(a header)"))
    };
    match delivery {
        Delivery::Accepted { refused_spans, reason } => Delivery::Accepted { refused_spans, reason: conceal(reason) },
        Delivery::Unavailable { reason, after } => Delivery::Unavailable { reason: conceal(reason), after },
        Delivery::Rejected { reason } => Delivery::Rejected { reason: conceal(reason) },
        Delivery::Forbidden { reason } => Delivery::Forbidden { reason: conceal(reason) },
    }
}
