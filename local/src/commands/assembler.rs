//! Assembles and settles journeys while a command serves the explorer.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use tokio::sync::Notify;

use crate::failure::describe;
use crate::twin::Journeys;

/// How often changes are read. `template.yaml` has the same batching window.
const INTERVAL: Duration = Duration::from_secs(1);

/// How often due journeys are settled.
const SETTLE_INTERVAL: TimeDelta = TimeDelta::seconds(15);

/// Assembles until `stop` is notified, and once more then.
pub(super) async fn run(journeys: &mut Journeys, stop: &Notify) {
    let mut settled = DateTime::<Utc>::UNIX_EPOCH;
    loop {
        let stopped = tokio::select! {
            () = stop.notified() => true,
            () = SystemClock.sleep(INTERVAL) => false,
        };
        step(journeys, &mut settled).await;
        if stopped {
            return;
        }
    }
}

async fn step(journeys: &mut Journeys, settled: &mut DateTime<Utc>) {
    match journeys.gather().await {
        Ok(0) => {}
        Ok(_) => {
            if let Err(error) = journeys.assemble().await {
                tracing::warn!(error = describe(&error), "journeys could not be assembled; the next step tries again");
            }
        }
        Err(error) => {
            tracing::warn!(error = describe(&error), "table changes could not be read; the next step tries again")
        }
    }
    let now = SystemClock.now();
    if now - *settled >= SETTLE_INTERVAL {
        *settled = now;
        if let Err(error) = journeys.settle().await {
            tracing::warn!(error = describe(&error), "journeys could not be settled; the next step tries again");
        }
    }
}
