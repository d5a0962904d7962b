//! Reading the facts of a journey, and assembling it from them.

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::{Gathered, Id, Journey, Policy, Settled, assemble};
use cxtrace_store::{CorrelationTable, StoreError};

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
}

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
        Self { table, policy, clock }
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
        let clocks = self.table.clocks().await?;
        self.table.gather(seed.clone(), clocks).await
    }

    pub(crate) fn assemble(&self, gathered: Gathered, settled: Option<Settled>) -> Option<Assembled> {
        let journey = assemble(&gathered, &self.policy, settled, self.clock.now())?;
        Some(Assembled { journey, gathered })
    }
}
