//! A schedule to settled journeys: once every source's delay has elapsed, a journey gets a revision, and the journey bus
//! and Datadog are notified.
//!
//! | who is notified | how often | module |
//! |---|---|---|
//! | journey bus: `Journey Settled`, `Insight Detected` | at least once for each revision; again only after a crash, or when the bus took only some. `id` and `revision` identify duplicates | [`bus`] |
//! | Datadog, insights | exactly once for each journey and rule, by the ledgers of flow metrics | [`insights`] |
//! | Datadog, durations | at most once for each revision: durations that Datadog may hold are not sent again | [`measures`] |
//!
//! The steps and their order are those of [`Settlement`]. While Datadog refuses durations, only the durations are sent
//! again.
//!
//! [`Settlement`]: cxtrace_domain::journeys::Settlement

pub mod bus;
pub mod insights;
pub mod measures;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::{DistributionOutcome, Submitter};
use cxtrace_domain::journeys::{Journey, Source};
use cxtrace_error_chain::error_chain;
use cxtrace_journeys::{Assembly, AssemblyError, Claimed};
use cxtrace_store::correlation::JourneyRow;
use cxtrace_store::{StateTable, StoreError};

use bus::{Bus, BusError};

/// How many due journeys are read at once.
const MAX_DUE: usize = 100;

/// No journey is started within this time before the deadline.
const MARGIN: TimeDelta = TimeDelta::seconds(15);

/// A journey could not be settled. It stays due and is tried again.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    #[error("a table could not be read or written")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("Datadog did not take the durations of a journey: {0}. They will be sent again.")]
    Datadog(String),
    /// Some journeys could not be settled. Each was logged.
    #[error("{0} journeys could not be settled. The next run of the schedule tries them again.")]
    Some(usize),
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    /// Journeys that were settled, and everyone was notified.
    pub settled: usize,
    /// Journeys that were due and are not to be settled yet.
    pub deferred: usize,
    /// Journeys that could not be settled.
    pub failed: usize,
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct JourneySettler<B> {
    pub assembly: Assembly,
    pub state: StateTable,
    pub width: cxtrace_domain::metrics::BucketWidth,
    pub datadog: Submitter,
    pub bus: B,
}

impl<B: Bus> JourneySettler<B> {
    /// Settles due journeys until none is left or `deadline` is near.
    ///
    /// # Errors
    /// When due journeys cannot be read. Failures of single journeys are logged and counted.
    pub async fn run(&self, deadline: DateTime<Utc>) -> Result<Run, SettleError> {
        let mut run = Run::default();
        let mut observed = BTreeSet::new();
        self.settle_due(deadline, &mut run, &mut observed).await?;
        // A crash before this loses nothing: the next journeys give the same readings.
        if let Err(error) = self.assembly.learn_clocks(&observed).await {
            tracing::warn!(error = error_chain(&error), "the offsets of sources' clocks could not be learned");
        }
        Ok(run)
    }

    async fn settle_due(
        &self,
        deadline: DateTime<Utc>,
        run: &mut Run,
        observed: &mut BTreeSet<Source>,
    ) -> Result<(), SettleError> {
        loop {
            let due = self.assembly.due(MAX_DUE).await?;
            let before = *run;
            for row in &due {
                if self.assembly.now() + MARGIN > deadline {
                    return Ok(());
                }
                match Box::pin(self.settle(row, deadline, observed)).await {
                    Ok(true) => run.settled += 1,
                    Ok(false) => run.deferred += 1,
                    Err(error) => {
                        tracing::warn!(journey = %row.journey, error = error_chain(&error), "a journey could not be settled");
                        run.failed += 1;
                        if let Err(error) = self.assembly.defer_failed(row).await {
                            tracing::warn!(journey = %row.journey, error = error_chain(&error), "a journey that could not be settled could not be deferred either; it is tried again at once");
                        }
                    }
                }
            }
            // Without progress, the remaining journeys cannot be settled now. A short page can still mean that more are
            // left, because the index may be a moment behind.
            if due.is_empty() || run.settled == before.settled {
                return Ok(());
            }
        }
    }

    async fn settle(
        &self,
        due: &JourneyRow,
        deadline: DateTime<Utc>,
        observed: &mut BTreeSet<Source>,
    ) -> Result<bool, SettleError> {
        let Some(claimed) = self.assembly.claim(due).await? else { return Ok(false) };
        let Claimed { assembled, settlement, row, counted } = claimed;
        let journey = &assembled.journey;
        if settlement.needs_announcement() {
            self.state.put_occurrences(&insights::occurrences(&counted, journey, self.width)).await?;
            observed.extend(self.assembly.observe_clocks(&assembled).await?);
            self.bus.put(bus::events(journey)).await?;
        }
        let row = if settlement.needs_measurement() { self.measure(row, journey, deadline).await? } else { Some(row) };
        let Some(row) = row else { return Ok(false) };
        Ok(self.assembly.finish(row).await?.is_some())
    }

    /// Stores that the durations of a journey are about to be sent, and sends them. `None` when another writer has
    /// written the row.
    async fn measure(
        &self,
        row: JourneyRow,
        journey: &Journey,
        deadline: DateTime<Utc>,
    ) -> Result<Option<JourneyRow>, SettleError> {
        let Some(row) = self.assembly.begin_measuring(row).await? else { return Ok(None) };
        match self.datadog.distribute(&measures::of(journey), self.assembly.now(), deadline).await {
            DistributionOutcome::Accepted => {}
            DistributionOutcome::Unanswered(reason) => {
                tracing::error!(journey = %journey.id, reason, "Datadog did not answer when durations were sent; they may be missing and are not sent again");
            }
            DistributionOutcome::Rejected(reason) => {
                tracing::error!(journey = %journey.id, reason, "Datadog rejected the durations of a journey as invalid; they are not sent again");
            }
            DistributionOutcome::Refused(reason) => {
                self.assembly.durations_refused(row).await?;
                return Err(SettleError::Datadog(reason));
            }
        }
        Ok(Some(row))
    }
}
