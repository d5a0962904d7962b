//! Sweeps the table for ledgers that nobody publishes any more, because the stream has lost their records. It only wakes
//! the publisher: see [`cxtrace_store::sweep`].
//!
//! A sweep reads the whole table, in as many invocations as it takes. Each page is done before the cursor passes it, so a
//! sweep that dies goes on with the same page. Everything that a page stores has a key of its ledger and its sweep, so doing
//! a page again changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, SelfMetric};
use cxtrace_store::sweep::{SweepCursor, SweepProgress, Wanted};
use cxtrace_store::{StoreError, StoredLedger};

use crate::handler::MetricsPublisher;

/// No page is read within this time before the deadline, because its ledgers must still be woken.
const MARGIN: TimeDelta = TimeDelta::seconds(20);

/// What one invocation has swept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// The pages of the table that were read. 0 if the next sweep is not due.
    pub pages: usize,
    /// The ledgers for which the publisher was woken.
    pub found: usize,
    /// The age of the oldest of them.
    pub oldest: TimeDelta,
    /// Whether the sweep has reached the end of the table.
    pub ended: bool,
}

impl MetricsPublisher {
    /// Goes on with a sweep, or begins one if the last one began `every` ago. It reads at least one page, and stops before
    /// `deadline`. `swept` is what was done, also if this fails.
    ///
    /// # Errors
    /// When a request to DynamoDB fails. The next invocation goes on.
    pub async fn sweep(&self, every: TimeDelta, deadline: DateTime<Utc>, swept: &mut Swept) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut seen = self.table.sweep_cursor().await?;
        let is_over = |seen: &SweepCursor| seen.progress == SweepProgress::Ended;
        // A clock that was ahead must not put the next sweep off.
        let is_recent = |seen: &SweepCursor| (TimeDelta::zero()..every).contains(&(now - seen.began));
        if seen.as_ref().is_some_and(|seen| is_over(seen) && is_recent(seen)) {
            return Ok(());
        }
        if seen.as_ref().is_none_or(is_over) {
            // What this sweep stores has its beginning in the key, so it is stored first.
            seen = self.table.store_sweep_cursor(seen.as_ref(), now, SweepProgress::Begun).await?;
        }
        let Some(SweepCursor { began, progress, .. }) = seen.clone() else { return Ok(()) };
        let wanted = Wanted { now, historical: self.settings.historical, rejected: false };
        let mut sweep = self.table.sweep(wanted, &progress);
        while let Some(found) = sweep.page().await? {
            self.wake(&found, began).await?;
            swept.pages += 1;
            swept.found += found.len();
            let ages = found.iter().map(|ledger| now.timestamp() - ledger.key.bucket.start());
            swept.oldest = ages.filter_map(TimeDelta::try_seconds).fold(swept.oldest, TimeDelta::max);
            let progress = sweep.progress();
            swept.ended = progress == SweepProgress::Ended;
            seen = self.table.store_sweep_cursor(seen.as_ref(), began, progress).await?;
            // Another invocation is sweeping, or there is not enough time for another page.
            if seen.is_none() || self.clock.now() + MARGIN > deadline {
                break;
            }
        }
        if swept.found > 0 {
            tracing::warn!(
                ledgers = swept.found,
                oldest_seconds = swept.oldest.num_seconds(),
                "counts that Datadog has not accepted were found in the table; the publisher is woken for them"
            );
        }
        Ok(())
    }

    /// Counts `ledgers`, and then wakes the publisher for them: afterwards they would not be found and counted again.
    async fn wake(&self, ledgers: &[StoredLedger], began: DateTime<Utc>) -> Result<(), StoreError> {
        let counts: Vec<_> = ledgers.iter().filter_map(|ledger| self.count_of_republished(ledger, began)).collect();
        self.table.put_occurrences(&counts).await?;
        self.table.wake_publisher(ledgers, u64::try_from(began.timestamp_millis()).unwrap_or_default()).await
    }

    /// The own count of a ledger that a sweep has found. Own counts are not counted: otherwise each would cause another.
    fn count_of_republished(&self, ledger: &StoredLedger, began: DateTime<Utc>) -> Option<Occurrence> {
        if ledger.series.is_self_metric() {
            return None;
        }
        let conversation = ConversationId::try_new(format!("{} {}", ledger.key.series, ledger.key.bucket)).ok()?;
        Some(Occurrence {
            id: OccurrenceId::of(&conversation, &format!("swept {}", began.timestamp_millis())),
            series: SelfMetric::Republished.series(&self.settings.template),
            bucket: self.settings.width.bucket(began),
            interval: self.settings.width.seconds(),
            conversation,
            at: None,
        })
    }
}
