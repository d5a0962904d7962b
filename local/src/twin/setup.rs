//! Sets a twin up: the functions' handlers, on tables and a Datadog of this machine.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_datadog::{RetryPolicy, Submitter};
use cxtrace_domain::journeys::Policy;
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_privacy::Pseudonyms;
use cxtrace_privacy::pseudonym::InvalidKey;
use cxtrace_settings::{Environment, InvalidSetting, MetricSettings, registry};
use cxtrace_sources::correlation::Correlations;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::registry::Undeclared;
use cxtrace_store::{CorrelationTable, StateTable, StoreError};
use cxtrace_trace_exporter::TraceExporter;
use flow_metrics::{Correlator, FlowMetrics};
use journey_settler::{Export, JourneySettler};
use metrics_publisher::{MetricsPublisher, Transport};
use span_collector::{SpanCollector, UnreadableFields};

use super::datadog::{Datadog, DatadogError, DatadogPoint};
use super::dead_letters::DeadLetterFile;
use super::ingest::Ingest;
use super::journeys::{Journeys, MemoryBus};
use super::location::{Opened, TableError, TableLocation};
use super::publishing::Publishing;
use super::restore;

/// A twin: its handlers, tables and Datadog.
#[derive(Debug)]
pub struct Twin {
    /// Processes events.
    pub ingest: Ingest,
    /// Publishes the counts.
    pub publishing: Publishing,
    /// Assembles and settles journeys.
    pub journeys: Journeys,
    /// Receives the counts.
    pub datadog: Datadog,
    /// The state table.
    pub table: StateTable,
    /// The settings of counting.
    pub settings: MetricSettings,
    /// Makes pseudonyms.
    pub pseudonyms: Pseudonyms,
    /// The dead letters.
    pub dead_letters: DeadLetterFile,
}

/// The settings of a twin.
#[derive(Debug)]
pub struct Setup {
    /// The location of its tables.
    pub location: TableLocation,
    /// The settings of the functions.
    pub environment: Environment,
    /// The clock of the functions.
    pub clock: SharedClock,
    /// The publisher's batching window.
    pub window: TimeDelta,
    /// Receives dead letters.
    pub dead_letters: DeadLetterFile,
    /// The key of pseudonyms, if `PSEUDONYM_KEY` is not set.
    pub key: Vec<u8>,
    /// Whether counted occurrences become facts of journeys, too.
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
    TableLocation(#[from] TableError),
    /// The table's items cannot be read.
    #[error(
        "the state table has items that this version cannot read. Use another folder or table, or the version that wrote it."
    )]
    Found(#[from] StoreError),
    /// Datadog cannot be set up.
    #[error(transparent)]
    Datadog(#[from] DatadogError),
    /// The key of pseudonyms is too short.
    #[error("PSEUDONYM_KEY cannot be used. Set it to a random text of at least 16 characters.")]
    Key(#[from] InvalidKey),
}

impl Twin {
    /// Sets a twin up. It continues where an earlier twin on the same tables stopped.
    ///
    /// # Errors
    /// When a setting, a table or Datadog cannot be used.
    pub async fn open(setup: Setup) -> Result<Self, OpenError> {
        let Setup { location, environment, clock, window, dead_letters, key, correlate } = setup;
        let settings = MetricSettings::read(&environment)?;
        let Opened { state, correlation } = location.open(&environment, clock.clone()).await?;
        let table = StateTable::new(state.client, state.name, settings.retention, clock.clone());
        let journeys = CorrelationTable::new(correlation.client, correlation.name, settings.retention, clock.clone());
        let rules = JourneyRules::read(&environment, &key)?;

        let datadog = Datadog::open(&environment, clock.clone(), settings.historical).await?;
        let http = cxtrace_lambda::http::client().map_err(TableError::from)?;
        let submitter = Submitter::new(
            http.clone(),
            datadog.endpoint().clone(),
            datadog.keys(),
            clock.clone(),
            RetryPolicy::default(),
        );
        let settler = JourneySettler {
            assembly: Assembly::new(journeys.clone(), rules.policy, clock.clone()),
            state: table.clone(),
            width: settings.width,
            budget: journey_settler::SeriesBudget::of(settings.max_series),
            breaker: journey_settler::CircuitBreaker::default(),
            datadog: submitter.clone(),
            bus: MemoryBus::default(),
            export: export(&environment, http, clock.clone())?,
        };
        let publisher = MetricsPublisher::new(
            table.clone(),
            Transport::Api(submitter),
            settings.clone(),
            Arc::new(dead_letters.clone()),
            clock.clone(),
        );
        let mut publishing = Publishing::new(publisher, state.changes, clock.clone(), window, !settings.historical);

        let saved = restore::read(&table, clock.now(), settings.historical).await?;
        datadog.remember(saved.accepted);
        saved.unsettled.iter().for_each(|ledger| publishing.wait(restore::wake(ledger)));
        let known = || PseudonymKey::Known(Box::new(rules.pseudonyms.clone()));
        let correlator = Correlator::new(journeys.clone(), rules.correlations, known());
        let flow_metrics = FlowMetrics::new(table.clone(), settings.clone(), clock.clone());
        let ingest = Ingest {
            flow_metrics: Arc::new(flow_metrics.with_journeys(correlate.then_some(correlator))),
            span_collector: Arc::new(
                SpanCollector::new(journeys, known(), rules.span_attributes)
                    .with_undeclared(rules.undeclared)
                    .with_examples(true)
                    .with_interactions(registry::OTLP_INTERACTION_IDS.read(&environment)?)
                    .with_counts(UnreadableFields::new(table.clone(), settings.clone(), clock.clone())),
            ),
            signatures: None,
        };
        let mut journeys = Journeys::new(settler, correlation.changes, clock);
        journeys.look_at_all().await?;
        let pseudonyms = rules.pseudonyms;
        Ok(Self { ingest, publishing, journeys, datadog, table, settings, pseudonyms, dead_letters })
    }

    /// Makes the publisher check every ledger that is not settled at `now`.
    pub(super) async fn look_for_unsettled(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let saved = restore::read(&self.table, now, self.settings.historical).await?;
        saved.unsettled.iter().for_each(|ledger| self.publishing.wait(restore::wake(ledger)));
        Ok(())
    }

    /// The points that Datadog holds.
    ///
    /// # Errors
    /// When the table is read and does not respond.
    pub async fn held(&self) -> Result<Vec<DatadogPoint>, StoreError> {
        self.datadog.held(&self.table).await
    }

    /// Removes the tables from their server, after a run with tables of its own.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove_tables(&self) -> Result<(), StoreError> {
        self.table.remove().await?;
        self.journeys.assembly().table().remove().await
    }
}

/// The export of traces, if the environment names a receiver.
fn export(
    environment: &Environment,
    http: reqwest::Client,
    clock: SharedClock,
) -> Result<Option<Export>, InvalidSetting> {
    let exporter = TraceExporter::read(environment, None, http, clock)?;
    exporter.map(|exporter| Export::read(environment, exporter)).transpose()
}

/// The functions' settings of journeys.
struct JourneyRules {
    policy: Policy,
    correlations: Correlations,
    span_attributes: Allowlist,
    undeclared: Undeclared,
    pseudonyms: Pseudonyms,
}

impl JourneyRules {
    fn read(environment: &Environment, key: &[u8]) -> Result<Self, OpenError> {
        let correlations = registry::CORRELATION_ATTRIBUTES.read_if_set(environment)?.unwrap_or_else(usual);
        let span_attributes = registry::SPAN_ATTRIBUTES.read(environment)?;
        let undeclared = registry::UNDECLARED_SENDERS.read(environment)?;
        let pseudonyms = match registry::PSEUDONYM_KEY.read_if_set(environment)? {
            Some(pseudonyms) => pseudonyms,
            None => Pseudonyms::try_new(key)?,
        };
        let pseudonyms = pseudonyms.with_default_country(registry::DEFAULT_COUNTRY.read_if_set(environment)?);
        let policy = cxtrace_settings::journeys::policy(environment)?;
        Ok(Self { policy, correlations, span_attributes, undeclared, pseudonyms })
    }
}

/// The attributes in which the sample events store other systems' ids.
fn usual() -> Correlations {
    Correlations::read(cxtrace_corpus::reading::CORRELATIONS).unwrap_or_default()
}

/// A random suffix for the names of one run's tables.
#[must_use]
pub fn unique() -> String {
    // A hasher's own keys are random.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
