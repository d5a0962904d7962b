//! Continues where an earlier twin stopped, so that nothing in its table stays unpublished.
//!
//! The engine's change feed and the intake end with their process. The table still has the unpublished totals, and the
//! totals that the intake accepted.

use chrono::{DateTime, Utc};
use cxtrace_datadog::Point;
use cxtrace_store::stream::{self, GrownLedger, StreamRecord};
use cxtrace_store::{StateTable, StoreError, StoredLedger};

/// The ledgers of an earlier twin, for a new one.
#[derive(Debug, Default)]
pub(crate) struct SavedLedgers {
    /// The totals that Datadog accepted.
    pub(crate) accepted: Vec<Point>,
    /// The ledgers that the publisher must check.
    pub(crate) unsettled: Vec<StoredLedger>,
}

/// Reads all ledgers of `table`.
pub(crate) async fn read(table: &StateTable, now: DateTime<Utc>, historical: bool) -> Result<SavedLedgers, StoreError> {
    let mut saved = SavedLedgers::default();
    let mut ledgers = table.ledgers();
    while let Some(stored) = ledgers.next().await? {
        if stored.contents.ledger.accepted > 0 {
            saved.accepted.push(accepted(&stored));
        }
        // The publisher checks every ledger with redirects. It may be the only one left to write a copy.
        if !stored.is_settled(now, historical) {
            saved.unsettled.push(stored);
        }
    }
    Ok(saved)
}

fn accepted(stored: &StoredLedger) -> Point {
    Point {
        series: stored.series.clone(),
        bucket: stored.key.bucket,
        interval: stored.interval,
        total: stored.contents.ledger.accepted,
    }
}

/// The change that wakes the publisher for `ledger`.
pub(crate) fn wake(ledger: &StoredLedger) -> StreamRecord {
    let StoredLedger { key, series, interval, .. } = ledger;
    stream::wake(&GrownLedger { key: *key, series: series.clone(), interval: *interval })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use cxtrace_clock::{SharedClock, SystemClock};
    use cxtrace_domain::metrics::{Bucket, ConversationId, Occurrence, OccurrenceId};
    use cxtrace_store::{BucketKey, Redirect, schema};

    use super::*;
    use crate::engine::{Engine, EngineHttp, sdk_config};

    const NOON: i64 = 1_700_049_600;

    async fn table() -> StateTable {
        let clock: SharedClock = Arc::new(SystemClock);
        let engine = Engine::in_memory(clock.clone()).unwrap();
        let client = aws_sdk_dynamodb::Client::new(&sdk_config(EngineHttp(engine)));
        schema::create(&client, "state", false).await.unwrap();
        StateTable::new(client, "state", TimeDelta::days(30), clock)
    }

    fn occurrence(metric: &str) -> Occurrence {
        let conversation = ConversationId::try_new("c").unwrap();
        Occurrence {
            id: OccurrenceId::of(&conversation, metric),
            series: cxtrace_settings::metrics::default_template().series("A", metric, None).0,
            bucket: Bucket::starting_at(NOON),
            interval: 10,
            conversation,
            at: DateTime::from_timestamp(NOON, 0),
        }
    }

    #[tokio::test]
    async fn a_redirect_whose_function_died_wakes_the_publisher_after_a_restart() {
        let table = table().await;
        let (redirected, published) = (occurrence("Redirected"), occurrence("Published"));
        let (home, decided) = (BucketKey::of(&redirected), Bucket::starting_at(NOON + 600));
        assert_eq!(table.redirect(home, redirected.id, decided).await.unwrap(), Redirect::To(decided));
        table.put_occurrences(&[redirected, published.clone()]).await.unwrap();
        table.note_accepted(BucketKey::of(&published), 1).await.unwrap();

        let now = DateTime::from_timestamp(NOON + 60, 0).unwrap();
        let saved = read(&table, now, false).await.unwrap();
        assert_eq!(saved.unsettled.iter().map(|ledger| ledger.key).collect::<Vec<_>>(), [home]);
        assert_eq!(saved.accepted.len(), 1);
    }
}
