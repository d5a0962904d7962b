//! Settling: once every source's delay has elapsed, a journey gets a revision, and others are notified of it.
//!
//! A revision is claimed by a conditional write before anybody is notified. So two settlers that work on one journey at
//! once use the same revision. The journey stays due until its row says that everyone was notified. The states and
//! transitions are those of [`Settlement`]; this file stores each transition.

use std::collections::BTreeMap;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Backoff, FixedJitter};
use cxtrace_domain::journeys::{Claim, Id, JourneyId, JourneySummary, Settlement, led};
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{Exported, JourneyRow, Listing, RowContent, WriteOutcome};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::assembly::{Assembled, Assembly, AssemblyError};
use crate::refresh::{EXPORT_INTERVAL, Refreshed, part_due_at};
use crate::unsent::{self, Replaced};

/// How long a settler has to notify everyone before another one may take over.
const NOTIFICATION_LEASE: TimeDelta = TimeDelta::minutes(5);

/// How long a journey that could not be settled is deferred. The settler starts with the longest overdue journeys, and
/// a failing journey must not block the others.
const FAILURE_DELAY: TimeDelta = TimeDelta::minutes(5);

/// How many rows are moved in the index concurrently.
const MAX_MOVES: usize = 16;

/// How long a journey with an unreadable row is deferred.
const UNREADABLE_DELAY: TimeDelta = TimeDelta::hours(1);

/// The pauses between attempts to export a journey. A receiver may ask for a longer one.
const EXPORT_BACKOFF: Backoff = Backoff { first: Duration::from_secs(60), max: Duration::from_secs(3_600) };

/// The longest pause that a receiver may ask for.
const MAX_EXPORT_PAUSE: Duration = Duration::from_secs(6 * 3_600);

/// A settled journey whose revision this settler has claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    pub assembled: Assembled,
    pub settlement: Settlement,
    pub row: JourneyRow,
    /// Where each of its insights counts, by rule.
    pub counted: BTreeMap<String, CountedInsight>,
}

/// What is to be done with a due journey.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// It has settled, and its revision is claimed.
    Settled(Box<Claimed>),
    /// It goes on, and a part of it may be exported.
    GoesOn { assembled: Box<Assembled>, row: Box<JourneyRow> },
    /// Nothing can be done now.
    Nothing,
}

/// Where an insight of a journey counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountedInsight {
    /// The time of the bucket.
    pub at: DateTime<Utc>,
    /// The journey's id, or the id under which a part of it had settled before.
    pub journey: JourneyId,
}

impl Assembly {
    /// At most `max` due journeys, the longest overdue first. Empty only if nothing is due. Unreadable rows are logged
    /// and deferred. Rows that are due much later than the index says are moved in it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due(&self, max: usize) -> Result<Vec<JourneyRow>, StoreError> {
        loop {
            let page = self.table.due(self.clock.now(), max).await?;
            for (journey, error) in &page.unreadable {
                self.table.set_aside().note(error);
                self.table.defer_unreadable(*journey, self.clock.now() + UNREADABLE_DELAY).await?;
            }
            let is_last = page.early.is_empty() && page.unreadable.is_empty();
            // Another writer puts the row where it belongs as well.
            let moves = page.early.into_iter().map(|row| async { self.table.write(&row.moved_in_index()).await });
            stream::iter(moves).buffer_unordered(MAX_MOVES).try_for_each(async |_| Ok(())).await?;
            if !page.rows.is_empty() || is_last {
                return Ok(page.rows);
            }
        }
    }

    /// Refreshes a due journey. If it has settled and a notification is pending, its revision is claimed.
    ///
    /// # Errors
    /// When the table does not answer, or other writers are met at every attempt.
    pub async fn claim(&self, due: &JourneyRow) -> Result<Due, AssemblyError> {
        let Some(listing) = due.listing() else { return Ok(Due::Nothing) };
        let (assembled, row, settles_at) = match self.refresh(&listing.anchor, true).await? {
            Refreshed::UpToDate { assembled, row, settles_at } => (assembled, row, settles_at),
            Refreshed::NoFacts => {
                // Its facts have expired.
                unsent::note_of_row(due, Replaced::Expired);
                self.finish(due.clone()).await?;
                return Ok(Due::Nothing);
            }
            Refreshed::Deferred | Refreshed::TooLarge | Refreshed::Unreadable => return Ok(Due::Nothing),
        };
        let now = self.clock.now();
        let content = assembled.gathered.content();
        let is_settled = row.settled().is_some_and(|settled| settled.content == content);
        // The traces of an earlier revision give way to those of the new one.
        let export_attempts = row.export_attempts.filter(|_| is_settled);
        if !is_settled && now < settles_at {
            if part_due_at(Some(&row), &assembled).is_none_or(|at| at > now) {
                return Ok(Due::Nothing);
            }
            return Ok(Due::GoesOn { assembled: Box::new(assembled), row: Box::new(row) });
        }
        if is_settled && !(row.is_pending() && is_due(&row, now)) {
            return Ok(Due::Nothing);
        }
        let settlement = Settlement::claim(row.settlement, content);
        let claim = match is_settled {
            true => row.claim,
            false => Some(Claim { at: now, led: led(&assembled.gathered, &self.policy) }),
        };
        let Some(assembled) = self.assemble(assembled.gathered, Some(settlement.settled)) else {
            return Ok(Due::Nothing);
        };
        let Some(listing) = row.listing() else { return Ok(Due::Nothing) };
        let summary = JourneySummary::of(&assembled.journey).into();
        let listing = Listing { summary, due_at: Some(now + NOTIFICATION_LEASE), ..listing.clone() };
        let counted = self.counted(&row, &assembled).await?;
        let own = counted.iter().filter(|(_, counted)| counted.journey == row.journey);
        let own = own.map(|(rule, counted)| (rule.clone(), counted.at));
        let counted_insights = row.counted_insights.clone().into_iter().chain(own).collect();
        if let Some(earlier) = row.settlement.filter(|earlier| earlier.settled != settlement.settled) {
            unsent::note_superseded(row.journey, earlier);
        }
        let content = RowContent::Listed(listing);
        let row = JourneyRow { content, settlement: Some(settlement), claim, counted_insights, export_attempts, ..row };
        let claimed = |row| Due::Settled(Box::new(Claimed { assembled, settlement, row, counted }));
        Ok(self.store(row).await?.map_or(Due::Nothing, claimed))
    }

    /// Stores that a part of a journey that goes on was exported, or that there was nothing to export. Its `spans` so far were
    /// exported or counted. It is due again for its next part, or when it settles.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn part_exported(
        &self,
        row: JourneyRow,
        spans: u64,
        settles_at: DateTime<Utc>,
    ) -> Result<Option<JourneyRow>, StoreError> {
        let now = self.clock.now();
        let row = due_again(row, settles_at.min(now + EXPORT_INTERVAL));
        self.store(JourneyRow { exported: Some(Exported { until: now, spans }), ..row }).await
    }

    /// Stores that the receiver has not taken a part of a journey that goes on. It is due again after some minutes, or after
    /// the pause that the receiver asked for.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn part_refused(
        &self,
        row: JourneyRow,
        requested: Option<Duration>,
    ) -> Result<Option<JourneyRow>, StoreError> {
        let pause = TimeDelta::from_std(requested.unwrap_or_default().min(MAX_EXPORT_PAUSE)).unwrap_or(FAILURE_DELAY);
        let at = self.clock.now() + pause.max(FAILURE_DELAY);
        self.store(due_again(row, at)).await
    }

    /// Where each insight of a journey counts, by rule. `row` is the row of the journey; the rows of its other anchors
    /// are redirects to it.
    ///
    /// An insight that this row has not counted may have been counted under an earlier id of the journey, or under the
    /// id of a part of it. It counts there and nowhere else. Redirects count nothing new.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn counted(
        &self,
        row: &JourneyRow,
        assembled: &Assembled,
    ) -> Result<BTreeMap<String, CountedInsight>, StoreError> {
        let Assembled { journey, gathered } = assembled;
        let rules: Vec<_> = journey.insights.iter().map(|insight| insight.rule.as_str()).collect();
        let is_new = rules.iter().any(|rule| !row.counted_insights.contains_key(*rule));
        let others = gathered.anchors.keys().map(Id::journey).filter(|id| is_new && *id != row.journey);
        let others = self.table.rows(&others.collect::<Vec<_>>()).await?;
        // This time follows from the facts, so every settler counts the insight at the same time.
        let first = CountedInsight { at: journey.settles_at.0, journey: row.journey };
        let place = |rule: &str| {
            let of = |row: &JourneyRow| {
                row.counted_insights.get(rule).map(|at| CountedInsight { at: *at, journey: row.journey })
            };
            of(row).or_else(|| others.iter().filter_map(of).min()).unwrap_or(first)
        };
        Ok(rules.into_iter().map(|rule| (rule.to_owned(), place(rule))).collect())
    }

    /// Stores that the durations of the row's revision are about to be sent; `None` when another writer was first.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn begin_measuring(&self, row: JourneyRow) -> Result<Option<JourneyRow>, StoreError> {
        let settlement = row.settlement.map(Settlement::begin_measuring);
        self.store(JourneyRow { settlement, ..row }).await
    }

    /// Stores that the bus was notified of the row's revision, and that Datadog does not have its durations. They are due
    /// again in some minutes.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn durations_refused(&self, row: JourneyRow) -> Result<Option<JourneyRow>, StoreError> {
        let settlement = row.settlement.map(Settlement::durations_refused);
        let at = self.clock.now() + FAILURE_DELAY;
        self.store(due_again(JourneyRow { settlement, ..row }, at)).await
    }

    /// Stores that everyone was notified of the row's revision, and that its traces are not to be sent (any more). The
    /// journey is no longer due.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn finish(&self, row: JourneyRow) -> Result<Option<JourneyRow>, StoreError> {
        let settlement = row.settlement.map(Settlement::finish);
        let content = due_at(row.content, None);
        self.store(JourneyRow { settlement, content, export_attempts: None, ..row }).await
    }

    /// As [`Self::finish`], after its `spans` were exported or counted.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn finish_exported(&self, row: JourneyRow, spans: u64) -> Result<Option<JourneyRow>, StoreError> {
        let exported = Some(Exported { until: self.clock.now(), spans });
        self.finish(JourneyRow { exported, ..row }).await
    }

    /// Stores that everyone was notified of the row's revision, and that its traces are still to be sent. From then on
    /// nobody is notified again, however long the receiver of traces is down.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn finish_except_export(&self, row: JourneyRow) -> Result<Option<JourneyRow>, StoreError> {
        let settlement = row.settlement.map(Settlement::finish);
        let content = due_at(row.content, Some(self.clock.now() + NOTIFICATION_LEASE));
        let export_attempts = Some(row.export_attempts.unwrap_or_default());
        self.store(JourneyRow { settlement, content, export_attempts, ..row }).await
    }

    /// Stores that the receiver has not taken the traces of the row's revision. They are due again after a growing pause,
    /// or after the pause that the receiver asked for, if that is longer.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn export_refused(
        &self,
        row: JourneyRow,
        requested: Option<Duration>,
    ) -> Result<Option<JourneyRow>, StoreError> {
        let attempts = row.export_attempts.unwrap_or_default().saturating_add(1);
        let pause = EXPORT_BACKOFF.pause(attempts, &FixedJitter(0.0));
        let pause = pause.max(requested.unwrap_or_default().min(MAX_EXPORT_PAUSE));
        let at = self.clock.now() + TimeDelta::from_std(pause).unwrap_or(FAILURE_DELAY);
        self.store(due_again(JourneyRow { export_attempts: Some(attempts), ..row }, at)).await
    }

    /// Defers a journey that could not be settled, unless another writer has written its row.
    ///
    /// # Errors
    /// When the request to the table fails.
    pub async fn defer_failed(&self, due: &JourneyRow) -> Result<(), StoreError> {
        if due.listing().is_some() {
            self.store(due_again(due.clone(), self.clock.now() + FAILURE_DELAY)).await?;
        }
        Ok(())
    }

    /// Writes `row`; `None` when it was overtaken by a new fact or another settler. The journey stays due then.
    ///
    /// If the response of a write was lost, the write may have succeeded, and its repetition is refused. So a refusal
    /// or failure is compared with the stored row.
    async fn store(&self, row: JourneyRow) -> Result<Option<JourneyRow>, StoreError> {
        let failed = match self.table.write(&row).await {
            Ok(WriteOutcome::Written) => return Ok(Some(row.after_write())),
            Ok(WriteOutcome::Overtaken) => None,
            Err(error) => Some(error),
        };
        match (self.table.holds(&row).await, failed) {
            (Ok(true), _) => Ok(Some(row.after_write())),
            (Ok(false), None) => Ok(None),
            (Err(error), None) | (_, Some(error)) => Err(error),
        }
    }
}

fn due_at(content: RowContent, due_at: Option<DateTime<Utc>>) -> RowContent {
    match content {
        RowContent::Listed(listing) => RowContent::Listed(Listing { due_at, ..listing }),
        other => other,
    }
}

/// `row`, due at `at`, in the index, too.
fn due_again(row: JourneyRow, at: DateTime<Utc>) -> JourneyRow {
    JourneyRow { content: due_at(row.content.clone(), Some(at)), ..row }.moved_in_index()
}

fn is_due(row: &JourneyRow, now: DateTime<Utc>) -> bool {
    row.listing().and_then(|listing| listing.due_at).is_some_and(|due| due <= now)
}
