//! Waking the publisher as the event source mapping does: in batches, in order, whole batches again.
//!
//! A batch is handed over when its oldest record has waited for the window, or when it is full. It is also
//! handed over just before a bucket closes whose record waits. So the window does not decide what is late,
//! and a longer one gives the same counts with fewer requests.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::metrics::bucket::OPEN_FOR;
use cxtrace_store::stream;
use cxtrace_store::stream::{StreamBatch, StreamRecord};
use metrics_publisher::{MetricsPublisher, PublishError, Published};

use super::changes::{Changes, ChangesError};

/// The most records of one batch, and the batching window: as in `template.yaml`.
pub const BATCH: usize = 1_000;
/// See [`BATCH`].
pub const WINDOW: TimeDelta = TimeDelta::seconds(2);

/// How long an invocation may take, as in `template.yaml`.
const TIMEOUT: TimeDelta = TimeDelta::seconds(120);

/// The publisher, and what waits for it.
#[derive(Debug)]
pub struct Publishing {
    publisher: MetricsPublisher,
    changes: Changes,
    clock: SharedClock,
    window: TimeDelta,
    /// Whether buckets close.
    closing: bool,
    waiting: VecDeque<StreamRecord>,
    /// When the oldest of them began to wait.
    since: Option<DateTime<Utc>>,
    /// The last moment at which the bucket of every one of them is open.
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

    /// Takes the changes of the table since the last time. `expected` is how many should have come.
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
        // One that cannot be read is set aside by the publisher, whenever it is woken.
        if self.closing
            && let Ok(Some(occurrence)) = stream::inserted(&record)
        {
            let start = DateTime::from_timestamp(occurrence.bucket.start(), 0).unwrap_or_default();
            let open_until = start + OPEN_FOR - TimeDelta::seconds(1);
            self.open_until = Some(self.open_until.map_or(open_until, |earliest| earliest.min(open_until)));
        }
        self.waiting.push_back(record);
    }

    /// Whether a change may be told of some time after it was made.
    #[must_use]
    pub fn is_told_late(&self) -> bool {
        self.changes.are_told_late()
    }

    /// How many records wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When they are to be handed over: now or earlier, when the batch is full. `None` when none wait.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        let since = self.since?;
        if self.waiting.len() >= BATCH {
            return Some(since);
        }
        let window_ends = since + self.window;
        Some(self.open_until.map_or(window_ends, |open_until| window_ends.min(open_until)))
    }

    /// Hands over all that wait now. What that adds to the table waits in turn.
    ///
    /// # Errors
    /// When a batch fails. It waits again, whole.
    pub async fn publish(&mut self) -> Result<Published, PublishFailure> {
        let mut done = Published::default();
        let mut left = self.waiting.len();
        while left > 0 {
            let batch: Vec<_> = self.waiting.drain(..left.min(BATCH)).collect();
            left -= batch.len();
            let mut event = StreamBatch::default();
            event.records = batch;
            // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
            match Box::pin(self.publisher.handle(&event, self.clock.now() + TIMEOUT)).await {
                Ok(published) => {
                    done.ledgers += published.ledgers;
                    done.accepted += published.accepted;
                    done.moved += published.moved;
                    done.rejected += published.rejected;
                }
                Err(error) => {
                    event.records.into_iter().rev().for_each(|record| self.waiting.push_front(record));
                    return Err(error.into());
                }
            }
        }
        (self.since, self.open_until) = (None, None);
        // A move puts a copy into another bucket.
        self.gather(done.moved).await?;
        Ok(done)
    }
}

/// Why counts could not be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishFailure {
    /// The publisher could not.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// It could not be told of the changes.
    #[error(transparent)]
    Changes(#[from] ChangesError),
}
