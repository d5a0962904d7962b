//! What AWS charges: `bench/prices.toml`, read.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::Failure;
use crate::binaries::workspace;

/// `bench/prices.toml`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Prices {
    pub(crate) as_of: toml::value::Datetime,
    pub(crate) region: String,
    pub(crate) eventbridge: EventBridge,
    pub(crate) lambda: Lambda,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) monthly: Monthly,
    pub(crate) original: Original,
    /// What is assumed and not measured.
    pub(crate) assumed: Assumed,
}

/// EventBridge's prices.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct EventBridge {
    pub(crate) million_events: f64,
}

/// Lambda's.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Lambda {
    pub(crate) million_requests: f64,
    pub(crate) gb_second: f64,
}

/// DynamoDB's, on demand.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct DynamoDb {
    pub(crate) million_write_units: f64,
    pub(crate) million_read_units: f64,
    pub(crate) gb_month: f64,
    pub(crate) gb_month_free: f64,
    pub(crate) backup_gb_month: f64,
}

/// What is paid by the month, whatever the traffic.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Monthly {
    pub(crate) secret: f64,
    pub(crate) alarm: f64,
}

/// What is compared with.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Original {
    pub(crate) million_events: f64,
}

/// What is assumed and not measured.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Assumed {
    pub(crate) events_per_month: u64,
    /// From a function to AWS and back.
    pub(crate) round_trip_ms: f64,
    /// From a function to Datadog and back.
    pub(crate) datadog_round_trip_ms: f64,
    pub(crate) stream_shards: usize,
    pub(crate) full_core_mb: f64,
}

impl Prices {
    /// Reads them.
    pub(crate) fn read() -> Result<Self, Failure> {
        let prices: Self = toml::from_str(&std::fs::read_to_string(workspace().join("bench/prices.toml"))?)?;
        prices.as_of.to_string().parse::<NaiveDate>()?;
        Ok(prices)
    }
}
