//! Updates journeys' rows from the correlation table's stream: a new fact refreshes the journeys that it touches.

use cxtrace_journeys::{Assembly, AssemblyError, RefreshCounts, Seeds};
use cxtrace_lambda::own_traces::work;
use cxtrace_store::SetAside;
use cxtrace_store::correlation::change::{self, JourneyChange};
use cxtrace_store::stream::StreamBatch;

/// A batch could not be processed. Lambda delivers the whole batch again, which is harmless.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    #[error("the batch of stream records cannot be read")]
    Batch(#[source] serde_json::Error),
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct JourneyAssembler(pub Assembly);

impl JourneyAssembler {
    /// Refreshes every journey that a batch touches.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn handle(&self, batch: &StreamBatch) -> Result<RefreshCounts, AssembleError> {
        let mut seeds = Seeds::default();
        add_seeds(batch, &mut seeds, self.0.table().set_aside());
        Ok(self.0.refresh_touched(&seeds).await?)
    }
}

/// Adds the places of new facts in a batch to `seeds`. Unreadable records are set aside.
pub fn add_seeds(batch: &StreamBatch, seeds: &mut Seeds, set_aside: &SetAside) {
    for record in &batch.records {
        match change::inserted(record) {
            Ok(change) => change.into_iter().for_each(|change| {
                if let JourneyChange::Fact(fact) = &change {
                    work::journey(fact.anchor.journey());
                }
                seeds.add(change);
            }),
            // An unreadable record must not block the shard. Its fact is in the table.
            Err(error) => set_aside.note(&error),
        }
    }
}
