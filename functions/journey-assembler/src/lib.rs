//! The correlation table's stream to journeys' rows: what is new wakes the journeys that it touches.

use aws_lambda_events::dynamodb::Event;
use cxtrace_journeys::{Assembly, AssemblyError, Seeds, Woken};
use cxtrace_store::correlation::change;
use cxtrace_store::stream::UnreadableRecord;

/// A batch could not be taken. The stream hands it over again, whole: taking it again is harmless.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// It is no batch of stream records.
    #[error("the batch cannot be read")]
    Batch(#[source] serde_json::Error),
    /// A journey could not be assembled.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct JourneyAssembler(pub Assembly);

impl JourneyAssembler {
    /// Brings every journey up to date that a batch touches.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn handle(&self, batch: &Event) -> Result<Woken, AssembleError> {
        let mut seeds = Seeds::default();
        read(batch, &mut seeds);
        Ok(self.0.wake(&seeds).await?)
    }
}

/// Notes in `seeds` what a batch tells is new.
pub fn read(batch: &Event, seeds: &mut Seeds) {
    for record in &batch.records {
        match change::inserted(record) {
            Ok(change) => change.into_iter().for_each(|change| seeds.add(change)),
            // One that cannot be read must not hold up the others for a day. Its fact is in the table.
            Err(error) => tell(&error),
        }
    }
}

fn tell(error: &UnreadableRecord) {
    tracing::error!(%error, "a change is left out: something other than Cxtrace has written it, or a newer version");
}
