//! From stored facts to a journey, and to the row that it is listed by: what the functions around the correlation
//! table have in common.
//!
//! A journey is never stored. Its facts are, and a row of bounded size; whoever wants the journey assembles it. Rows
//! are written under the condition that nobody has written them since they were read, and they are read before the
//! facts: of two who assemble at once, the one who has seen less must look again.

mod learn;
mod refresh;
mod serve;
mod settle;
mod wake;

use chrono::{DateTime, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::{Gathered, Id, Journey, Policy, Settled, assemble};
use cxtrace_store::{CorrelationTable, StoreError};

pub use refresh::Refreshed;
pub use settle::{Claimed, Counted};
pub use wake::{Seeds, Woken};

/// A journey cannot be assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The table did not answer.
    #[error("the correlation table could not be read or written")]
    Store(#[from] StoreError),
    /// Others are writing the same journey.
    #[error("the journey of {id} is being written by others, again and again. It will be tried again.")]
    Contended {
        /// An id of it.
        id: String,
    },
}

/// Reads, assembles and writes journeys.
#[derive(Debug, Clone)]
pub struct Assembly {
    table: CorrelationTable,
    policy: Policy,
    clock: SharedClock,
}

/// A journey with what it was assembled from.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// The journey.
    pub journey: Journey,
    /// Its facts.
    pub gathered: Gathered,
}

impl Assembly {
    /// Assembles from `table` by the numbers of `policy`.
    #[must_use]
    pub fn new(table: CorrelationTable, policy: Policy, clock: SharedClock) -> Self {
        Self { table, policy, clock }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &CorrelationTable {
        &self.table
    }

    /// The time.
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

    fn assemble(&self, gathered: Gathered, settled: Option<Settled>) -> Option<Assembled> {
        let journey = assemble(&gathered, &self.policy, settled, self.clock.now())?;
        Some(Assembled { journey, gathered })
    }
}

/// What lists show of a journey, as its row keeps it.
fn shown(journey: &Journey) -> String {
    // A row is made of texts, numbers and lists: JSON can always be written of it.
    serde_json::to_string(&cxtrace_explorer::Row::of(journey)).unwrap_or_default()
}
