//! Processes one batch of the stream: finds the ledgers that grew, and decides what each of them needs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::metrics::{Plan, Series};
use cxtrace_lambda::dead_letters::{DeadLetterError, SharedDeadLetters};
use cxtrace_settings::MetricSettings;
use cxtrace_store::stream::{self, GrownLedger, StreamBatch};
use cxtrace_store::{BucketContents, BucketKey, StateTable, StoreError};
use futures::stream::{StreamExt, iter};

use crate::transport::Transport;

/// The maximum number of concurrent reads or notes of ledgers.
pub(crate) const CONCURRENCY: usize = 16;

/// Why a batch must be retried as a whole.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The payload is not a batch of a DynamoDB stream.
    #[error(
        "the payload is not a batch of a DynamoDB stream. Only the state table's event source mapping should call this function"
    )]
    Batch(#[source] serde_json::Error),
    #[error("a ledger could not be updated")]
    Store(#[from] StoreError),
    #[error("a dead letter could not be sent")]
    DeadLetter(#[from] DeadLetterError),
    /// Datadog has not accepted all totals.
    #[error(
        "{left} of {all} totals were not accepted by Datadog: {reason}. The batch will be retried. If this continues, check DD_SITE, the API key and Datadog's status."
    )]
    NotAccepted {
        /// The number of totals that are left.
        left: usize,
        /// The number of totals that were sent.
        all: usize,
        /// The first reason.
        reason: String,
    },
}

/// The result of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Ledgers that the batch touched.
    pub ledgers: usize,
    /// Totals that Datadog accepted.
    pub accepted: usize,
    /// Closed ledgers whose occurrences were carried.
    pub carries: usize,
    /// Occurrences carried to a later bucket.
    pub carried: u64,
    /// Totals that were set aside because Datadog refuses them permanently.
    pub rejected: usize,
    /// Items and records that were set aside because they cannot be read.
    pub unreadable: usize,
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct MetricsPublisher {
    pub(crate) table: StateTable,
    pub(crate) transport: Transport,
    pub(crate) settings: MetricSettings,
    pub(crate) dead_letters: SharedDeadLetters,
    pub(crate) clock: SharedClock,
}

/// A ledger that has grown, with its stored content.
pub(crate) struct Grown {
    pub(crate) key: BucketKey,
    pub(crate) series: Series,
    pub(crate) interval: u32,
    pub(crate) contents: BucketContents,
}

impl MetricsPublisher {
    /// A handler that reads `table`, sends by `transport`, and sends dead letters to `dead_letters`.
    #[must_use]
    pub fn new(
        table: StateTable,
        transport: Transport,
        settings: MetricSettings,
        dead_letters: SharedDeadLetters,
        clock: SharedClock,
    ) -> Self {
        Self { table, transport, settings, dead_letters, clock }
    }

    /// Processes one batch. Lambda ends the invocation at `deadline`.
    ///
    /// # Errors
    /// When a part of the batch could not be processed. Retrying the whole batch is harmless.
    pub async fn handle(&self, batch: &StreamBatch, deadline: DateTime<Utc>) -> Result<Published, PublishError> {
        let mut done = Published::default();
        let mut first_error = None;
        let touched = self.touched(batch, &mut done).await?;
        done.ledgers = touched.len();
        let ledgers = self.read_all(touched, &mut first_error).await;
        let (ledgers, unreadable) = Self::split_unreadable(ledgers);
        let ledgers = self.finish(ledgers, &mut first_error).await;

        let (mut publishable, mut late) = (Vec::new(), Vec::new());
        let now = self.clock.now();
        let MetricSettings { historical, width, .. } = self.settings;
        for grown in ledgers {
            let (bucket, ledger) = (grown.key.bucket, &grown.contents.ledger);
            if let Plan::Publish { total } = ledger.plan(bucket, now, historical) {
                publishable.push((grown, total));
            } else if let Some(carry) = ledger.carry(bucket, now, width, historical) {
                late.push((grown, carry));
            }
        }
        self.carry(late, &mut done, &mut first_error).await;
        if let Err(error) = self.publish(publishable, deadline, &mut done).await {
            keep_first(&mut first_error, error);
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        done.unreadable += self.set_aside(unreadable).await?;
        Ok(done)
    }

    /// The ledgers in `batch`. An unreadable record is set aside, because it would stop the stream for a day.
    async fn touched(
        &self,
        batch: &StreamBatch,
        done: &mut Published,
    ) -> Result<BTreeMap<BucketKey, GrownLedger>, PublishError> {
        let mut touched = BTreeMap::new();
        for record in &batch.records {
            match stream::inserted(record) {
                Ok(Some(ledger)) => {
                    touched.entry(ledger.key).or_insert(ledger);
                }
                Ok(None) => {}
                Err(error) => {
                    self.set_aside_record(record, &error).await?;
                    done.unreadable += 1;
                }
            }
        }
        Ok(touched)
    }

    /// Reads these ledgers, as far as they can be read.
    async fn read_all(
        &self,
        touched: BTreeMap<BucketKey, GrownLedger>,
        first_error: &mut Option<PublishError>,
    ) -> Vec<Grown> {
        let mut ledgers = Vec::new();
        let reads: Vec<_> = touched.into_values().map(|ledger| self.read(ledger)).collect();
        let mut reading = iter(reads).buffer_unordered(CONCURRENCY);
        while let Some(outcome) = reading.next().await {
            match outcome {
                Ok(grown) => ledgers.push(grown),
                Err(error) => keep_first(first_error, error.into()),
            }
        }
        // Reads end in any order; sorting makes the rest deterministic.
        ledgers.sort_by_key(|grown| grown.key);
        ledgers
    }

    async fn read(&self, GrownLedger { key, series, interval }: GrownLedger) -> Result<Grown, StoreError> {
        let contents = self.table.contents(key).await?;
        Ok(Grown { key, series, interval, contents })
    }
}

pub(crate) fn keep_first(first: &mut Option<PublishError>, error: PublishError) {
    tracing::warn!(error = cxtrace_error_chain::error_chain(&error), "a part of the batch failed");
    first.get_or_insert(error);
}
