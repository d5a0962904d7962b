//! Finds the journeys that new facts touch. Their rows may be out of date.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::id::Namespace;
use cxtrace_domain::journeys::{Gathered, Id, code, handoff};
use cxtrace_privacy::Pseudonym;
use cxtrace_store::correlation::change::JourneyChange;

use crate::assembly::{Assembly, AssemblyError};
use crate::refresh::Refreshed;

/// The places where new facts are stored, each place once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seeds {
    ids: BTreeSet<Id>,
    /// The `ids` that were cut from another id. Both journeys must be read, however large they are.
    cut: BTreeSet<Id>,
    codes: BTreeSet<(Id, DateTime<Utc>)>,
    numbers: BTreeSet<(Pseudonym, DateTime<Utc>)>,
}

impl Seeds {
    /// Adds the places of a change.
    pub fn add(&mut self, change: JourneyChange) {
        match change {
            JourneyChange::Fact(fact) => {
                self.codes.extend(fact.codes.into_iter().map(|usage| (usage.code, usage.at)));
                self.numbers.extend(fact.handoffs.into_iter().map(|end| (end.number.hash, end.at)));
                self.ids.insert(fact.anchor);
            }
            JourneyChange::Cut(id) => {
                self.ids.insert(id.clone());
                self.cut.insert(id);
            }
        }
    }

    pub fn add_ids(&mut self, ids: impl IntoIterator<Item = Id>) {
        self.ids.extend(ids);
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len() + self.codes.len() + self.numbers.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How many journeys were refreshed, and how many were not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshCounts {
    /// Journeys with a current row.
    pub refreshed: usize,
    /// Large journeys that were deferred.
    pub deferred: usize,
    /// Journeys that are larger than a function has memory for.
    pub too_large: usize,
}

impl Assembly {
    /// Refreshes every journey that `seeds` touch. The new facts must have been stored before. Refreshing again changes
    /// nothing.
    ///
    /// # Errors
    /// When the table does not answer, or other writers are met at every attempt.
    pub async fn refresh_touched(&self, seeds: &Seeds) -> Result<RefreshCounts, AssemblyError> {
        let mut waiting = seeds.ids.clone();
        waiting.extend(self.touched(seeds).await?);
        let mut counts = RefreshCounts::default();
        // One refresh reads everything that was stored before this call, so each journey is refreshed once.
        let mut done = BTreeSet::new();
        while let Some(seed) = waiting.pop_first() {
            if done.contains(&seed) {
                continue;
            }
            match Box::pin(self.refresh(&seed, seeds.cut.contains(&seed))).await? {
                Refreshed::UpToDate { assembled, .. } => {
                    counts.refreshed += 1 + self.mark_quarantined(&assembled.gathered).await?;
                    done.extend(assembled.gathered.anchors.into_keys());
                }
                Refreshed::Deferred => counts.deferred += 1,
                Refreshed::TooLarge => counts.too_large += 1,
                Refreshed::NoFacts => {}
            }
            done.insert(seed);
        }
        Ok(counts)
    }

    /// The ids whose journeys may change, in addition to those of the new facts. A new issue of a code may take the
    /// code from another journey, and a new call may make a unique hand-off ambiguous.
    async fn touched(&self, seeds: &Seeds) -> Result<Vec<Id>, AssemblyError> {
        let mut touched = Vec::new();
        for (code, at) in &seeds.codes {
            touched.extend(self.touched_by_code(code, *at).await?);
        }
        for (number, at) in &seeds.numbers {
            let (from, to) = handoff::window(*at);
            touched.extend(self.table.anchors_of_number(*number, from, to, handoff::MAX_ENDS + 1).await?);
        }
        Ok(touched)
    }

    /// The same for an event of one code at `at`. If there are now too many events to tell apart, the result contains
    /// the journeys for which there were not too many before. The others do not change.
    async fn touched_by_code(&self, code: &Id, at: DateTime<Utc>) -> Result<Vec<Id>, AssemblyError> {
        let (from, to) = code::touched(at);
        let mut events = self.table.events_of_code(code, from, to).await?;
        if events.len() > code::MAX_EVENTS {
            events.retain(|event| event.at < at);
            // All of these events were in the window of each issue among them, so there were too many before.
            if events.len() > code::MAX_EVENTS {
                events.clear();
            }
            events.extend(self.table.events_of_code(code, at, to).await?);
        }
        Ok(events.into_iter().map(|event| event.anchor).collect())
    }

    /// Refreshes the journeys that were joined through an id that is quarantined now, and marks the id. Returns how many
    /// journeys it refreshed.
    async fn mark_quarantined(&self, gathered: &Gathered) -> Result<usize, AssemblyError> {
        let mut refreshed = 0;
        // Journeys that a code joined are refreshed by the code's own events.
        for id in gathered.quarantined.iter().filter(|id| *id.namespace() != Namespace::WEB_CODE) {
            if self.table.is_marked_quarantined(id).await? {
                continue;
            }
            for neighbour in self.table.neighbours_of(id).await? {
                Box::pin(self.refresh(&neighbour, false)).await?;
                refreshed += 1;
            }
            // The mark is written last: after a crash, all neighbours are refreshed again.
            self.table.mark_quarantined(id).await?;
        }
        Ok(refreshed)
    }
}
