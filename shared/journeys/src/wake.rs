//! What new facts wake: the journeys whose rows may no longer show what the facts tell.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::id::Namespace;
use cxtrace_domain::journeys::{Gathered, Id, code, handoff};
use cxtrace_privacy::Pseudonym;
use cxtrace_store::correlation::change::Change;

use crate::{Assembly, AssemblyError, Refreshed};

/// Where what is new may be found: each place once, however much is new there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seeds {
    ids: BTreeSet<Id>,
    /// Those of them that were cut from another: what was one journey is two, however large.
    cut: BTreeSet<Id>,
    codes: BTreeSet<(Id, DateTime<Utc>)>,
    numbers: BTreeSet<(Pseudonym, DateTime<Utc>)>,
}

impl Seeds {
    /// Notes what is new.
    pub fn add(&mut self, change: Change) {
        match change {
            Change::Fact(fact) => {
                self.codes.extend(fact.codes.into_iter().map(|usage| (usage.code, usage.at)));
                self.numbers.extend(fact.handoffs.into_iter().map(|end| (end.number.hash, end.at)));
                self.ids.insert(fact.anchor);
            }
            Change::Cut(id) => {
                self.ids.insert(id.clone());
                self.cut.insert(id);
            }
        }
    }

    /// Notes that something may be new under `ids`.
    pub fn add_ids(&mut self, ids: impl IntoIterator<Item = Id>) {
        self.ids.extend(ids);
    }

    /// How many places there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len() + self.codes.len() + self.numbers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What new facts did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Woken {
    /// Rows that were brought up to their facts.
    pub refreshed: usize,
    /// Large journeys that were left for later.
    pub later: usize,
    /// Journeys that are too large to be read at all.
    pub too_large: usize,
}

impl Assembly {
    /// Brings every journey up to date that `seeds` touch. All that is new must have been stored before. Doing it
    /// again changes nothing.
    ///
    /// # Errors
    /// When the table does not answer, or others are met again and again.
    pub async fn wake(&self, seeds: &Seeds) -> Result<Woken, AssemblyError> {
        let mut waiting = seeds.ids.clone();
        waiting.extend(self.touched(seeds).await?);
        let mut woken = Woken::default();
        // What was stored before this began is all read: a journey that was read once is up to date.
        let mut done = BTreeSet::new();
        while let Some(seed) = waiting.pop_first() {
            if done.contains(&seed) {
                continue;
            }
            match Box::pin(self.refresh(&seed, seeds.cut.contains(&seed))).await? {
                Refreshed::Done { assembled, .. } => {
                    woken.refreshed += 1 + self.leave_alone(&assembled.gathered).await?;
                    done.extend(assembled.gathered.anchors.into_keys());
                }
                Refreshed::Later => woken.later += 1,
                Refreshed::TooLarge => woken.too_large += 1,
                Refreshed::Empty => {}
            }
            done.insert(seed);
        }
        Ok(woken)
    }

    /// Whose journeys may change besides those of the new facts: a code that was issued may be another's no more, and
    /// a hand-off that was unique may not be.
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

    /// The same for what happened with one code at `at`. Where it has become too much to tell apart, those whose window
    /// that was for the first time are among these; for all others it was too much before, and nothing changes.
    async fn touched_by_code(&self, code: &Id, at: DateTime<Utc>) -> Result<Vec<Id>, AssemblyError> {
        let (from, to) = code::touched(at);
        let mut events = self.table.events_of_code(code, from, to).await?;
        if events.len() > code::MAX_EVENTS {
            events.retain(|event| event.at < at);
            // Each of these is in the window of every issue among them.
            if events.len() > code::MAX_EVENTS {
                events.clear();
            }
            events.extend(self.table.events_of_code(code, at, to).await?);
        }
        Ok(events.into_iter().map(|event| event.anchor).collect())
    }

    /// Brings those up to date who were joined through an id that has just become one of too many, and says how many.
    async fn leave_alone(&self, gathered: &Gathered) -> Result<usize, AssemblyError> {
        let mut refreshed = 0;
        // Who was joined by a code is woken by what happens with it.
        for id in gathered.quarantined.iter().filter(|id| *id.namespace() != Namespace::WEB_CODE) {
            if self.table.is_left_alone(id).await? {
                continue;
            }
            for neighbour in self.table.neighbours_of(id).await? {
                Box::pin(self.refresh(&neighbour, false)).await?;
                refreshed += 1;
            }
            // Only now: who dies before it does all of this again.
            self.table.leave_alone(id).await?;
        }
        Ok(refreshed)
    }
}
