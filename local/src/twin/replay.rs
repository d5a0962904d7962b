//! Replaying recorded events on their own clock: each is taken when it was published, and what it counts
//! is published when it would have been.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_journeys::AssemblyError;
use cxtrace_settings::Environment;
use cxtrace_store::StoreError;
use journey_settler::SettleError;
use std::sync::Arc;
use std::time::Duration;

use super::{ChangesError, EventClock, Held, Letters, OpenError, Place, PublishFailure, Setup, Taken, Twin, WINDOW};

/// The pauses after which publishing is tried again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(5)];

/// How long a stream is waited for at the end, and how often.
const WAIT: Duration = Duration::from_millis(200);
const MOST_WAITED: u32 = 10;

/// How many events in a row may fail to be stored before the rest is not tried.
const MOST_NOT_STORED: u32 = 3;

/// The batching window of a fast replay. The counts are the same; only the last of several totals of one
/// bucket is sent.
const FAST_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// What a replay conceals with where `PSEUDONYM_KEY` is not set: always the same, so that two replays can be compared.
const KEY: &[u8] = b"the key of a replay on a laptop";

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
    #[error("what has changed in a table could not be read. Check that the server is still there.")]
    Changes(#[from] ChangesError),
    /// The table does not answer any more.
    #[error(
        "the state table has stopped answering, and the rest was not replayed. Check that the server is still there. The last answer: {0}"
    )]
    NotStored(String),
    /// Journeys could not be assembled.
    #[error("the journeys could not be assembled. Check that the server is still there.")]
    Assemble(#[from] AssemblyError),
    /// Journeys could not be settled.
    #[error("the journeys could not be settled. Check that the server is still there.")]
    Settle(#[from] SettleError),
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
        Self::open_with(place, environment, fast, true).await
    }

    /// Sets a replay up that only counts.
    ///
    /// # Errors
    /// When a setting, the table or the way to Datadog cannot be used.
    pub async fn open_to_count(place: Place, environment: Environment) -> Result<Self, OpenError> {
        Self::open_with(place, environment, false, false).await
    }

    async fn open_with(place: Place, environment: Environment, fast: bool, correlate: bool) -> Result<Self, OpenError> {
        let clock = EventClock::default();
        let window = if fast { FAST_WINDOW } else { WINDOW };
        let letters = Letters::default();
        let key = KEY.to_vec();
        let setup = Setup { place, environment, clock: Arc::new(clock.clone()), window, letters, key, correlate };
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
        self.twin.journeys.gather().await?;
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

    /// Lets time pass in which no event comes.
    ///
    /// # Errors
    /// When what is due meanwhile cannot be published.
    pub async fn let_pass(&mut self, time: TimeDelta) -> Result<(), ReplayError> {
        self.advance_to(self.clock.now() + time).await
    }

    /// Settles the journeys that are over, and publishes what waits, until nothing does.
    ///
    /// # Errors
    /// When the tables do not answer, or what waits cannot be published.
    pub async fn finish(&mut self) -> Result<Vec<Held>, ReplayError> {
        self.assemble_all().await?;
        self.twin.journeys.settle().await?;
        self.publish_all().await?;
        // A stream tells of changes when it likes: what it has not told of yet, the table knows.
        if self.twin.publishing.is_told_late() {
            self.twin.look_for_unsettled(self.clock.now()).await?;
            self.publish_all().await?;
        }
        Ok(self.twin.held().await?)
    }

    /// Brings every journey up to its facts.
    async fn assemble_all(&mut self) -> Result<(), ReplayError> {
        let mut waited = 0;
        loop {
            if self.twin.journeys.gather().await? > 0 {
                self.twin.journeys.assemble().await?;
                waited = 0;
            } else if waited == MOST_WAITED || !self.twin.publishing.is_told_late() {
                return Ok(());
            } else {
                // A stream tells of changes when it likes.
                SystemClock.sleep(WAIT).await;
                waited += 1;
            }
        }
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
