//! Replays recorded events on their own clock. Each event is processed at its publication time, and its counts are
//! published when the deployed system would have published them.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Backoff, Clock, RandomJitter, SystemClock};
use cxtrace_journeys::AssemblyError;
use cxtrace_settings::Environment;
use cxtrace_store::StoreError;
use journey_settler::SettleError;
use std::sync::Arc;
use std::time::Duration;

use super::changes::ChangesError;
use super::clock::EventClock;
use super::datadog::DatadogPoint;
use super::dead_letters::DeadLetterFile;
use super::ingest::Ingested;
use super::location::TableLocation;
use super::publishing::{PublishFailure, WINDOW};
use super::recorded_signatures::RecordedSignatures;
use super::setup::{OpenError, Setup, Twin};

/// The number of attempts to publish.
const MAX_ATTEMPTS: u32 = 7;

/// The back-off between them.
const BACK_OFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(5) };

/// The pause before a stream is read again at the end, and the maximum number of such pauses.
const WAIT: Duration = Duration::from_millis(200);
const MAX_WAITS: u32 = 10;

/// The number of consecutive events that cannot be stored before the replay stops.
const MAX_NOT_STORED: u32 = 3;

/// The batching window of a fast replay. It sends only the last of several totals of a bucket, so the counts are the same.
const FAST_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// The key of pseudonyms if `PSEUDONYM_KEY` is not set. It is constant, so that replays can be compared.
const KEY: &[u8] = b"the key of a replay on a laptop";

/// A running replay.
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
    /// The counts could not be published.
    #[error("the counts could not be published after several attempts. Check DD_METRICS_URL if it is set.")]
    Publish(#[source] PublishFailure),
    /// The changes of a table could not be read.
    #[error("the changes of a table could not be read. Check that the server is still running.")]
    Changes(#[from] ChangesError),
    /// The table no longer responds.
    #[error(
        "the state table no longer responds, so the replay stopped. Check that the server is still running. (Cause: {0})"
    )]
    NotStored(String),
    /// Journeys could not be assembled.
    #[error("the journeys could not be assembled. Check that the server is still running.")]
    Assemble(#[from] AssemblyError),
    /// Journeys could not be settled.
    #[error("the journeys could not be settled. Check that the server is still running.")]
    Settle(#[from] SettleError),
    /// The table could not be read at the end.
    #[error("the counts could not be read back. Check that the server is still running.")]
    Read(#[from] StoreError),
}

impl Replay {
    /// Sets a replay up on the tables at `location`.
    ///
    /// # Errors
    /// When a setting, the table or the way to Datadog cannot be used.
    pub async fn open(location: TableLocation, environment: Environment, fast: bool) -> Result<Self, OpenError> {
        Self::open_with(location, environment, fast, true).await
    }

    /// Sets a replay up that counts and makes no journeys.
    ///
    /// # Errors
    /// When a setting, the table or the way to Datadog cannot be used.
    pub async fn open_to_count(location: TableLocation, environment: Environment) -> Result<Self, OpenError> {
        Self::open_with(location, environment, false, false).await
    }

    async fn open_with(
        location: TableLocation,
        environment: Environment,
        fast: bool,
        correlate: bool,
    ) -> Result<Self, OpenError> {
        let clock = EventClock::default();
        let window = if fast { FAST_WINDOW } else { WINDOW };
        let dead_letters = DeadLetterFile::default();
        let key = KEY.to_vec();
        let setup =
            Setup { location, environment, clock: Arc::new(clock.clone()), window, dead_letters, key, correlate };
        Ok(Self { twin: Twin::open(setup).await?, clock, not_stored: 0 })
    }

    /// Refuses recorded webhooks that `signatures` finds not authentic.
    pub fn check(&mut self, signatures: RecordedSignatures) {
        self.twin.ingest.signatures = Some(signatures);
    }

    /// Processes one event of `topic`, after it has moved the clock to `at`.
    ///
    /// # Errors
    /// When the replay cannot go on. An event that cannot be read does not end it.
    pub async fn take(
        &mut self,
        at: Option<DateTime<Utc>>,
        topic: Option<&str>,
        json: &str,
    ) -> Result<Ingested, ReplayError> {
        if let Some(at) = at {
            self.advance_to(at).await?;
        }
        let taken = self.twin.ingest.take(topic, json).await;
        self.twin.journeys.gather().await?;
        match &taken {
            Ingested::Processed { new: 0 } | Ingested::Ignored | Ingested::Unreadable(_) => self.not_stored = 0,
            Ingested::Processed { new } => {
                self.not_stored = 0;
                self.twin.publishing.gather(*new).await?;
                // Full batches and records of closed buckets are due at once.
                self.publish_what_is_due(self.clock.now()).await?;
            }
            Ingested::NotStored(reason) => {
                self.not_stored += 1;
                if self.not_stored >= MAX_NOT_STORED {
                    return Err(ReplayError::NotStored(reason.clone()));
                }
            }
        }
        Ok(taken)
    }

    /// Moves the clock forwards by `time`, without an event.
    ///
    /// # Errors
    /// When a batch that becomes due cannot be published.
    pub async fn let_pass(&mut self, time: TimeDelta) -> Result<(), ReplayError> {
        self.advance_to(self.clock.now() + time).await
    }

    /// Settles the journeys that are over, and publishes all waiting records.
    ///
    /// # Errors
    /// When the tables do not respond, or a batch cannot be published.
    pub async fn finish(&mut self) -> Result<Vec<DatadogPoint>, ReplayError> {
        self.assemble_all().await?;
        self.twin.journeys.settle().await?;
        self.publish_all().await?;
        // A stream delays its changes. The table shows the ledgers whose changes have not arrived.
        if self.twin.publishing.is_delayed() {
            self.twin.look_for_unsettled(self.clock.now()).await?;
            self.publish_all().await?;
        }
        Ok(self.twin.held().await?)
    }

    /// Assembles every journey.
    async fn assemble_all(&mut self) -> Result<(), ReplayError> {
        let mut waited = 0;
        loop {
            if self.twin.journeys.gather().await? > 0 {
                self.twin.journeys.assemble().await?;
                waited = 0;
            } else if waited == MAX_WAITS || !self.twin.publishing.is_delayed() {
                return Ok(());
            } else {
                // A stream delays its changes.
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

    /// Publishes every batch that is due until `at`, with the clock at its due time.
    async fn publish_what_is_due(&mut self, at: DateTime<Utc>) -> Result<(), ReplayError> {
        while let Some(due) = self.twin.publishing.due().filter(|due| *due <= at) {
            self.clock.advance_to(due);
            self.publish().await?;
        }
        Ok(())
    }

    async fn publish(&mut self) -> Result<(), ReplayError> {
        let mut attempt = 1;
        loop {
            match self.twin.publishing.publish().await {
                Ok(_) => return Ok(()),
                Err(error) if attempt == MAX_ATTEMPTS => return Err(ReplayError::Publish(error)),
                Err(_) => SystemClock.sleep(BACK_OFF.pause(attempt, &RandomJitter)).await,
            }
            attempt += 1;
        }
    }
}
