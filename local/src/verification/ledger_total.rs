//! The total of one series in one bucket, as the state table has it.

use cxtrace_store::{StateTable, StoreError, StoredLedger};
use serde::{Deserialize, Serialize};

/// What the state table knows of one series in one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LedgerTotal {
    /// The metric's name.
    pub(crate) metric: String,
    /// Its tags, sorted.
    pub(crate) tags: Vec<String>,
    /// The bucket's start, in seconds since the epoch.
    pub(crate) timestamp: i64,
    /// How many occurrences count here.
    pub(crate) total: u64,
    /// The greatest total that Datadog has accepted.
    pub(crate) accepted: u64,
    /// How much more Datadog may hold, because an attempt was not answered.
    pub(crate) unanswered: u64,
    /// How many occurrences were late here and count in a later bucket.
    pub(crate) carried: u64,
    /// How many of those Datadog may hold here, too.
    pub(crate) uncertain: u64,
    /// How many occurrences of closed buckets count here.
    pub(crate) received: u64,
}

impl LedgerTotal {
    pub(crate) fn of(stored: &StoredLedger) -> Self {
        let ledger = &stored.contents.ledger;
        Self {
            metric: stored.series.name().to_owned(),
            tags: stored.series.tags().map(str::to_owned).collect(),
            timestamp: stored.key.bucket.start(),
            total: ledger.total(),
            accepted: ledger.accepted,
            unanswered: ledger.attempted.saturating_sub(ledger.accepted),
            carried: ledger.carried.count,
            uncertain: ledger.carried.uncertain,
            received: ledger.received,
        }
    }

    /// The totals of all ledgers of `table`, in no order. The bucket without a time is left out: nothing counts there.
    pub(crate) async fn all(table: &StateTable) -> Result<Vec<Self>, StoreError> {
        let mut all = Vec::new();
        let mut ledgers = table.ledgers();
        while let Some(stored) = ledgers.next().await? {
            all.push(Self::of(&stored));
        }
        all.retain(|ledger| ledger.timestamp > 0);
        Ok(all)
    }
}
