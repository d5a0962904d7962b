//! Assembling and settling journeys while somebody looks at them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use tokio::sync::Notify;

use crate::failure::told;
use crate::twin::Journeys;

/// How often changes are looked for: the batching window of `template.yaml` is as long.
const EVERY: Duration = Duration::from_secs(1);

/// How often what is due is settled.
const SETTLE_EVERY: TimeDelta = TimeDelta::seconds(15);

/// Assembles until `stop` is told, and once more then.
pub(super) async fn run(journeys: &mut Journeys, stop: &Notify) {
    let mut settled = DateTime::<Utc>::UNIX_EPOCH;
    loop {
        let stopped = tokio::select! {
            () = stop.notified() => true,
            () = SystemClock.sleep(EVERY) => false,
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
                tracing::warn!(error = told(&error), "journeys could not be assembled and are tried again");
            }
        }
        Err(error) => tracing::warn!(error = told(&error), "changes could not be read and are asked for again"),
    }
    let now = SystemClock.now();
    if now - *settled >= SETTLE_EVERY {
        *settled = now;
        if let Err(error) = journeys.settle().await {
            tracing::warn!(error = told(&error), "journeys could not be settled and are tried again");
        }
    }
}
