//! The values that Datadog would keep: the last value of each point, and every value of distributions.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};

use super::distributions::{self, DistributionValue};
use super::{body, document, folding};

/// The maximum age of a point.
pub const OLDEST: TimeDelta = TimeDelta::hours(1);

/// How far in the future a point may be.
pub const NEWEST: TimeDelta = TimeDelta::minutes(10);

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeResponse {
    pub status: u16,
    /// The JSON: `{"errors":[..]}`, empty if everything is accepted; `{"status":"ok"}` for accepted distributions.
    pub body: String,
}

impl IntakeResponse {
    fn new(status: u16, errors: &[&str]) -> Self {
        Self { status, body: serde_json::json!({ "errors": errors }).to_string() }
    }
}

/// A kept point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HeldPoint<'a> {
    /// The metric's name.
    pub metric: &'a str,
    /// Its tags, sorted.
    pub tags: &'a [String],
    /// In seconds since the epoch.
    pub timestamp: i64,
    /// The last value.
    #[serde(serialize_with = "as_short_as_can_be")]
    pub value: f64,
}

fn as_short_as_can_be<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Whole numbers up to 2^53 are exact as f64.
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

/// The identity of a point in Datadog: the metric's name, the folded tags, and the time.
type Point = (String, Vec<String>, i64);

/// The last value, with its tags as they were sent.
#[derive(Debug, Clone)]
struct Held {
    tags: Vec<String>,
    value: f64,
}

/// The intake: accepts payloads, and returns the values that Datadog would show.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    held: BTreeMap<Point, Held>,
    distributions: Vec<DistributionValue>,
    historical: bool,
    dropped: u64,
}

impl Intake {
    /// An empty intake.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An intake that accepts points of any age, like Datadog with historical metrics ingestion.
    #[must_use]
    pub fn historical() -> Self {
        Self { historical: true, ..Self::default() }
    }

    /// The response to a request with this API key, if the key alone decides it: 403 without a key.
    #[must_use]
    pub fn check_key(key: Option<&str>) -> Option<IntakeResponse> {
        let given = key.is_some_and(|key| !key.trim().is_empty());
        (!given).then(|| IntakeResponse::new(403, &["Forbidden"]))
    }

    /// Accepts or refuses a payload that arrives at `now`: 202, 400 or 413. Points outside the window of time are
    /// silently dropped.
    pub fn accept(&mut self, now: DateTime<Utc>, body: &[u8], content_encoding: Option<&str>) -> IntakeResponse {
        let read = body::plain(body, content_encoding).and_then(|json| document::read(&json));
        let series = match read {
            Ok(series) => series,
            Err(rejection) => return IntakeResponse::new(rejection.status, &[&rejection.reason]),
        };
        for one in series {
            for point in one.points() {
                if self.keeps(point.timestamp, now) {
                    let held = Held { tags: one.tags.clone(), value: point.value };
                    self.held.insert((one.metric.clone(), folded(&one.tags), point.timestamp), held);
                } else {
                    self.dropped += 1;
                }
            }
        }
        IntakeResponse::new(202, &[])
    }

    /// Accepts or refuses a payload of distributions that arrives at `now`: 202, 400 or 413.
    pub fn accept_distributions(
        &mut self,
        now: DateTime<Utc>,
        body: &[u8],
        content_encoding: Option<&str>,
    ) -> IntakeResponse {
        let read = body::plain(body, content_encoding).and_then(|json| distributions::read(&json));
        let values = match read {
            Ok(values) => values,
            Err(rejection) => return IntakeResponse::new(rejection.status, &[&rejection.reason]),
        };
        for value in values {
            if self.keeps(value.timestamp, now) {
                self.distributions.push(value);
            } else {
                self.dropped += 1;
            }
        }
        IntakeResponse { status: 202, body: r#"{"status":"ok"}"#.to_owned() }
    }

    /// The accepted values of distributions, in order of arrival.
    #[must_use]
    pub fn distributions(&self) -> &[DistributionValue] {
        &self.distributions
    }

    fn keeps(&self, timestamp: i64, now: DateTime<Utc>) -> bool {
        let Some(at) = DateTime::from_timestamp(timestamp, 0) else {
            return false;
        };
        (self.historical || at >= now - OLDEST) && at <= now + NEWEST
    }

    /// The kept points, sorted by metric, folded tags and time.
    pub fn points(&self) -> impl Iterator<Item = HeldPoint<'_>> {
        self.held.iter().map(|((metric, _, timestamp), Held { tags, value })| HeldPoint {
            metric,
            tags,
            timestamp: *timestamp,
            value: *value,
        })
    }

    /// The number of points that were dropped because of their time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

fn folded(tags: &[String]) -> Vec<String> {
    let mut folded: Vec<_> = tags.iter().map(|tag| folding::tag(tag)).collect();
    folded.sort();
    folded.dedup();
    folded
}
