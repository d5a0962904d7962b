//! Picking up where an earlier twin stopped: nothing that its table holds may stay unpublished.
//!
//! The embedded engine's change feed dies with its process, and so does the intake. What was to be
//! published is in the table all the same, and so is what the intake had accepted.

use aws_lambda_events::dynamodb::EventRecord;
use chrono::{DateTime, Utc};
use cxtrace_datadog::Point;
use cxtrace_domain::metrics::Plan;
use cxtrace_store::{MoveReason, StateTable, StoreError, StoredLedger, stream};

/// What a table holds for a twin that starts on it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The totals that were accepted.
    pub(crate) accepted: Vec<Point>,
    /// The ledgers that the publisher must look at.
    pub(crate) unsettled: Vec<StoredLedger>,
}

/// Reads all of `table`.
pub(crate) async fn find(table: &StateTable, now: DateTime<Utc>, historical: bool) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut ledgers = table.ledgers();
    while let Some(stored) = ledgers.next().await? {
        if stored.contents.ledger.accepted > 0 {
            found.accepted.push(accepted(&stored));
        }
        if !is_settled(&stored, now, historical) {
            found.unsettled.push(stored);
        }
    }
    Ok(found)
}

fn accepted(stored: &StoredLedger) -> Point {
    Point {
        series: stored.sample.series.clone(),
        bucket: stored.key.bucket,
        interval: stored.sample.interval,
        total: stored.contents.ledger.accepted,
    }
}

/// A ledger is settled when Datadog holds its total, and every late move that was begun can have been
/// finished: a mark without its copy looks the same from here, so marks are always looked after.
fn is_settled(stored: &StoredLedger, now: DateTime<Utc>, historical: bool) -> bool {
    let ledger = &stored.contents.ledger;
    let moving = stored.contents.reasons.values().any(|reason| *reason == MoveReason::Late);
    !moving && ledger.plan(stored.key.bucket, now, historical) == Plan::Settled
}

/// The change that wakes the publisher for `ledger`.
pub(crate) fn wake(ledger: &StoredLedger) -> EventRecord {
    stream::retell(&ledger.sample)
}
