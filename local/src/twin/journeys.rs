//! Wakes the assembler and the settler, as stream and schedule do, and keeps the events of their bus.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use cxtrace_clock::SharedClock;
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::query::Lookup;
use cxtrace_journeys::{Assembly, AssemblyError, Backlog, RefreshCounts, Seeds};
use cxtrace_store::StoreError;
use cxtrace_store::stream::StreamBatch;
use journey_settler::bus::{Bus, BusError, Event as BusEvent};
use journey_settler::{JourneySettler, Run, SettleError};

use super::changes::{Changes, ChangesError};

/// The settler's time limit, as in `template.yaml`.
const TIMEOUT: TimeDelta = TimeDelta::seconds(120);

/// A journey bus that keeps its events in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryBus(Arc<Mutex<Vec<BusEvent>>>);

impl MemoryBus {
    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<BusEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Bus for MemoryBus {
    async fn put(&self, events: Vec<BusEvent>) -> Result<(), BusError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
        Ok(())
    }
}

/// New changes could not be added to a backlog.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// They could not be read.
    #[error(transparent)]
    Changes(#[from] ChangesError),
    /// It is not known which journeys they touch.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
}

/// The functions around the correlation table.
#[derive(Debug)]
pub struct Journeys {
    settler: Arc<JourneySettler<MemoryBus>>,
    changes: Changes,
    seeds: Seeds,
    clock: SharedClock,
}

impl Journeys {
    pub(super) fn new(settler: JourneySettler<MemoryBus>, changes: Changes, clock: SharedClock) -> Self {
        Self { settler: Arc::new(settler), changes, seeds: Seeds::default(), clock }
    }

    /// The assembly, which reads and writes journeys.
    #[must_use]
    pub fn assembly(&self) -> &Assembly {
        &self.settler.assembly
    }

    /// The journey bus.
    #[must_use]
    pub fn bus(&self) -> &MemoryBus {
        &self.settler.bus
    }

    /// Marks every id in the table for assembly: the feed has no changes of an earlier process.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(super) async fn look_at_all(&mut self) -> Result<(), StoreError> {
        self.seeds.add_ids(self.assembly().table().anchors().await?);
        Ok(())
    }

    /// Takes the table's new changes. Returns how many ids wait for assembly.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn gather(&mut self) -> Result<usize, ChangesError> {
        let batch = StreamBatch { records: self.changes.take(0).await? };
        let table = self.settler.assembly.table();
        journey_assembler::add_seeds(&batch, &mut self.seeds, table.set_aside());
        Ok(self.seeds.len())
    }

    /// Assembles the journeys of the waiting ids.
    ///
    /// # Errors
    /// When the table does not respond. The ids keep waiting.
    pub async fn assemble(&mut self) -> Result<RefreshCounts, AssemblyError> {
        let counts = Box::pin(self.assembly().refresh_touched(&self.seeds)).await?;
        self.seeds = Seeds::default();
        Ok(counts)
    }

    /// Takes the table's new changes, and adds the journeys of the waiting ids to `backlog`.
    ///
    /// # Errors
    /// When the table does not respond. The ids keep waiting.
    pub async fn add_to(&mut self, backlog: &mut Backlog) -> Result<(), AddError> {
        self.gather().await?;
        backlog.add(Box::pin(self.assembly().groups(&self.seeds)).await?);
        self.seeds = Seeds::default();
        Ok(())
    }

    /// Settles the due journeys. The future borrows nothing, so journeys can be assembled meanwhile.
    ///
    /// # Errors
    /// When the table does not answer.
    pub fn settle(&self) -> impl Future<Output = Result<Run, SettleError>> + use<> {
        let (settler, until) = (self.settler.clone(), self.clock.now() + TIMEOUT);
        async move { Box::pin(settler.run(until)).await }
    }

    /// Every journey in the table, in the order of their start.
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
