//! The twin: the very handlers that Lambda runs, with real SDK clients, on one machine.
//!
//! | what it stands for | module |
//! |---|---|
//! | the tables and their streams | `place`, `changes`, `stream` |
//! | EventBridge and Lambda in front of ingest | `ingest` |
//! | the event source mapping in front of the publisher | `publishing` |
//! | the event source mapping and the schedule of journeys, and their bus | `journeys` |
//! | Datadog | `datadog` |
//! | the dead-letter queue | `letters` |
//! | the time, when events are replayed | `clock`, `replay` |
//! | what a stream and Datadog would remember over a restart | `restore` |

mod changes;
mod clock;
mod datadog;
mod ingest;
mod journeys;
mod letters;
mod place;
mod publishing;
mod replay;
mod restore;
mod stream;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_datadog::{RetryPolicy, Submitter};
use cxtrace_domain::journeys::Policy;
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_privacy::Pseudonyms;
use cxtrace_privacy::pseudonym::ShortKey;
use cxtrace_settings::{Environment, InvalidSetting, MetricSettings, registry};
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_store::{CorrelationTable, StateTable, StoreError};
use flow_metrics::{Correlator, FlowMetrics};
use journey_settler::JourneySettler;
use metrics_publisher::{MetricsPublisher, Transport};
use span_collector::{SpanCollector, UnreadableFields};

use place::Opened;

pub use changes::ChangesError;
pub use clock::EventClock;
pub use datadog::{Datadog, DatadogError, Held};
pub use ingest::{Ingest, Taken};
pub use journeys::{Journeys, KeptBus};
pub use letters::Letters;
pub(crate) use place::endpoint_config;
pub use place::{CORRELATION_FILE, FILE, Place, PlaceError, TABLE, correlation_table};
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
    /// Assembles and settles journeys.
    pub journeys: Journeys,
    /// Where that goes.
    pub datadog: Datadog,
    /// What both have stored.
    pub table: StateTable,
    /// How they count.
    pub settings: MetricSettings,
    /// What conceals what must be concealed.
    pub pseudonyms: Pseudonyms,
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
    /// The key of pseudonyms, where `PSEUDONYM_KEY` is not set.
    pub key: Vec<u8>,
    /// Whether what is counted becomes part of journeys, too.
    pub correlate: bool,
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
    /// Nothing can be concealed.
    #[error("PSEUDONYM_KEY cannot be used. Set it to a random text of at least 16 characters.")]
    Key(#[from] ShortKey),
}

impl Twin {
    /// Sets a twin up, and goes on where an earlier one on the same table stopped.
    ///
    /// # Errors
    /// When a setting, the table or the way to Datadog cannot be used.
    pub async fn open(setup: Setup) -> Result<Self, OpenError> {
        let Setup { place, environment, clock, window, letters, key, correlate } = setup;
        let settings = MetricSettings::read(&environment)?;
        let Opened { state, correlation } = place.open(&environment, clock.clone()).await?;
        let table = StateTable::new(state.client, state.name, settings.retention, clock.clone());
        let journeys = CorrelationTable::new(correlation.client, correlation.name, settings.retention, clock.clone());
        let rules = JourneyRules::read(&environment, &key)?;

        let datadog = Datadog::open(&environment, clock.clone(), settings.historical).await?;
        let http = cxtrace_lambda::http::client().map_err(PlaceError::from)?;
        let submitter =
            Submitter::new(http, datadog.endpoint().clone(), datadog.keys(), clock.clone(), RetryPolicy::default());
        let settler = JourneySettler {
            assembly: Assembly::new(journeys.clone(), rules.policy, clock.clone()),
            state: table.clone(),
            width: settings.width,
            datadog: submitter.clone(),
            bus: KeptBus::default(),
        };
        let publisher = MetricsPublisher::new(
            table.clone(),
            Transport::Api(submitter),
            settings.clone(),
            Arc::new(letters.clone()),
            clock.clone(),
        );
        let mut publishing = Publishing::new(publisher, state.changes, clock.clone(), window, !settings.historical);

        let found = restore::find(&table, clock.now(), settings.historical).await?;
        datadog.remember(found.accepted);
        found.unsettled.iter().for_each(|ledger| publishing.wait(restore::wake(ledger)));
        let known = || PseudonymKey::Known(Box::new(rules.pseudonyms.clone()));
        let correlator = Correlator::new(journeys.clone(), rules.correlations, known());
        let flow_metrics = FlowMetrics::new(table.clone(), settings.clone(), clock.clone());
        let ingest = Ingest {
            flow_metrics: Arc::new(flow_metrics.with_journeys(correlate.then_some(correlator))),
            span_collector: Arc::new(
                SpanCollector::new(journeys, known(), rules.span_attributes).with_counts(UnreadableFields::new(
                    table.clone(),
                    settings.clone(),
                    clock.clone(),
                )),
            ),
        };
        let mut journeys = Journeys::new(settler, correlation.changes, clock);
        journeys.look_at_all().await?;
        let pseudonyms = rules.pseudonyms;
        Ok(Self { ingest, publishing, journeys, datadog, table, settings, pseudonyms, letters })
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

    /// Removes the tables, where they are on a server: what was made for one run should not outlive it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove_tables(&self) -> Result<(), StoreError> {
        self.table.remove().await?;
        self.journeys.assembly().table().remove().await
    }
}

/// How journeys are made: what the functions read from their environment.
struct JourneyRules {
    policy: Policy,
    correlations: Correlations,
    span_attributes: Allowlist,
    pseudonyms: Pseudonyms,
}

impl JourneyRules {
    fn read(environment: &Environment, key: &[u8]) -> Result<Self, OpenError> {
        let correlations = registry::CORRELATION_ATTRIBUTES.read_if_set(environment)?.unwrap_or_else(usual);
        let span_attributes = registry::SPAN_ATTRIBUTES.read(environment)?;
        let pseudonyms = match registry::PSEUDONYM_KEY.read_if_set(environment)? {
            Some(pseudonyms) => pseudonyms,
            None => Pseudonyms::try_new(key)?,
        };
        let pseudonyms = pseudonyms.with_default_country(registry::DEFAULT_COUNTRY.read_if_set(environment)?);
        Ok(Self { policy: cxtrace_settings::journeys::policy(environment)?, correlations, span_attributes, pseudonyms })
    }
}

/// What sample events call the attributes that name ids.
fn usual() -> Correlations {
    Correlations::read(cxtrace_corpus::reading::CORRELATIONS).unwrap_or_default()
}

/// A word that no other run has used.
#[must_use]
pub fn unique() -> String {
    // A hasher's own keys are random.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
