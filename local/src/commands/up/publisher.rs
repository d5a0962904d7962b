//! Publishes while the twin runs: after the batching window, and again after a failure.

use std::sync::Arc;
use std::time::Duration;

use cxtrace_clock::{Backoff, Clock, RandomJitter, SystemClock};
use tokio::sync::Notify;

use crate::failure::describe;
use crate::twin::Publishing;

/// How often a table on a server is read for changes by other processes.
const POLL: Duration = Duration::from_millis(500);

/// The back-off after failures. Lambda retries a batch in the same way: ever more slowly.
const BACK_OFF: Backoff = Backoff { first: Duration::from_millis(500), max: Duration::from_secs(30) };

/// Publishes until `stop` is notified. `woken` is notified of every processed event. Returns how many records are left.
pub(super) async fn run(mut publishing: Publishing, woken: Arc<Notify>, stop: Arc<Notify>) -> usize {
    let mut failures = 0;
    loop {
        let wait = match step(&mut publishing).await {
            Ok(wait) => {
                failures = 0;
                wait
            }
            Err(error) => {
                tracing::warn!(
                    error,
                    waiting = publishing.waiting(),
                    "counts could not be published; they are retried"
                );
                failures += 1;
                let wait = BACK_OFF.pause(failures, &RandomJitter);
                tokio::select! {
                    () = stop.notified() => return publishing.waiting(),
                    () = SystemClock.sleep(wait) => continue,
                }
            }
        };
        tokio::select! {
            () = stop.notified() => break,
            () = woken.notified() => {}
            () = SystemClock.sleep(wait) => {}
        }
    }
    last(&mut publishing).await
}

/// Publishes what is due. Returns how long to wait for the next batch.
async fn step(publishing: &mut Publishing) -> Result<Duration, String> {
    publishing.gather(0).await.map_err(|error| describe(&error))?;
    let Some(due) = publishing.due() else { return Ok(POLL) };
    let wait = (due - SystemClock.now()).to_std().unwrap_or_default();
    let full = publishing.waiting() >= crate::twin::BATCH;
    if wait.is_zero() || full {
        publishing.publish().await.map_err(|error| describe(&error))?;
        return Ok(Duration::ZERO);
    }
    Ok(wait.min(POLL))
}

/// Publishes all waiting records at the end, without the window. Returns how many are left.
async fn last(publishing: &mut Publishing) -> usize {
    loop {
        if let Err(error) = publishing.gather(0).await {
            tracing::warn!(error = describe(&error), "table changes could not be read at the end");
            return publishing.waiting();
        }
        if publishing.waiting() == 0 {
            return 0;
        }
        if let Err(error) = publishing.publish().await {
            tracing::warn!(error = describe(&error), "counts could not be published at the end");
            return publishing.waiting();
        }
    }
}
