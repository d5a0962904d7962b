//! Updates a journey's row from its facts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Backoff, back_off};
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::document::Status;
use cxtrace_domain::journeys::{FactId, Gathered, Id, Journey, JourneyId, JourneySummary, Settlement, led};
use cxtrace_error_chain::error_chain;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{Consistency, JourneyRow, Listing, RowContent, WriteOutcome};

use crate::assembly::{Assembled, Assembly, AssemblyError};
use crate::unsent::{self, Replaced};

/// The maximum number of attempts of a refresh that meets other writers.
const MAX_ATTEMPTS: u32 = 10;

/// The back-off between these attempts.
const BACK_OFF: Backoff = Backoff { first: Duration::from_millis(20), max: Duration::from_secs(5) };

/// This many facts of a large journey are read each second. A journey with more facts is not read for each new fact.
const FACTS_PER_SECOND: u64 = 500;

/// A walk that reached a limit has cost as much as reading this many facts for each id. The next one waits accordingly.
const FACTS_PER_ID: usize = 4;

/// An oversized journey is read as often as if it had this many facts: every two minutes at most.
const OVERSIZED_FACT_COUNT: u64 = 60_000;

/// A journey with more facts than this is read alone, because of memory.
const LARGE_FACT_COUNT: u64 = 5_000;

/// A journey that goes on is exported as often as this, in parts: receivers of traces refuse old spans. Few journeys last as
/// long.
pub(crate) const EXPORT_INTERVAL: TimeDelta = TimeDelta::hours(4);

/// A report may arrive this long after its own time. So one part more is exported after the last report.
const REPORT_GRACE: TimeDelta = TimeDelta::hours(1);

/// A row lists this many anchors. The other anchors of a journey are read from its facts.
const MAX_LISTED_ANCHORS: usize = 100;

/// The outcome of a refresh.
#[derive(Debug, Clone, PartialEq)]
pub enum Refreshed {
    /// The row is current. The journey can settle with this content at `settles_at`.
    UpToDate { assembled: Assembled, row: JourneyRow, settles_at: DateTime<Utc> },
    /// The journey is large and was read a moment ago. The settler refreshes it when it is due.
    Deferred,
    /// The journey is larger than a function has memory for.
    TooLarge,
    /// There is no fact.
    NoFacts,
    /// The row of the journey, or of a part of it, cannot be read. It is not overwritten, because a newer version may have
    /// written it.
    Unreadable,
}

/// The new facts of each anchor.
pub(crate) type Latest = BTreeMap<Id, BTreeSet<FactId>>;

/// How a refresh reads a journey.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reads<'a> {
    /// By strongly consistent reads, even if it is large and was read a moment ago.
    Forced,
    /// By strongly consistent reads.
    Strong,
    /// By eventually consistent reads, which cost half. If they miss one of these facts, or anything that the row had, strongly
    /// consistent ones repeat them. What they miss beyond that is read when the journey settles.
    ///
    /// These facts change nothing but the journeys of their anchors.
    Cheap(&'a Latest),
}

/// The rows of a journey and its parts, read before its facts.
#[derive(Default)]
struct KnownRows {
    rows: Vec<JourneyRow>,
    /// The ids whose rows are redirects to a journey and were not read: its row lists them, and is written after them.
    redirects: BTreeMap<JourneyId, BTreeSet<JourneyId>>,
}

impl KnownRows {
    /// Whether the rows of all `ids` are known. `own` is the id of the journey.
    fn cover(&self, ids: &BTreeSet<JourneyId>, own: Option<JourneyId>) -> bool {
        let redirects = own.and_then(|own| self.redirects.get(&own));
        let is_known = |id: &JourneyId| self.row_of(*id).is_some() || redirects.is_some_and(|known| known.contains(id));
        ids.iter().all(is_known) && own.is_none_or(|own| self.row_of(own).is_some())
    }

    fn row_of(&self, journey: JourneyId) -> Option<&JourneyRow> {
        self.rows.iter().find(|row| row.journey == journey)
    }

    /// Whether `gathered` lacks one of the `latest` facts of the journey, or something that was in a row. A walk that has reached a
    /// limit lacks something anyhow.
    fn are_missed_by(&self, gathered: &Gathered, seed: &Id, latest: &Latest) -> bool {
        let is_in_it = |id: &Id| id == seed || gathered.anchors.contains_key(id);
        let is_missed = |facts: &BTreeSet<FactId>| !facts.is_subset(&gathered.facts);
        let lacks = |listing: &Listing| {
            listing.fact_count > fact_count(gathered)
                || listing.anchors.iter().any(|anchor| !gathered.anchors.contains_key(anchor))
        };
        gathered.ids_before_limit == 0
            && (latest.iter().any(|(id, facts)| is_in_it(id) && is_missed(facts))
                || self.rows.iter().filter_map(JourneyRow::listing).any(lacks))
    }

    /// Whether the journey of `anchor` was erased. Facts about it that arrive later are erased, too.
    fn is_erased(&self, anchor: &Id) -> bool {
        self.row_of(anchor.journey()).is_some_and(|row| row.erased_at().is_some())
    }

    /// The settlement of `journey`. Every other row may belong to a part of it.
    fn settlement(&self, journey: JourneyId) -> Option<Settlement> {
        let own = self.row_of(journey).and_then(|row| row.settlement);
        Settlement::merge(own, self.rows.iter().filter_map(|row| row.settlement))
    }

    /// When content that has not settled may settle. After a revision, other content may have to wait: see [`Claim`].
    fn settles_at(&self, journey: &Journey, led: Digest128) -> DateTime<Utc> {
        let settles_at = journey.settles_at.0;
        let Some(settlement) = self.settlement(journey.id) else { return settles_at };
        // A revision of a part is one of this journey, too. Whether its listeners were notified stands in the part's row.
        let next = self.rows.iter().filter_map(|row| {
            let progress = row.settlement?.progress;
            Some(row.claim?.next_from(Settlement { progress, ..settlement }, led))
        });
        next.fold(settles_at, DateTime::max)
    }

    /// When the settler reads a settled journey next: never, if everyone was notified. A journey that has just taken
    /// over the revision of another is due at `settles_at`, because nobody was notified of that revision under its id.
    fn notification_due_at(&self, journey: JourneyId, settles_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let own = self.row_of(journey)?;
        let settlement = self.settlement(journey);
        match own.listing() {
            _ if !settlement.is_some_and(Settlement::is_pending) && own.export_attempts.is_none() => None,
            Some(listing) if own.settlement == settlement => listing.due_at,
            _ => Some(settles_at),
        }
    }
}

impl Assembly {
    /// Updates the row of the journey of `seed` from its facts. A large journey that was read a moment ago is deferred,
    /// unless `force` is set.
    ///
    /// # Errors
    /// When the table does not answer, or other writers are met at every attempt.
    pub async fn refresh(&self, seed: &Id, force: bool) -> Result<Refreshed, AssemblyError> {
        self.refresh_by(seed, if force { Reads::Forced } else { Reads::Strong }).await
    }

    pub(crate) async fn refresh_by(&self, seed: &Id, reads: Reads<'_>) -> Result<Refreshed, AssemblyError> {
        let force = matches!(reads, Reads::Forced);
        let mut latest = match reads {
            Reads::Cheap(latest) => Some(latest),
            Reads::Forced | Reads::Strong => None,
        };
        let mut ids = BTreeSet::from([seed.journey()]);
        let mut parts = None;
        for attempt in 0..MAX_ATTEMPTS {
            back_off(&self.clock, BACK_OFF, attempt).await;
            let consistency = latest.map_or(Consistency::Strong, |_| Consistency::Eventual);
            let known = match self.known_rows(&ids, force, consistency).await? {
                Some(known) => known,
                None => return Ok(Refreshed::Unreadable),
            };
            if known.is_erased(seed) {
                self.table.erase_id(seed).await?;
                return Ok(Refreshed::NoFacts);
            }
            let is_part =
                |row: &JourneyRow| parts.as_ref().is_none_or(|parts: &BTreeSet<_>| parts.contains(&row.journey));
            if let Some(row) = known.rows.iter().find(|row| !force && is_part(row) && self.is_too_soon(row)) {
                let writes = [self.schedule_refresh(row).await?, self.write_redirect(&known, seed, row).await?];
                if writes == [WriteOutcome::Written; 2] {
                    return Ok(Refreshed::Deferred);
                }
                continue;
            }
            let is_large =
                |row: &JourneyRow| row.listing().is_some_and(|listing| listing.fact_count > LARGE_FACT_COUNT);
            let _alone = match known.rows.iter().any(is_large) {
                true => Some(self.large.lock().await),
                false => None,
            };
            let gathered = match force {
                true => self.gather(seed).await,
                false => self.gather_within_limits(seed, consistency).await,
            };
            let gathered = match gathered {
                Err(error @ StoreError::TooMuch { .. }) => {
                    tracing::error!(
                        error = error_chain(&error),
                        "a journey is too large, and its row is not refreshed"
                    );
                    self.defer_oversized(&known).await?;
                    return Ok(Refreshed::TooLarge);
                }
                gathered => gathered?,
            };
            if latest.is_some_and(|latest| known.are_missed_by(&gathered, seed, latest)) {
                latest = None;
                continue;
            }
            let found: BTreeSet<_> = gathered.anchors.keys().map(Id::journey).collect();
            if !known.cover(&found, gathered.journey()) {
                // Rows must be read before the facts, so both are read again.
                ids.extend(&found);
                parts = Some(found);
                continue;
            }
            let erased: Vec<_> = gathered.anchors.keys().filter(|anchor| known.is_erased(anchor)).collect();
            if !erased.is_empty() {
                for anchor in erased {
                    self.table.erase_id(anchor).await?;
                }
                continue;
            }
            // The mark is stored first, because no row may show a join through a quarantined id.
            self.record_quarantine(&gathered).await?;
            let Some(oldest) = gathered.oldest().cloned() else { return Ok(Refreshed::NoFacts) };
            let settled = known.settlement(oldest.journey()).map(|settlement| settlement.settled);
            let Some(assembled) = self.assemble(gathered, settled) else { return Ok(Refreshed::NoFacts) };
            let settles_at = known.settles_at(&assembled.journey, led(&assembled.gathered, &self.policy));
            if let Some(row) = self.write_rows(&known, oldest, &assembled, settles_at).await? {
                return Ok(Refreshed::UpToDate { assembled, row, settles_at });
            }
            latest = None;
        }
        Err(AssemblyError::Contended { id: seed.journey().to_string() })
    }

    /// Marks the ids of a journey at which the links of a source join nothing.
    async fn record_quarantine(&self, gathered: &Gathered) -> Result<(), AssemblyError> {
        for (id, source) in gathered.quarantines() {
            self.table.quarantine(id, source).await?;
        }
        Ok(())
    }

    /// The rows of `ids`, and of every journey that these rows name. `None` if one is unreadable, which is logged.
    ///
    /// Unless `all` are wanted, a journey that has not settled vouches for the redirects to it.
    async fn known_rows(
        &self,
        ids: &BTreeSet<JourneyId>,
        all: bool,
        consistency: Consistency,
    ) -> Result<Option<KnownRows>, AssemblyError> {
        let mut known = KnownRows::default();
        let mut missing: Vec<_> = ids.iter().copied().collect();
        while !missing.is_empty() {
            let Some(rows) = self.rows(&missing, consistency).await? else { return Ok(None) };
            known.rows.extend(rows);
            let mut named = BTreeSet::new();
            for row in &known.rows {
                match &row.content {
                    RowContent::Absent | RowContent::Erased(_) => {}
                    RowContent::MergedInto(to) => {
                        named.insert(*to);
                    }
                    RowContent::Listed(listing) => {
                        let anchors = listing.anchors.iter().map(Id::journey);
                        if !all && row.settlement.is_none() {
                            known.redirects.insert(row.journey, anchors.collect());
                        } else {
                            named.extend(anchors);
                        }
                    }
                }
            }
            missing = named.into_iter().filter(|id| known.row_of(*id).is_none()).collect();
        }
        Ok(Some(known))
    }

    async fn rows(&self, ids: &[JourneyId], consistency: Consistency) -> Result<Option<Vec<JourneyRow>>, StoreError> {
        match self.table.rows_by(consistency, ids).await {
            Err(error @ StoreError::Unreadable { .. }) => {
                self.table.set_aside().note(&error);
                Ok(None)
            }
            rows => rows.map(Some),
        }
    }

    fn is_too_soon(&self, row: &JourneyRow) -> bool {
        row.listing()
            .is_some_and(|listing| listing.fact_count > FACTS_PER_SECOND && self.clock.now() < next_refresh_at(listing))
    }

    /// Makes a large journey due when it may be read again.
    async fn schedule_refresh(&self, row: &JourneyRow) -> Result<WriteOutcome, AssemblyError> {
        let Some(listing) = row.listing() else { return Ok(WriteOutcome::Written) };
        let at = next_refresh_at(listing);
        if listing.due_at.is_some_and(|due| due <= at) {
            return Ok(WriteOutcome::Written);
        }
        Ok(self.table.write(&with_listing(row, Listing { due_at: Some(at), ..listing.clone() })).await?)
    }

    /// Writes into the row of `seed` that it was merged into the large journey of `row`, unless it has content. The
    /// facts of the large journey are not read for this.
    async fn write_redirect(
        &self,
        known: &KnownRows,
        seed: &Id,
        row: &JourneyRow,
    ) -> Result<WriteOutcome, AssemblyError> {
        match known.row_of(seed.journey()) {
            Some(own) if own.content == RowContent::Absent => {
                let content = RowContent::MergedInto(row.journey);
                Ok(self.table.write(&JourneyRow { content, ..own.clone() }).await?)
            }
            _ => Ok(WriteOutcome::Written),
        }
    }

    /// Takes an oversized journey off the schedule until a fact is added. After that it is read occasionally, and not
    /// for each fact.
    async fn defer_oversized(&self, known: &KnownRows) -> Result<(), AssemblyError> {
        for row in &known.rows {
            if let Some(listing) = row.listing() {
                if listing.due_at.is_some() {
                    unsent::note_of_row(row, Replaced::TooLarge);
                }
                // The number of facts decides when the journey is read again. The stored number may be small and old.
                let fact_count = listing.fact_count.max(OVERSIZED_FACT_COUNT);
                let listing = Listing { due_at: None, fact_count, assembled_at: self.clock.now(), ..listing.clone() };
                // Another writer also finds the journey oversized, so its write need not be retried.
                self.table.write(&with_listing(row, listing)).await?;
            }
        }
        Ok(())
    }

    /// Writes the journey's row, and redirects from the rows of its other anchors. Returns the journey's row; `None`
    /// when another writer has written one of them.
    async fn write_rows(
        &self,
        known: &KnownRows,
        anchor: Id,
        assembled: &Assembled,
        settles_at: DateTime<Utc>,
    ) -> Result<Option<JourneyRow>, AssemblyError> {
        let Assembled { journey, gathered } = assembled;
        let settlement = known.settlement(journey.id);
        let is_settled = settlement.is_some_and(|settlement| settlement.settled.content == gathered.content());
        let part_due_at = part_due_at(known.row_of(journey.id), assembled);
        let next = part_due_at.map_or(settles_at, |part| part.min(settles_at));
        let listing = Listing {
            anchor,
            anchors: gathered.anchors.keys().take(MAX_LISTED_ANCHORS).cloned().collect(),
            summary: JourneySummary::of(journey).into(),
            started_at: journey.started_at.0,
            due_at: if is_settled { known.notification_due_at(journey.id, settles_at) } else { Some(next) },
            fact_count: fact_count(gathered),
            assembled_at: self.clock.now(),
        };
        let mut own = None;
        // The journey's row vouches for the redirects to it, so it is written last.
        let (last, first): (Vec<_>, Vec<_>) = known.rows.iter().partition(|row| row.journey == journey.id);
        for row in first.into_iter().chain(last) {
            let is_own = row.journey == journey.id;
            let content = if is_own {
                RowContent::Listed(listing.clone())
            } else if gathered.anchors.keys().any(|anchor| anchor.journey() == row.journey) {
                RowContent::MergedInto(journey.id)
            } else {
                // A retraction has separated it from this journey, and has woken the assembler for it too.
                continue;
            };
            let settlement = if is_own { settlement } else { row.settlement };
            let written = if changes(row, &content, settlement) {
                let is_raised =
                    |own: Settlement| settlement.is_some_and(|new| new.settled.revision > own.settled.revision);
                match is_own {
                    true if !row.settlement.is_some_and(is_raised) => {}
                    true => unsent::note_of_row(row, Replaced::Raised),
                    false => unsent::note_of_row(row, Replaced::Merged),
                }
                let next = JourneyRow { content, settlement, ..row.clone() };
                if self.table.write(&next).await? == WriteOutcome::Overtaken {
                    return Ok(None);
                }
                next.after_write()
            } else {
                row.clone()
            };
            own = if is_own { Some(written) } else { own };
        }
        Ok(own)
    }
}

/// When a part of a journey that has not settled is exported next; `None` while nothing new is reported. It is not before the last
/// report, so a journey that began long ago is not overdue when it is reported.
pub(crate) fn part_due_at(row: Option<&JourneyRow>, assembled: &Assembled) -> Option<DateTime<Utc>> {
    let last = assembled.gathered.sources.values().map(|reported| reported.last).max()?;
    let at = match row.and_then(|row| row.exported) {
        None => assembled.journey.started_at.0 + EXPORT_INTERVAL,
        Some(exported) if last + REPORT_GRACE > exported.until => exported.until + EXPORT_INTERVAL,
        Some(_) => return None,
    };
    Some(at.max(last))
}

/// The number of facts of a journey, or what a walk that has reached a limit counts as.
fn fact_count(gathered: &Gathered) -> u64 {
    gathered.facts.len().max(gathered.ids_before_limit * FACTS_PER_ID) as u64
}

fn with_listing(row: &JourneyRow, listing: Listing) -> JourneyRow {
    JourneyRow { content: RowContent::Listed(listing), ..row.clone() }
}

/// Whether a write would change more than the time of assembly. A slightly higher number of facts does not count, because this number
/// only limits how often the journey is read. While a journey goes on, durations so far do not count either: the next step of the
/// customer brings them up to date, and so does its end.
fn changes(row: &JourneyRow, content: &RowContent, settlement: Option<Settlement>) -> bool {
    let same = match (&row.content, content) {
        (RowContent::Listed(old), RowContent::Listed(new)) => {
            let few = (old.fact_count / 8).max(16);
            let is_alike = (old.fact_count..=old.fact_count + few).contains(&new.fact_count);
            let fact_count = if is_alike { old.fact_count } else { new.fact_count };
            let summary = if differs_in_durations_so_far(old, new) { &old.summary } else { &new.summary };
            *old == Listing { assembled_at: old.assembled_at, fact_count, summary: summary.clone(), ..new.clone() }
        }
        (old, new) => old == new,
    };
    !same || row.settlement != settlement
}

/// Whether two summaries of a journey that goes on differ in nothing but durations, and in the text that states them.
fn differs_in_durations_so_far(old: &Listing, new: &Listing) -> bool {
    let (Ok(old), Ok(new)) = (old.summary.as_result(), new.summary.as_result()) else { return false };
    let go_on = old.status == Status::Live && new.status == Status::Live;
    let JourneySummary { waited_ms, time, summary, .. } = old.clone();
    go_on && *old == JourneySummary { waited_ms, time, summary, ..new.clone() }
}

/// When a large journey may be read again.
fn next_refresh_at(listing: &Listing) -> DateTime<Utc> {
    let seconds = i64::try_from(listing.fact_count / FACTS_PER_SECOND).unwrap_or(i64::MAX).min(3_600);
    listing.assembled_at + TimeDelta::seconds(seconds)
}
