//! The twin: the very handlers that Lambda runs, with real SDK clients, on one machine.
//!
//! | what it stands for | module |
//! |---|---|
//! | the state table and its stream | `place`, `changes`, `stream` |
//! | EventBridge and Lambda in front of ingest | `ingest` |
//! | the event source mapping in front of the publisher | `publishing` |
//! | Datadog | `datadog` |
//! | the dead-letter queue | `letters` |
//! | the time, when events are replayed | `clock`, `replay` |
//! | what a stream and Datadog would remember over a restart | `restore` |

mod changes;
mod clock;
mod datadog;
mod ingest;
mod letters;
mod place;
mod publishing;
mod replay;
mod restore;
mod stream;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::{Patience, Submitter};
use cxtrace_runtime::environment::{Environment, InvalidSetting};
use cxtrace_runtime::settings::MetricSettings;
use cxtrace_runtime::time::SharedClock;
use cxtrace_store::{StateTable, StoreError, schema};
use flow_metrics::FlowMetrics;
use metrics_publisher::{MetricsPublisher, Transport};

pub use changes::ChangesError;
pub use clock::EventClock;
pub use datadog::{Datadog, DatadogError, Held};
pub use ingest::{Ingest, Taken};
pub use letters::Letters;
pub(crate) use place::endpoint_config;
pub use place::{FILE, Place, PlaceError, TABLE};
pub use publishing::{BATCH, PublishFailure, Publishing, WINDOW};
pub use replay::{Replay, ReplayError};
pub use stream::StreamError;

/// What a twin is made of.
#[derive(Debug)]
pub struct Twin {
    /// Takes events.
    pub ingest: Ingest,
    /// Publishes what they counted.
    pub publishing: Publishing,
    /// Where that goes.
    pub datadog: Datadog,
    /// What both have stored.
    pub table: StateTable,
    /// How they count.
    pub settings: MetricSettings,
    /// What was set aside.
    pub letters: Letters,
}

/// How a twin is set up.
#[derive(Debug)]
pub struct Setup {
    /// Where its table is.
    pub place: Place,
    /// The settings of the functions.
    pub environment: Environment,
    /// What tells them the time.
    pub clock: SharedClock,
    /// How long changes wait for the publisher.
    pub window: TimeDelta,
    /// What is set aside.
    pub letters: Letters,
}

/// A twin cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting cannot be used.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The table cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// What it holds cannot be read.
    #[error("what the state table holds cannot be read. Use another folder or table, or the version that wrote it.")]
    Found(#[from] StoreError),
    /// There is nowhere to publish to.
    #[error(transparent)]
    Datadog(#[from] DatadogError),
}

impl Twin {
    /// Sets a twin up, and goes on where an earlier one on the same table stopped.
    ///
    /// # Errors
    /// When a setting, the table or the way to Datadog cannot be used.
    pub async fn open(setup: Setup) -> Result<Self, OpenError> {
        let Setup { place, environment, clock, window, letters } = setup;
        let settings = MetricSettings::read(&environment)?;
        let opened = place.open(&environment, clock.clone()).await?;
        let table = StateTable::new(opened.client, opened.table, settings.retention, clock.clone());

        let datadog = Datadog::open(&environment, clock.clone(), settings.historical).await?;
        let http = cxtrace_runtime::http::client().map_err(PlaceError::from)?;
        let submitter =
            Submitter::new(http, datadog.endpoint().clone(), datadog.keys(), clock.clone(), Patience::default());
        let publisher = MetricsPublisher::new(
            table.clone(),
            Transport::Api(submitter),
            settings.clone(),
            Arc::new(letters.clone()),
            clock.clone(),
        );
        let mut publishing = Publishing::new(publisher, opened.changes, clock.clone(), window, !settings.historical);

        let found = restore::find(&table, clock.now(), settings.historical).await?;
        datadog.remember(found.accepted);
        found.unsettled.iter().for_each(|ledger| publishing.wait(restore::wake(ledger)));
        let ingest = Ingest(Arc::new(FlowMetrics::new(table.clone(), settings.clone(), clock)));
        Ok(Self { ingest, publishing, datadog, table, settings, letters })
    }

    /// Has the publisher look at every ledger that is not settled at `now`.
    async fn look_for_unsettled(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let found = restore::find(&self.table, now, self.settings.historical).await?;
        found.unsettled.iter().for_each(|ledger| self.publishing.wait(restore::wake(ledger)));
        Ok(())
    }

    /// What Datadog holds; of a Datadog elsewhere, what it has accepted.
    ///
    /// # Errors
    /// When the table has to be asked and does not answer.
    pub async fn held(&self) -> Result<Vec<Held>, StoreError> {
        self.datadog.held(&self.table).await
    }

    /// Removes the table, where it is on a server: what was made for one run should not outlive it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove_table(&self) -> Result<(), StoreError> {
        schema::remove(self.table.client(), self.table.name()).await
    }
}

/// A word that no other run has used.
#[must_use]
pub fn unique() -> String {
    // A hasher's own keys are random.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
