//! Reads the facts of a journey, and assembles the journey.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::walk_limits::KnownLimits;
use cxtrace_domain::journeys::{Clocks, Gathered, Id, Journey, Policy, Settled, assemble};
use cxtrace_store::correlation::Consistency;
use cxtrace_store::{CorrelationTable, StoreError};
use futures::lock::Mutex;

/// How long the known offsets of sources' clocks are kept before they are read again. A learned offset applies only to
/// times that are several minutes ahead, so every process knows it by then.
const CLOCKS_KEPT: TimeDelta = TimeDelta::minutes(1);

/// How long the limits that walks have reached are kept. Until then an operator's retraction may not yet show in a list.
const LIMITS_KEPT: TimeDelta = TimeDelta::minutes(1);

/// A journey could not be assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    #[error("the correlation table could not be read or written")]
    Store(#[from] StoreError),
    /// Other writers wrote the same journey at every attempt.
    #[error(
        "other writers changed the row of the journey of {id} at every attempt. The event will be retried; nothing is lost."
    )]
    Contended {
        /// An id of it.
        id: String,
    },
}

/// Reads, assembles and writes journeys.
#[derive(Debug, Clone)]
pub struct Assembly {
    pub(crate) table: CorrelationTable,
    pub(crate) policy: Policy,
    pub(crate) clock: SharedClock,
    /// Held while a large journey is read, because memory has room for only one.
    pub(crate) large: Arc<Mutex<()>>,
    clocks: Arc<Mutex<Option<ClocksRead>>>,
    /// The limits that walks have reached, and since when they are noted.
    limits: Arc<Mutex<(DateTime<Utc>, Arc<KnownLimits>)>>,
}

/// The offsets of sources' clocks, and when they were read.
type ClocksRead = (DateTime<Utc>, Clocks);

/// A journey, and the facts that it was assembled from.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    pub journey: Journey,
    pub gathered: Gathered,
}

impl Assembly {
    /// Assembles the journeys of `table` by the thresholds of `policy`.
    #[must_use]
    pub fn new(table: CorrelationTable, policy: Policy, clock: SharedClock) -> Self {
        Self { table, policy, clock, large: Arc::default(), clocks: Arc::default(), limits: Arc::default() }
    }

    /// The correlation table.
    #[must_use]
    pub fn table(&self) -> &CorrelationTable {
        &self.table
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The facts of the journey of `seed`.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn gather(&self, seed: &Id) -> Result<Gathered, StoreError> {
        let clocks = self.known_clocks().await?;
        self.table.gather(seed.clone(), clocks).await
    }

    /// The ids of the journey of `seed`, however large it is.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(crate) async fn gather_ids(&self, seed: &Id) -> Result<Gathered, StoreError> {
        let clocks = self.known_clocks().await?;
        self.table.gather_ids(seed.clone(), clocks).await
    }

    /// As [`Self::gather`], but what has reached a limit within the last minute is not read again.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(crate) async fn gather_within_limits(
        &self,
        seed: &Id,
        consistency: Consistency,
    ) -> Result<Gathered, StoreError> {
        let clocks = self.known_clocks().await?;
        let now = self.clock.now();
        let known = {
            let mut limits = self.limits.lock().await;
            if !(limits.0..limits.0 + LIMITS_KEPT).contains(&now) {
                *limits = (now, Arc::default());
            }
            Arc::clone(&limits.1)
        };
        let gathered = self.table.gather_knowing(seed.clone(), clocks, known, consistency).await?;
        let mut limits = self.limits.lock().await;
        if !limits.1.covers(&gathered.left_out) {
            Arc::make_mut(&mut limits.1).note(&gathered.left_out);
        }
        Ok(gathered)
    }

    async fn known_clocks(&self) -> Result<Clocks, StoreError> {
        let now = self.clock.now();
        let mut kept = self.clocks.lock().await;
        match kept.as_ref() {
            Some((read_at, clocks)) if (*read_at..*read_at + CLOCKS_KEPT).contains(&now) => Ok(clocks.clone()),
            _ => {
                let clocks = self.table.clocks().await?;
                *kept = Some((now, clocks.clone()));
                Ok(clocks)
            }
        }
    }

    pub(crate) fn assemble(&self, gathered: Gathered, settled: Option<Settled>) -> Option<Assembled> {
        let journey = assemble(&gathered, &self.policy, settled, self.clock.now())?;
        Some(Assembled { journey, gathered })
    }
}
