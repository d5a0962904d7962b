//! The twin's Datadog: an intake in this process, reached by real HTTP, or the address in `DD_METRICS_URL`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cxtrace_clock::SharedClock;
use cxtrace_datadog::key::InvalidApiKey;
use cxtrace_datadog::{ApiKey, Endpoint, FixedKey, Point, SharedKeySource};
use cxtrace_settings::datadog::InvalidAddress;
use cxtrace_settings::{Environment, InvalidSetting};
use cxtrace_store::{StateTable, StoreError};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::guard::guarded;
use crate::intake::{DistributionValue, Intake, SharedIntake, router};

/// The API key if none is set. A real Datadog refuses it.
const KEY: &str = "local";

/// One point that Datadog holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DatadogPoint {
    /// The metric's name.
    pub metric: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// The bucket's start, in seconds since the epoch.
    pub timestamp: i64,
    /// The total.
    pub value: u64,
}

/// Totals by metric, tags and timestamp.
type Totals = BTreeMap<(String, Vec<String>, i64), u64>;

/// The Datadog that a twin publishes to.
#[derive(Debug, Clone)]
pub struct Datadog {
    endpoint: Endpoint,
    keys: SharedKeySource,
    /// The intake in this process; `None` for another Datadog.
    here: Option<Here>,
}

#[derive(Debug, Clone)]
struct Here {
    intake: SharedIntake,
    /// The totals that the intake of an earlier process accepted.
    remembered: Arc<Mutex<Totals>>,
}

/// A Datadog cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DatadogError {
    /// The intake cannot listen.
    #[error("the intake cannot listen on 127.0.0.1. Free a port and try again.")]
    Listen(#[from] std::io::Error),
    /// Its address cannot be used.
    #[error("the intake's address cannot be used. Please report this.")]
    Address(#[from] InvalidAddress),
    /// `DD_METRICS_URL` cannot be used.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// `DD_API_KEY` cannot be used.
    #[error("DD_API_KEY cannot be used. Set it to a Datadog API key.")]
    Key(#[from] InvalidApiKey),
}

impl Datadog {
    /// The Datadog that `environment` names, or else an intake on the time of `clock`. If `historical`, the intake accepts
    /// points of any age.
    pub(super) async fn open(
        environment: &Environment,
        clock: SharedClock,
        historical: bool,
    ) -> Result<Self, DatadogError> {
        let key = environment.get("DD_API_KEY").unwrap_or(KEY);
        let keys: SharedKeySource = Arc::new(FixedKey(ApiKey::try_new(key)?));
        if environment.get("DD_METRICS_URL").is_some() {
            return Ok(Self { endpoint: Endpoint::read(environment)?, keys, here: None });
        }
        let intake = if historical { Intake::historical() } else { Intake::new() };
        let intake = Arc::new(Mutex::new(intake));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = Endpoint::at(&format!("http://{}", listener.local_addr()?))?;
        let serving = axum::serve(listener, guarded(router(intake.clone(), clock)));
        tokio::spawn(async { serving.await });
        Ok(Self { endpoint, keys, here: Some(Here { intake, remembered: Arc::default() }) })
    }

    /// The endpoint that receives the totals.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether it is the intake of this process.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.here.is_some()
    }

    pub(super) fn keys(&self) -> SharedKeySource {
        self.keys.clone()
    }

    /// Adds the totals that an earlier intake accepted.
    pub(super) fn remember(&self, accepted: Vec<Point>) {
        let Some(here) = &self.here else { return };
        let mut remembered = here.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        for point in accepted {
            let tags = point.series.tags().map(str::to_owned).collect();
            remembered.insert((point.series.name().to_owned(), tags, point.bucket.start()), point.total);
        }
    }

    /// The values of distributions that it accepted in this process; `None` for another Datadog.
    #[must_use]
    pub fn distributions(&self) -> Option<Vec<DistributionValue>> {
        let here = self.here.as_ref()?;
        Some(here.intake.lock().unwrap_or_else(PoisonError::into_inner).distributions().to_vec())
    }

    /// The points that it holds, sorted. For another Datadog, the totals that it accepted, from `table`.
    ///
    /// # Errors
    /// When the table is read and does not respond.
    pub async fn held(&self, table: &StateTable) -> Result<Vec<DatadogPoint>, StoreError> {
        let mut held = match &self.here {
            Some(here) => here.remembered.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            None => accepted(table).await?,
        };
        if let Some(here) = &self.here {
            let intake = here.intake.lock().unwrap_or_else(PoisonError::into_inner);
            held.extend(intake.points().map(|point| {
                // Totals are integers, and all of them are exact as f64.
                ((point.metric.to_owned(), point.tags.to_vec(), point.timestamp), point.value as u64)
            }));
        }
        let row = |((metric, tags, timestamp), value)| DatadogPoint { metric, tags, timestamp, value };
        Ok(held.into_iter().map(row).collect())
    }
}

async fn accepted(table: &StateTable) -> Result<Totals, StoreError> {
    let mut accepted = Totals::new();
    let mut ledgers = table.ledgers();
    while let Some(stored) = ledgers.next().await? {
        if stored.contents.ledger.accepted > 0 {
            let series = stored.series;
            let tags = series.tags().map(str::to_owned).collect();
            let key = (series.name().to_owned(), tags, stored.key.bucket.start());
            accepted.insert(key, stored.contents.ledger.accepted);
        }
    }
    Ok(accepted)
}
