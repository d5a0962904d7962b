//! Learning how far sources' clocks are off, from journeys that have settled.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cxtrace_domain::journeys::{Source, learn};
use cxtrace_store::StoreError;

use crate::{Assembled, Assembly};

/// What is learned is believed of times after this: whoever assembles a journey of that time has read it.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// How soon after one change of what is believed of a clock another may follow: whoever assembles reads them all.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// What a clock is off by less is not worth noting.
const CHANGE: TimeDelta = TimeDelta::milliseconds(500);

impl Assembly {
    /// Notes what a settled journey says of its sources' clocks, and gives of which it says anything.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn observe_clocks(&self, settled: &Assembled) -> Result<BTreeSet<Source>, StoreError> {
        let Some(reference) = &self.policy.reference else { return Ok(BTreeSet::new()) };
        let readings = learn::readings(&settled.gathered, reference);
        let journey = &settled.journey;
        if !readings.is_empty() {
            self.table.note_readings(journey.id, journey.settles_at.0, &readings).await?;
        }
        Ok(readings.into_keys().collect())
    }

    /// Believes what the latest journeys say of the clocks of `sources`, from now on, and gives of how many it is
    /// something else than before.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn learn_clocks(&self, sources: &BTreeSet<Source>) -> Result<usize, StoreError> {
        if sources.is_empty() {
            return Ok(0);
        }
        let clocks = self.table.clocks().await?;
        let from = self.clock.now() + AHEAD;
        let mut learned = 0;
        for source in sources {
            if clocks.latest(source).is_some_and(|latest| from - latest < AGAIN) {
                continue;
            }
            let (readings, before) =
                (self.table.readings(source, learn::MAX_READINGS).await?, clocks.ahead(source, from));
            let Some(ahead) = learn::believed(&readings, before) else { continue };
            if (ahead - before).abs() >= CHANGE {
                self.table.note_clock(source, from, ahead).await?;
                tracing::info!(%source, ahead_ms = ahead.num_milliseconds(), "learned how far a clock is ahead of the reference");
                learned += 1;
            }
        }
        Ok(learned)
    }
}
