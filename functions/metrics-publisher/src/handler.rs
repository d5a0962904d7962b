//! One batch of the stream: which ledgers grew, and what each of them needs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::metrics::{Occurrence, Plan};
use cxtrace_lambda::dead_letters::{DeadLetterError, SharedDeadLetters};
use cxtrace_settings::MetricSettings;
use cxtrace_store::stream::StreamBatch;
use cxtrace_store::{BucketContents, BucketKey, StateTable, StoreError, stream};
use futures::stream::{StreamExt, iter};
use serde_json::json;

use crate::transport::Transport;

/// How many ledgers are read or noted at once.
pub(crate) const CONCURRENCY: usize = 16;

/// Why a batch must be tried again, as a whole.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// What arrived is no batch of a DynamoDB stream.
    #[error(
        "what arrived is no batch of a DynamoDB stream. Only the state table's event source mapping should call this function"
    )]
    Batch(#[source] serde_json::Error),
    /// The table could not be read or written.
    #[error("a ledger could not be brought up to date")]
    Store(#[from] StoreError),
    /// What must be set aside could not be.
    #[error("what cannot be published could not be set aside")]
    DeadLetter(#[from] DeadLetterError),
    /// Datadog has not accepted everything.
    #[error(
        "{left} of {all} totals were not accepted by Datadog: {reason}. The batch is tried again; check DD_SITE, the API key and Datadog's status if this goes on."
    )]
    NotAccepted {
        /// How many totals are left.
        left: usize,
        /// How many were sent.
        all: usize,
        /// The first reason.
        reason: String,
    },
}

/// What a batch led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Ledgers that the batch touched.
    pub ledgers: usize,
    /// Totals that Datadog accepted.
    pub accepted: usize,
    /// Occurrences moved to a later bucket.
    pub moved: usize,
    /// Totals set aside because Datadog refuses them for good.
    pub rejected: usize,
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

/// A ledger that has grown, with one of the occurrences that grew it.
pub(crate) struct Grown {
    pub(crate) key: BucketKey,
    pub(crate) sample: Occurrence,
    pub(crate) contents: BucketContents,
}

impl MetricsPublisher {
    /// A handler that reads `table`, sends by `transport`, and sets aside into `dead_letters`.
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

    /// Takes one batch. `deadline` is when the invocation will be ended.
    ///
    /// # Errors
    /// When anything in the batch is not done. What is done stays done, and trying all of it again is
    /// harmless.
    pub async fn handle(&self, batch: &StreamBatch, deadline: DateTime<Utc>) -> Result<Published, PublishError> {
        let touched = self.touched(batch).await?;
        let mut done = Published { ledgers: touched.len(), ..Published::default() };
        let mut first_error = None;

        let mut to_publish = Vec::new();
        let reads: Vec<_> = touched.into_iter().map(|(key, sample)| self.read(key, sample)).collect();
        let mut read = iter(reads).buffer_unordered(CONCURRENCY);
        while let Some(grown) = read.next().await {
            match grown {
                Ok(grown) => to_publish.push(grown),
                Err(error) => keep_first(&mut first_error, error),
            }
        }
        drop(read);
        // The order in which reads end is chance; what follows should not be.
        to_publish.sort_by_key(|grown| grown.key);

        let mut publishable = Vec::new();
        for grown in to_publish {
            let now = self.clock.now();
            let plan = grown.contents.ledger.plan(grown.key.bucket, now, self.settings.historical);
            let late = if let Plan::Late { moves } = &plan { moves.as_slice() } else { &[] };
            match self.move_late(&grown, late).await {
                Ok(()) => done.moved += late.len(),
                Err(error) => keep_first(&mut first_error, error.into()),
            }
            if let Plan::Publish { total } = plan {
                publishable.push((grown, total));
            }
        }
        if let Err(error) = self.publish(publishable, deadline, &mut done).await {
            keep_first(&mut first_error, error);
        }
        first_error.map_or(Ok(done), Err)
    }

    /// The ledgers that `batch` tells of. A record that cannot be read is set aside: it would stop the
    /// stream for a day.
    async fn touched(&self, batch: &StreamBatch) -> Result<BTreeMap<BucketKey, Occurrence>, PublishError> {
        let mut touched = BTreeMap::new();
        for record in &batch.records {
            match stream::inserted(record) {
                Ok(Some(occurrence)) => {
                    touched.entry(BucketKey::of(&occurrence)).or_insert(occurrence);
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = error.to_string();
                    tracing::error!(reason, "a stream record is set aside");
                    let letter = json!({"what": "stream record", "reason": reason, "keys": record.images.keys});
                    self.dead_letters.send(letter.to_string()).await?;
                }
            }
        }
        Ok(touched)
    }

    async fn read(&self, key: BucketKey, sample: Occurrence) -> Result<Grown, PublishError> {
        let contents = self.table.contents(key).await?;
        Ok(Grown { key, sample, contents })
    }
}

pub(crate) fn keep_first(first: &mut Option<PublishError>, error: PublishError) {
    tracing::warn!(error = cxtrace_error_chain::error_chain(&error), "a part of the batch is not done");
    first.get_or_insert(error);
}
