//! Distributions: `POST /api/v1/distribution_points` (API reference, *Submit distribution points*, v1). Every accepted
//! value counts; no value replaces another.

use serde::{Deserialize, Serialize};

use super::document::{check_name, check_tag};
use super::rejection::Rejection;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    series: Vec<Series>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    metric: String,
    /// Each point is a time in seconds and a list of values.
    points: Vec<(f64, Vec<f64>)>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default, rename = "host")]
    _host: Option<String>,
}

/// An accepted value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistributionValue {
    /// The metric's name.
    pub metric: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// In seconds since the epoch.
    pub timestamp: i64,
    pub value: f64,
}

/// The values in `json`, if every series obeys the rules.
pub(super) fn read(json: &[u8]) -> Result<Vec<DistributionValue>, Rejection> {
    let shape = |error| Rejection::new(400, format!("Payload is not in the expected format: {error}"));
    let document: Document = serde_json::from_slice(json).map_err(shape)?;
    let mut values = Vec::new();
    for mut series in document.series {
        check(&series).map_err(|reason| Rejection::new(400, format!("the series {:?}: {reason}", series.metric)))?;
        series.tags.sort();
        for (at, all) in &series.points {
            values.extend(all.iter().map(|value| DistributionValue {
                metric: series.metric.clone(),
                tags: series.tags.clone(),
                timestamp: *at as i64,
                value: *value,
            }));
        }
    }
    Ok(values)
}

fn check(series: &Series) -> Result<(), String> {
    check_name(&series.metric)?;
    for tag in &series.tags {
        check_tag(tag).map_err(|reason| format!("the tag {tag:?} {reason}"))?;
    }
    if series.kind.as_deref().is_some_and(|kind| kind != "distribution") {
        return Err("its type is not distribution".to_owned());
    }
    if series.points.iter().all(|(_, values)| values.is_empty()) {
        return Err("it has no value".to_owned());
    }
    Ok(())
}
