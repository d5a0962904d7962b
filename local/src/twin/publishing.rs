//! Wakes the publisher as the event source mapping does: in batches, in order, and it retries whole batches.
//!
//! A batch is passed on when its oldest record has waited for the window, or when the batch is full. It is also passed on
//! just before the bucket of a waiting record closes. So the window does not make anything late, and a longer window gives
//! the same counts with fewer requests.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::metrics::bucket::OPEN_FOR;
use cxtrace_store::stream;
use cxtrace_store::stream::{StreamBatch, StreamRecord};
use metrics_publisher::{MetricsPublisher, PublishError, Published};

use super::changes::{Changes, ChangesError};

/// The maximum number of records in a batch, as in `template.yaml`.
pub const BATCH: usize = 1_000;
/// The batching window, as in `template.yaml`.
pub const WINDOW: TimeDelta = TimeDelta::seconds(2);

/// The publisher's time limit, as in `template.yaml`.
const TIMEOUT: TimeDelta = TimeDelta::seconds(120);

/// The publisher, and the records that wait for it.
#[derive(Debug)]
pub struct Publishing {
    publisher: MetricsPublisher,
    changes: Changes,
    clock: SharedClock,
    window: TimeDelta,
    /// Whether buckets close: not with historical metrics.
    closing: bool,
    waiting: VecDeque<StreamRecord>,
    /// When the oldest record began to wait.
    since: Option<DateTime<Utc>>,
    /// The last second at which the buckets of all records are open.
    open_until: Option<DateTime<Utc>>,
}

impl Publishing {
    pub(super) fn new(
        publisher: MetricsPublisher,
        changes: Changes,
        clock: SharedClock,
        window: TimeDelta,
        closing: bool,
    ) -> Self {
        let waiting = VecDeque::new();
        Self { publisher, changes, clock, window, closing, waiting, since: None, open_until: None }
    }

    /// Takes the table's new changes. `expected` is how many there should be.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn gather(&mut self, expected: usize) -> Result<(), ChangesError> {
        for record in self.changes.take(expected).await? {
            self.wait(record);
        }
        Ok(())
    }

    pub(super) fn wait(&mut self, record: StreamRecord) {
        self.since.get_or_insert(self.clock.now());
        // The publisher sends an unreadable record to the dead letters.
        if self.closing
            && let Ok(Some(ledger)) = stream::inserted(&record)
        {
            let start = DateTime::from_timestamp(ledger.key.bucket.start(), 0).unwrap_or_default();
            let open_until = start + OPEN_FOR - TimeDelta::seconds(1);
            self.open_until = Some(self.open_until.map_or(open_until, |earliest| earliest.min(open_until)));
        }
        self.waiting.push_back(record);
    }

    /// Whether a change may appear some time after it was made.
    #[must_use]
    pub fn is_delayed(&self) -> bool {
        self.changes.is_delayed()
    }

    /// The number of waiting records.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When the batch is due: in the past if it is full, `None` if no record waits.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        let since = self.since?;
        if self.waiting.len() >= BATCH {
            return Some(since);
        }
        let window_ends = since + self.window;
        Some(self.open_until.map_or(window_ends, |open_until| window_ends.min(open_until)))
    }

    /// Publishes all records that wait now. Changes that this makes wait for the next call.
    ///
    /// # Errors
    /// When a batch fails. All its records wait again.
    pub async fn publish(&mut self) -> Result<Published, PublishFailure> {
        let mut done = Published::default();
        let mut left = self.waiting.len();
        while left > 0 {
            let batch: Vec<_> = self.waiting.drain(..left.min(BATCH)).collect();
            left -= batch.len();
            let event = StreamBatch { records: batch };
            // Boxed: the SDK's futures are nested too deep for the compiler's layout of types.
            match Box::pin(self.publisher.handle(&event, self.clock.now() + TIMEOUT)).await {
                Ok(published) => {
                    done.ledgers += published.ledgers;
                    done.accepted += published.accepted;
                    done.carries += published.carries;
                    done.carried += published.carried;
                    done.rejected += published.rejected;
                    done.unreadable += published.unreadable;
                }
                Err(error) => {
                    event.records.into_iter().rev().for_each(|record| self.waiting.push_front(record));
                    return Err(error.into());
                }
            }
        }
        (self.since, self.open_until) = (None, None);
        // A carry adds to another ledger.
        self.gather(done.carries).await?;
        Ok(done)
    }
}

/// Why counts could not be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishFailure {
    /// The publisher could not.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The table's changes could not be read.
    #[error(transparent)]
    Changes(#[from] ChangesError),
}
