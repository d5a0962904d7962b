//! Replaying recorded events on their own clock: each is taken when it was published, and what it counts
//! is published when it would have been.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_runtime::environment::Environment;
use cxtrace_runtime::time::{Clock, SystemClock};
use cxtrace_store::StoreError;
use std::sync::Arc;
use std::time::Duration;

use super::{ChangesError, EventClock, Held, Letters, OpenError, Place, PublishFailure, Setup, Taken, Twin, WINDOW};

/// The pauses after which publishing is tried again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(5)];

/// How many events in a row may fail to be stored before the rest is not tried.
const MOST_NOT_STORED: u32 = 3;

/// The batching window of a fast replay. The counts are the same; only the last of several totals of one
/// bucket is sent.
const FAST_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// A replay under way.
#[derive(Debug)]
pub struct Replay {
    /// The twin that it runs on.
    pub twin: Twin,
    clock: EventClock,
    not_stored: u32,
}

/// A replay that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// What was counted could not be published.
    #[error("what was counted could not be published, again and again. Check DD_METRICS_URL if it is set.")]
    Publish(#[source] PublishFailure),
    /// What has changed could not be read.
    #[error("what has changed in the state table could not be read. Check that the server is still there.")]
    Changes(#[from] ChangesError),
    /// The table does not answer any more.
    #[error(
        "the state table has stopped answering, and the rest was not replayed. Check that the server is still there. The last answer: {0}"
    )]
    NotStored(String),
    /// The table could not be read at the end.
    #[error("the counts could not be read back. Check that the server is still there.")]
    Read(#[from] StoreError),
}

impl Replay {
    /// Sets a replay up on the table at `place`.
    ///
    /// # Errors
    /// When a setting, the table or the way to Datadog cannot be used.
    pub async fn open(place: Place, environment: Environment, fast: bool) -> Result<Self, OpenError> {
        let clock = EventClock::default();
        let window = if fast { FAST_WINDOW } else { WINDOW };
        let letters = Letters::default();
        let setup = Setup { place, environment, clock: Arc::new(clock.clone()), window, letters };
        Ok(Self { twin: Twin::open(setup).await?, clock, not_stored: 0 })
    }

    /// Takes one event of `topic`, after the clock has gone on to `at`.
    ///
    /// # Errors
    /// When the replay cannot go on. An event that cannot be read is no error.
    pub async fn take(
        &mut self,
        at: Option<DateTime<Utc>>,
        topic: Option<&str>,
        json: &str,
    ) -> Result<Taken, ReplayError> {
        if let Some(at) = at {
            self.advance_to(at).await?;
        }
        let taken = self.twin.ingest.take(topic, json).await;
        match &taken {
            Taken::Processed { new: 0 } | Taken::Ignored | Taken::Unreadable(_) => self.not_stored = 0,
            Taken::Processed { new } => {
                self.not_stored = 0;
                self.twin.publishing.gather(*new).await?;
                // Records of closed buckets, and full batches, are due at once.
                self.publish_what_is_due(self.clock.now()).await?;
            }
            Taken::NotStored(reason) => {
                self.not_stored += 1;
                if self.not_stored >= MOST_NOT_STORED {
                    return Err(ReplayError::NotStored(reason.clone()));
                }
            }
        }
        Ok(taken)
    }

    /// Publishes what waits, until nothing does.
    ///
    /// # Errors
    /// When it cannot be published.
    pub async fn finish(&mut self) -> Result<Vec<Held>, ReplayError> {
        self.publish_all().await?;
        // A stream tells of changes when it likes: what it has not told of yet, the table knows.
        if self.twin.publishing.is_told_late() {
            self.twin.look_for_unsettled(self.clock.now()).await?;
            self.publish_all().await?;
        }
        Ok(self.twin.held().await?)
    }

    async fn publish_all(&mut self) -> Result<(), ReplayError> {
        self.twin.publishing.gather(0).await?;
        while self.twin.publishing.waiting() > 0 {
            self.publish().await?;
        }
        Ok(())
    }

    async fn advance_to(&mut self, at: DateTime<Utc>) -> Result<(), ReplayError> {
        self.publish_what_is_due(at).await?;
        self.clock.advance_to(at);
        Ok(())
    }

    /// Publishes everything that is due at `at` or before, each when it is.
    async fn publish_what_is_due(&mut self, at: DateTime<Utc>) -> Result<(), ReplayError> {
        while let Some(due) = self.twin.publishing.due().filter(|due| *due <= at) {
            self.clock.advance_to(due);
            self.publish().await?;
        }
        Ok(())
    }

    async fn publish(&mut self) -> Result<(), ReplayError> {
        let mut pauses = PAUSES.into_iter();
        loop {
            match (self.twin.publishing.publish().await, pauses.next()) {
                (Ok(_), _) => return Ok(()),
                (Err(error), None) => return Err(ReplayError::Publish(error)),
                (Err(_), Some(pause)) => SystemClock.sleep(pause).await,
            }
        }
    }
}
