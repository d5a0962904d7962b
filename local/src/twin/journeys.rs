//! Waking the assembler and the settler as stream and schedule do, and keeping what they put on the bus.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::query::Lookup;
use cxtrace_journeys::{Assembly, AssemblyError, RefreshCounts, Seeds};
use cxtrace_store::StoreError;
use cxtrace_store::stream::StreamBatch;
use journey_settler::bus::{Bus, BusError, Event as Told};
use journey_settler::{JourneySettler, Run, SettleError};

use super::changes::{Changes, ChangesError};

/// How long a run of the settler may take, as in `template.yaml`.
const TIMEOUT: TimeDelta = TimeDelta::seconds(120);

/// What was put on the journey bus of a twin.
#[derive(Debug, Clone, Default)]
pub struct KeptBus(Arc<Mutex<Vec<Told>>>);

impl KeptBus {
    /// All of it.
    #[must_use]
    pub fn events(&self) -> Vec<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Bus for KeptBus {
    async fn put(&self, events: Vec<Told>) -> Result<(), BusError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
        Ok(())
    }
}

/// The functions around the correlation table.
#[derive(Debug)]
pub struct Journeys {
    settler: JourneySettler<KeptBus>,
    changes: Changes,
    seeds: Seeds,
    clock: SharedClock,
}

impl Journeys {
    pub(super) fn new(settler: JourneySettler<KeptBus>, changes: Changes, clock: SharedClock) -> Self {
        Self { settler, changes, seeds: Seeds::default(), clock }
    }

    /// What reads and writes journeys.
    #[must_use]
    pub fn assembly(&self) -> &Assembly {
        &self.settler.assembly
    }

    /// What was put on the bus.
    #[must_use]
    pub fn bus(&self) -> &KeptBus {
        &self.settler.bus
    }

    /// Has everything looked at that the table holds: what an earlier twin had not come to is told by nobody.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(super) async fn look_at_all(&mut self) -> Result<(), StoreError> {
        self.seeds.add_ids(self.assembly().table().anchors().await?);
        Ok(())
    }

    /// Takes the changes of the table since the last time; gives how many places are to be looked at.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn gather(&mut self) -> Result<usize, ChangesError> {
        let batch = StreamBatch { records: self.changes.take(0).await? };
        journey_assembler::add_seeds(&batch, &mut self.seeds);
        Ok(self.seeds.len())
    }

    /// Brings up to date what has changed.
    ///
    /// # Errors
    /// When the table does not answer. It is tried again the next time.
    pub async fn assemble(&mut self) -> Result<RefreshCounts, AssemblyError> {
        let counts = Box::pin(self.assembly().refresh_touched(&self.seeds)).await?;
        self.seeds = Seeds::default();
        Ok(counts)
    }

    /// Settles what is due.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn settle(&self) -> Result<Run, SettleError> {
        Box::pin(self.settler.run(self.clock.now() + TIMEOUT)).await
    }

    /// Every journey that the table holds, in the order in which they began.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn all(&self) -> Result<Vec<Journey>, StoreError> {
        let mut journeys = Vec::new();
        let now = self.clock.now();
        for id in self.assembly().table().journeys().await? {
            if let Lookup::Found(assembled) = self.assembly().read(id, now).await? {
                journeys.push(assembled.journey);
            }
        }
        journeys.sort_by_key(|journey| (journey.started_at, journey.id));
        Ok(journeys)
    }
}
