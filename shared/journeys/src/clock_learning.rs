//! Learns how far sources' clocks are ahead, from settled journeys.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cxtrace_domain::journeys::{Source, learn};
use cxtrace_store::StoreError;

use crate::assembly::{Assembled, Assembly};

/// A learned offset applies only to times at least this far in the future. By then every assembler has read it.
const LEAD: TimeDelta = TimeDelta::minutes(5);

/// The shortest time between two changes of one clock's offset: every assembly reads them all.
const MIN_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Smaller changes of an offset are ignored.
const MIN_CHANGE: TimeDelta = TimeDelta::milliseconds(500);

impl Assembly {
    /// Stores the clock readings of a settled journey. Returns the sources with a reading.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn observe_clocks(&self, settled: &Assembled) -> Result<BTreeSet<Source>, StoreError> {
        let Some(reference) = &self.policy.reference else { return Ok(BTreeSet::new()) };
        let readings = learn::readings(&settled.gathered, reference);
        let journey = &settled.journey;
        if !readings.is_empty() {
            self.table.store_readings(journey.id, journey.settles_at.0, &readings).await?;
        }
        Ok(readings.into_keys().collect())
    }

    /// Learns the offsets of the clocks of `sources` from the latest readings. Returns how many offsets changed.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn learn_clocks(&self, sources: &BTreeSet<Source>) -> Result<usize, StoreError> {
        if sources.is_empty() {
            return Ok(0);
        }
        let clocks = self.table.clocks().await?;
        let from = self.clock.now() + LEAD;
        let mut learned = 0;
        for source in sources {
            if clocks.latest(source).is_some_and(|latest| from - latest < MIN_INTERVAL) {
                continue;
            }
            let (readings, before) =
                (self.table.readings(source, learn::MAX_READINGS).await?, clocks.ahead(source, from));
            let Some(ahead) = learn::believed(&readings, before) else { continue };
            if (ahead - before).abs() >= MIN_CHANGE {
                self.table.store_clock(source, from, ahead).await?;
                tracing::info!(%source, ahead_ms = ahead.num_milliseconds(), "learned how far a source's clock is ahead");
                learned += 1;
            }
        }
        Ok(learned)
    }
}
