//! Submitting measured values as distributions: each value counts, so none may be sent twice.
//!
//! Datadog adds up every value it is sent (docs, *Understanding distribution metrics*). What was definitely not taken
//! is sent again; what nobody answered for is not.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cxtrace_error_chain::error_chain;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use super::Submitter;
use super::answer::Answer;

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// The metric.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The value.
    pub value: f64,
}

/// What became of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// Datadog has taken them.
    Accepted,
    /// Datadog does not have them. Asking again may help.
    Refused(String),
    /// They were sent, and no answer came. They must not be sent again.
    Unanswered(String),
    /// They are themselves the reason. Asking again will not help.
    Rejected(String),
}

impl Submitter {
    /// Submits `measures` as measured at `at`, in one request. It is back before `deadline`.
    pub async fn distribute(&self, measures: &[Measure], at: DateTime<Utc>, deadline: DateTime<Utc>) -> Delivered {
        if measures.is_empty() {
            return Delivered::Accepted;
        }
        let body = body(measures, at);
        let mut key = match self.keys.key().await {
            Ok(key) => key,
            Err(error) => return Delivered::Refused(format!("not sent: {}", error_chain(&error))),
        };
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            if !self.patience.allows(self.clock.now(), Duration::ZERO, deadline) {
                return Delivered::Refused("not sent: too little time was left".to_owned());
            }
            attempt += 1;
            let request = self
                .http
                .post(self.endpoint.distributions())
                .timeout(self.patience.timeout)
                .header("DD-API-KEY", key.header())
                // The API reference lists this type, and no other.
                .header(CONTENT_TYPE, "text/json")
                .body(body.clone());
            let answer = match request.send().await {
                Ok(response) => Answer::read(response, self.clock.now()).await,
                Err(error) => Answer::of_error(error),
            };
            let (reason, asked) = match answer {
                Answer::Accepted => return Delivered::Accepted,
                Answer::Unknown(reason) => return Delivered::Unanswered(key.conceal(&reason)),
                Answer::Guilty(reason) => return Delivered::Rejected(key.conceal(&reason)),
                Answer::Refused(reason) => return Delivered::Refused(key.conceal(&reason)),
                Answer::KeyRefused(reason) if renewed => return Delivered::Refused(key.conceal(&reason)),
                Answer::KeyRefused(reason) => {
                    renewed = true;
                    let reason = key.conceal(&reason);
                    match self.keys.refresh().await {
                        Ok(fresh) => key = fresh,
                        Err(error) => return Delivered::Refused(format!("{reason}: {}", error_chain(&error))),
                    }
                    continue;
                }
                Answer::NotNow { reason, pause } => (key.conceal(&reason), pause),
                Answer::NotSent(reason) => (format!("not sent: {}", key.conceal(&reason)), None),
            };
            let pause = self.patience.pause(attempt, asked);
            if attempt >= self.patience.attempts || !self.patience.allows(self.clock.now(), pause, deadline) {
                return Delivered::Refused(reason);
            }
            self.clock.sleep(pause).await;
        }
    }
}

fn body(measures: &[Measure], at: DateTime<Utc>) -> String {
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
