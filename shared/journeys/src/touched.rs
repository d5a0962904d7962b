//! Finds the journeys that new facts touch. Their rows may be out of date.

use std::collections::BTreeSet;
use std::ops::Add;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Gathered, Handoff, Id, code, erasure, handoff};
use cxtrace_privacy::Pseudonym;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::Quarantine;
use cxtrace_store::correlation::change::JourneyChange;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::assembly::{Assembly, AssemblyError};
use crate::groups::Groups;
use crate::refresh::{Latest, Reads, Refreshed};

/// The number of journeys that are refreshed concurrently.
const CONCURRENCY: usize = 16;

/// After this many journeys of a quarantined id, the progress of their refresh is stored.
const QUARANTINE_STEP: usize = 100;

/// The places where new facts are stored, each place once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seeds {
    /// Ids, in groups of those that a new fact names together.
    groups: Groups,
    /// The ids that were cut from another id. Both journeys must be read, however large they are.
    cut: BTreeSet<Id>,
    codes: BTreeSet<(Id, DateTime<Utc>)>,
    /// Numbers to which calls were handed, with the customer's number if it is known, and the time.
    numbers: BTreeSet<(Pseudonym, Option<Pseudonym>, DateTime<Utc>)>,
    /// The new facts that name other ids or numbers, which may have been erased.
    naming: Vec<Fact>,
    latest: Latest,
}

impl Seeds {
    /// Adds the places of a change.
    pub fn add(&mut self, change: JourneyChange) {
        match change {
            JourneyChange::Fact(fact) => {
                self.latest.entry(fact.anchor.clone()).or_default().insert(fact.id());
                if erasure::marks(&fact).next().is_some() {
                    self.naming.push(Fact::clone(&fact));
                }
                self.codes.extend(fact.codes.into_iter().map(|usage| (usage.code, usage.at)));
                self.numbers.extend(fact.handoffs.iter().map(place));
                for link in &fact.links {
                    // This only avoids repeated refreshes. All facts together decide what is joined.
                    self.groups.link(&fact.anchor, &link.id);
                }
                self.groups.add(fact.anchor);
            }
            JourneyChange::Cut(id) => {
                self.groups.add(id.clone());
                self.cut.insert(id);
            }
        }
    }

    pub fn add_ids(&mut self, ids: impl IntoIterator<Item = Id>) {
        ids.into_iter().for_each(|id| self.groups.add(id));
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len() + self.codes.len() + self.numbers.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The ids of new facts that probably belong to one journey, whose row is not up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    ids: BTreeSet<Id>,
    cut: BTreeSet<Id>,
    /// The new facts of each id that allows cheap reads: nothing but these facts has changed its journey.
    latest: Latest,
}

impl Group {
    #[cfg(test)]
    pub(crate) fn of(ids: impl IntoIterator<Item = Id>) -> Self {
        Self { ids: ids.into_iter().collect(), ..Self::default() }
    }

    /// The number of ids that wait for a refresh.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
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
    /// Journeys whose rows cannot be read.
    pub unreadable: usize,
}

impl Add for RefreshCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            refreshed: self.refreshed + other.refreshed,
            deferred: self.deferred + other.deferred,
            too_large: self.too_large + other.too_large,
            unreadable: self.unreadable + other.unreadable,
        }
    }
}

impl Assembly {
    /// Refreshes every journey that `seeds` touch, many concurrently. The new facts must have been stored before.
    /// Refreshing again changes nothing.
    ///
    /// # Errors
    /// When the table does not answer, or other writers are met at every attempt.
    pub async fn refresh_touched(&self, seeds: &Seeds) -> Result<RefreshCounts, AssemblyError> {
        let groups: Vec<_> = self.groups(seeds).await?.into_iter().map(|group| self.refresh_group(group)).collect();
        let add = async |sum: RefreshCounts, counts| Ok(sum + counts);
        stream::iter(groups).buffer_unordered(CONCURRENCY).try_fold(RefreshCounts::default(), add).await
    }

    /// The journeys that `seeds` touch, as groups of ids. What the new facts say of erased persons is erased first.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn groups(&self, seeds: &Seeds) -> Result<Vec<Group>, AssemblyError> {
        self.erase_again(&seeds.naming).await?;
        let mut groups = seeds.groups.clone();
        let touched = self.add_touched(seeds, &mut groups).await?;
        let group = |ids: BTreeSet<Id>| {
            let woken = |id: &&Id| !touched.contains(*id) && !seeds.cut.contains(*id);
            let latest = ids.iter().filter(woken).filter_map(|id| Some((id.clone(), seeds.latest.get(id)?.clone())));
            Group { cut: ids.intersection(&seeds.cut).cloned().collect(), latest: latest.collect(), ids }
        };
        Ok(groups.into_groups().into_iter().map(group).collect())
    }

    /// Refreshes the journeys of `group` one after the other, because they probably are one journey.
    async fn refresh_group(&self, mut group: Group) -> Result<RefreshCounts, AssemblyError> {
        let mut counts = RefreshCounts::default();
        while !group.is_empty() {
            counts = counts + self.refresh_first(&mut group).await?;
        }
        Ok(counts)
    }

    /// Refreshes the journey of the first id of `group`, and removes what is up to date then. After an error the group is as it
    /// was.
    ///
    /// # Errors
    /// When the table does not answer, or other writers are met at every attempt.
    pub async fn refresh_first(&self, group: &mut Group) -> Result<RefreshCounts, AssemblyError> {
        let mut counts = RefreshCounts::default();
        let Some(seed) = group.ids.first().cloned() else { return Ok(counts) };
        // One refresh may bring all ids of the group up to date, so each of them must allow cheap reads.
        let all_allow_cheap = group.ids.iter().all(|id| group.latest.contains_key(id));
        let reads = match (group.cut.contains(&seed), all_allow_cheap) {
            (true, _) => Reads::Forced,
            (false, true) => Reads::Cheap(&group.latest),
            (false, false) => Reads::Strong,
        };
        match Box::pin(self.refresh_by(&seed, reads)).await? {
            Refreshed::UpToDate { assembled, .. } => {
                counts.refreshed += 1 + self.refresh_quarantined(&assembled.gathered).await?;
                if group.cut.contains(&seed) {
                    group.ids.extend(self.matched_anew(&seed).await?);
                }
                // The refresh has read everything that was stored before the group was made.
                group.ids.retain(|id| !assembled.gathered.anchors.contains_key(id));
            }
            Refreshed::Deferred => counts.deferred += 1,
            Refreshed::TooLarge => counts.too_large += 1,
            Refreshed::Unreadable => counts.unreadable += 1,
            Refreshed::NoFacts => {}
        }
        group.ids.remove(&seed);
        Ok(counts)
    }

    /// Adds the ids whose journeys may change, in addition to those of the new facts, and returns them. A new issue of a code may
    /// take the code from another journey, and a new call may make a unique hand-off ambiguous.
    async fn add_touched(&self, seeds: &Seeds, groups: &mut Groups) -> Result<BTreeSet<Id>, AssemblyError> {
        let codes = seeds.codes.iter().map(|(code, at)| self.touched_by_code(code, *at));
        let codes = stream::iter(codes.collect::<Vec<_>>()).buffered(CONCURRENCY).try_collect::<Vec<_>>().await?;
        let numbers = seeds.numbers.iter().map(|(number, customer, at)| {
            let (from, to) = handoff::window(*at);
            self.table.touched_by_handoff(*number, *customer, from, to)
        });
        let numbers = stream::iter(numbers.collect::<Vec<_>>()).buffered(CONCURRENCY).try_collect::<Vec<_>>().await?;
        let mut all = BTreeSet::new();
        for touched in codes.into_iter().chain(numbers) {
            all.extend(touched.iter().cloned());
            // Two or three ends probably belong together; more belong to different customers.
            let are_few = touched.len() <= 3;
            let first = touched.first().cloned();
            for id in touched {
                if let (true, Some(first)) = (are_few, &first) {
                    groups.join(first, &id);
                } else {
                    groups.add(id);
                }
            }
        }
        Ok(all)
    }

    /// The ids whose hand-offs may match others since something was decided about `id`: ends under two ids are one call or two.
    async fn matched_anew(&self, id: &Id) -> Result<BTreeSet<Id>, StoreError> {
        let facts = self.table.facts_of(id).await?;
        let ends = facts.iter().filter(|fact| !fact.same_ids().is_empty()).flat_map(|fact| &fact.handoffs);
        let mut touched = BTreeSet::new();
        for (number, customer, at) in ends.map(place).collect::<BTreeSet<_>>() {
            let (from, to) = handoff::window(at);
            touched.extend(self.table.touched_by_handoff(number, customer, from, to).await?);
        }
        Ok(touched)
    }

    /// The same for an event of one code at `at`. If there are now too many events to tell apart, the result contains
    /// the journeys for which there were not too many before. The others do not change.
    async fn touched_by_code(&self, code: &Id, at: DateTime<Utc>) -> Result<Vec<Id>, StoreError> {
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

    /// Refreshes the journeys that the links of a source had joined at an id where these are too many now. Returns how many.
    ///
    /// The mark is stored first and contains the progress. After a crash, or if another process does the same, only the
    /// rest is refreshed.
    async fn refresh_quarantined(&self, gathered: &Gathered) -> Result<usize, AssemblyError> {
        let mut refreshed = 0;
        for (id, source) in gathered.quarantines() {
            let Quarantine::RefreshedTo(mut reached) = self.table.quarantine(id, source).await? else { continue };
            // The id may have a journey of its own, which these links had joined with the others.
            Box::pin(self.refresh(id, false)).await?;
            loop {
                let neighbours = self.table.neighbours_after(id, source, reached.as_ref(), QUARANTINE_STEP).await?;
                let last = neighbours.last().cloned();
                let refreshes: Vec<_> = neighbours.iter().map(|id| Box::pin(self.refresh(id, false))).collect();
                let done: Vec<_> = stream::iter(refreshes).buffer_unordered(CONCURRENCY).try_collect().await?;
                refreshed += done.len();
                let Some(last) = last else { break };
                reached = Some(last);
                self.table.note_quarantine(id, source, &Quarantine::RefreshedTo(reached.clone())).await?;
            }
            self.table.note_quarantine(id, source, &Quarantine::Finished).await?;
        }
        Ok(refreshed)
    }
}

/// Where the ends are found that an end of a hand-off may match.
fn place(end: &Handoff) -> (Pseudonym, Option<Pseudonym>, DateTime<Utc>) {
    (end.number.hash, end.customer.as_ref().map(|customer| customer.hash), end.at)
}
