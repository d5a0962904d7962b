//! A schedule to settled journeys: when every source has told what it has, a journey gets its revision, and Datadog
//! and the journey bus are told.
//!
//! | who is told | how often | module |
//! |---|---|---|
//! | the journey bus: `Journey Settled`, `Insight Detected` | once a revision, or again after a crash or where the bus took only some: `id` and `revision` tell | [`bus`] |
//! | Datadog, insights | exactly once a journey and rule, by the ledgers of flow metrics | [`insights`] |
//! | Datadog, durations | at most once a revision: nothing is sent again that may have been taken | [`measures`] |
//!
//! What may be done again comes first, so that nothing but a crash lies between the bus and the note that it was told.
//! As long as Datadog refuses, only Datadog is asked again.

pub mod bus;
pub mod insights;
pub mod measures;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_datadog::{DistributionOutcome, Submitter};
use cxtrace_domain::journeys::{Journey, Source};
use cxtrace_error_chain::error_chain;
use cxtrace_journeys::{Assembly, AssemblyError, Claimed};
use cxtrace_store::correlation::Row;
use cxtrace_store::{StateTable, StoreError};

use bus::{Bus, BusError};

/// How many journeys are looked for at once.
const AT_ONCE: usize = 100;

/// Nothing is begun that might not end before the deadline.
const MARGIN: TimeDelta = TimeDelta::seconds(15);

/// What could not be done. The journey stays due, and is looked at again.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// A journey could not be read or written.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// A table does not answer.
    #[error("a table could not be read or written")]
    Store(#[from] StoreError),
    /// The bus does not take an event.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Datadog does not take durations.
    #[error("Datadog has not taken a journey's durations: {0}. They will be sent again.")]
    Datadog(String),
    /// Some journeys could not be settled; each has been logged.
    #[error("{0} journeys could not be settled. They will be tried again with the next schedule.")]
    Some(usize),
}

/// What a run has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    /// Journeys that were settled, and everyone told.
    pub settled: usize,
    /// Journeys that were looked at and are not to be settled yet.
    pub later: usize,
    /// Journeys that could not be settled.
    pub failed: usize,
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct JourneySettler<B> {
    /// Assembles.
    pub assembly: Assembly,
    /// Counts insights.
    pub state: StateTable,
    /// The width of a count's bucket.
    pub width: cxtrace_domain::metrics::BucketWidth,
    /// Takes durations.
    pub datadog: Submitter,
    /// Takes events.
    pub bus: B,
}

impl<B: Bus> JourneySettler<B> {
    /// Settles what is due, until nothing is or `deadline` is near.
    ///
    /// # Errors
    /// When what is due cannot be read. What happens to single journeys is logged and counted.
    pub async fn run(&self, deadline: DateTime<Utc>) -> Result<Run, SettleError> {
        let mut run = Run::default();
        let mut observed = BTreeSet::new();
        self.settle_due(deadline, &mut run, &mut observed).await?;
        // Whoever dies before this learns it from the next journeys.
        if let Err(error) = self.assembly.learn_clocks(&observed).await {
            tracing::warn!(error = error_chain(&error), "what journeys say of sources' clocks could not be learned");
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
            let due = self.assembly.due(AT_ONCE).await?;
            let before = *run;
            for row in &due {
                if self.assembly.now() + MARGIN > deadline {
                    return Ok(());
                }
                match Box::pin(self.settle(row, deadline, observed)).await {
                    Ok(true) => run.settled += 1,
                    Ok(false) => run.later += 1,
                    Err(error) => {
                        tracing::warn!(journey = %row.journey, error = error_chain(&error), "a journey could not be settled");
                        run.failed += 1;
                        if let Err(error) = self.assembly.postpone(row).await {
                            tracing::warn!(journey = %row.journey, error = error_chain(&error), "it is tried again at once");
                        }
                    }
                }
            }
            // What is left could not be settled. Fewer than were asked for are no sign that nothing is left: the index may
            // be a moment behind, and still hold what has been settled.
            if due.is_empty() || run.settled == before.settled {
                return Ok(());
            }
        }
    }

    async fn settle(
        &self,
        due: &Row,
        deadline: DateTime<Utc>,
        observed: &mut BTreeSet<Source>,
    ) -> Result<bool, SettleError> {
        let Some(claimed) = self.assembly.settle(due).await? else { return Ok(false) };
        let Claimed { assembled, row, counted } = claimed;
        let journey = &assembled.journey;
        if row.announced < journey.revision {
            self.state.put_occurrences(&insights::occurrences(&counted, journey, self.width)).await?;
            observed.extend(self.assembly.observe_clocks(&assembled).await?);
            self.bus.put(bus::events(journey)).await?;
        }
        let row = if row.measured < journey.revision { self.measure(row, journey, deadline).await? } else { Some(row) };
        let Some(row) = row else { return Ok(false) };
        Ok(self.assembly.told(row).await?.is_some())
    }

    /// Sends the durations of a journey once its row says so; `None` when somebody else has written the row.
    async fn measure(&self, row: Row, journey: &Journey, deadline: DateTime<Utc>) -> Result<Option<Row>, SettleError> {
        let Some(row) = self.assembly.measuring(row).await? else { return Ok(None) };
        match self.datadog.distribute(&measures::of(journey), self.assembly.now(), deadline).await {
            DistributionOutcome::Accepted => {}
            DistributionOutcome::Unanswered(reason) => {
                tracing::error!(journey = %journey.id, reason, "durations were sent, and nobody answered: they may be missing");
            }
            DistributionOutcome::Rejected(reason) => {
                tracing::error!(journey = %journey.id, reason, "Datadog refuses a journey's durations");
            }
            DistributionOutcome::Refused(reason) => {
                self.assembly.not_measured(row).await?;
                return Err(SettleError::Datadog(reason));
            }
        }
        Ok(Some(row))
    }
}
