//! Submits measured values as distributions. Datadog adds up all values that it receives (docs, *Understanding
//! distribution metrics*). So a value is sent again only if Datadog certainly does not have it.

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::json;

use super::delivery::{Delivery, Payload, Request, Session};
use super::submitter::Submitter;
use crate::payload::Body;

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub name: String,
    pub tags: Vec<String>,
    pub value: f64,
}

/// The outcome of the values of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DistributionOutcome {
    /// Datadog has accepted them.
    Accepted,
    /// Datadog does not have them. The caller may try again.
    Refused(String),
    /// They were sent, and the outcome is unknown. They must not be sent again.
    Unanswered(String),
    /// Datadog refuses their content. Another attempt will not help.
    Rejected(String),
}

impl Submitter {
    /// Submits `measures`, measured at `at`, in one request. Every attempt ends before `deadline`.
    pub async fn distribute(
        &self,
        measures: &[Measure],
        at: DateTime<Utc>,
        deadline: DateTime<Utc>,
    ) -> DistributionOutcome {
        if measures.is_empty() {
            return DistributionOutcome::Accepted;
        }
        let mut session = match Session::open(self, deadline).await {
            Ok(session) => session,
            Err(reason) => return DistributionOutcome::Refused(reason),
        };
        let mut payload = Values { url: self.endpoint.distributions(), json: json(measures, at), len: measures.len() };
        match session.deliver(&mut payload).await {
            Delivery::Accepted | Delivery::Empty => DistributionOutcome::Accepted,
            Delivery::Refused(reason) | Delivery::KeyRefused(reason) => DistributionOutcome::Refused(reason),
            Delivery::Unknown(reason) => DistributionOutcome::Unanswered(reason),
            Delivery::InvalidPayload(reason) => DistributionOutcome::Rejected(reason),
        }
    }
}

struct Values {
    url: Url,
    json: String,
    len: usize,
}

impl Payload for Values {
    const IDEMPOTENT: bool = false;

    fn request(&mut self, _: DateTime<Utc>) -> Option<Request> {
        let body = Body { bytes: self.json.clone().into_bytes(), encoding: None };
        // The API reference lists only this content type.
        Some(Request { url: self.url.clone(), content_type: "text/json", body })
    }

    fn len(&self) -> usize {
        self.len
    }

    fn note_unknown_outcome(&mut self, _: &str) {}
}

fn json(measures: &[Measure], at: DateTime<Utc>) -> String {
    let series = |measure: &Measure| {
        json!({
            "metric": measure.name,
            "type": "distribution",
            // A point is a time and a list of values.
            "points": [[at.timestamp(), [measure.value]]],
            "tags": measure.tags,
        })
    };
    json!({ "series": measures.iter().map(series).collect::<Vec<_>>() }).to_string()
}
