//! Publishing while the twin is up: when the batching window has passed, and again until it succeeds.

use std::sync::Arc;
use std::time::Duration;

use cxtrace_clock::{Clock, SystemClock};
use tokio::sync::Notify;

use crate::failure::told;
use crate::twin::Publishing;

/// How often a table on a server is asked for changes that this process did not make.
const POLL: Duration = Duration::from_millis(500);

/// The first and the longest pause after a failure. Lambda, too, tries a batch again at once and then ever
/// more slowly.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Publishes until `stop` is told; gives how many records are left then. `woken` is told of every event
/// that was taken.
pub(super) async fn run(mut publishing: Publishing, woken: Arc<Notify>, stop: Arc<Notify>) -> usize {
    let mut pause = FIRST_PAUSE;
    loop {
        let wait = match step(&mut publishing).await {
            Ok(wait) => {
                pause = FIRST_PAUSE;
                wait
            }
            Err(error) => {
                tracing::warn!(
                    error,
                    waiting = publishing.waiting(),
                    "counts could not be published and are tried again"
                );
                let wait = pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
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

/// Publishes what is due; gives how long to wait for what is due next.
async fn step(publishing: &mut Publishing) -> Result<Duration, String> {
    publishing.gather(0).await.map_err(|error| told(&error))?;
    let Some(due) = publishing.due() else { return Ok(POLL) };
    let wait = (due - SystemClock.now()).to_std().unwrap_or_default();
    let full = publishing.waiting() >= crate::twin::BATCH;
    if wait.is_zero() || full {
        publishing.publish().await.map_err(|error| told(&error))?;
        return Ok(Duration::ZERO);
    }
    Ok(wait.min(POLL))
}

/// Publishes what waits at the end, without waiting for the window.
async fn last(publishing: &mut Publishing) -> usize {
    loop {
        if let Err(error) = publishing.gather(0).await {
            tracing::warn!(error = told(&error), "changes could not be read at the end");
            return publishing.waiting();
        }
        if publishing.waiting() == 0 {
            return 0;
        }
        if let Err(error) = publishing.publish().await {
            tracing::warn!(error = told(&error), "counts could not be published at the end");
            return publishing.waiting();
        }
    }
}
