//! Replays a timeline, and shows progress and the events that failed.

use crate::failure::{Completion, describe};
use crate::progress::Progress;
use crate::recording::ReadError;
use crate::recording::recording_clock::Timed;
use crate::recording::timeline::{Recorded, Step};
use crate::report::document::Events;
use crate::twin::{Ingested, Replay, ReplayError};

/// The maximum number of failed events that are named.
const MAX_NAMED: u64 = 100;

/// How the events of a timeline were processed.
#[derive(Debug, Default)]
pub(crate) struct ReplaySummary {
    pub(crate) events: Events,
    /// Whether a file could not be read to its end.
    pub(crate) unread: bool,
}

impl ReplaySummary {
    /// How complete the replay is.
    pub(crate) fn completion(&self) -> Completion {
        match self {
            Self { unread: true, .. } => Completion::Unread,
            Self { events: Events { failed: 1.., .. }, .. } => Completion::Partial,
            _ => Completion::All,
        }
    }

    fn count(&mut self, taken: &Ingested) {
        self.events.read += 1;
        *match taken {
            Ingested::Processed { .. } => &mut self.events.processed,
            Ingested::Ignored => &mut self.events.ignored,
            Ingested::Unreadable(_) | Ingested::NotStored(_) => &mut self.events.failed,
        } += 1;
    }
}

/// Replays `steps` on `replay`. `position` is the progress after each step.
pub(crate) async fn replay_all<I>(
    replay: &mut Replay,
    mut steps: I,
    mut progress: Progress,
    position: impl Fn(&I, u64) -> u64,
) -> Result<ReplaySummary, ReplayError>
where
    I: Iterator<Item = Timed<Step>>,
{
    let mut replayed = ReplaySummary::default();
    while let Some(Timed { at, event }) = steps.next() {
        match event {
            Ok(recorded) => {
                let taken = take(replay, at, &recorded).await?;
                replayed.count(&taken);
                if let Ingested::Unreadable(reason) | Ingested::NotStored(reason) = taken {
                    name(&progress, &recorded, &reason, replayed.events.failed);
                }
            }
            Err(error) => {
                replayed.unread = true;
                progress.say(&unread(&error));
            }
        }
        progress.event(position(&steps, replayed.events.read));
        // The engine answers at once, so nothing else would make room for a server on this thread.
        tokio::task::yield_now().await;
    }
    progress.finish();
    if replayed.events.failed > MAX_NAMED {
        eprintln!("and {} more events failed", replayed.events.failed - MAX_NAMED);
    }
    Ok(replayed)
}

async fn take(
    replay: &mut Replay,
    at: Option<chrono::DateTime<chrono::Utc>>,
    recorded: &Recorded,
) -> Result<Ingested, ReplayError> {
    match &recorded.json {
        Ok(json) => replay.take(at, recorded.header.topic.as_deref(), json).await,
        Err(reason) => Ok(Ingested::Unreadable(format!("the event cannot be read: {reason}"))),
    }
}

fn name(progress: &Progress, recorded: &Recorded, reason: &str, failed: u64) {
    if failed <= MAX_NAMED {
        progress.say(&format!("{}: {reason}", recorded.origin));
    }
}

fn unread(error: &ReadError) -> String {
    format!("{}. The rest of this file is skipped; the other files are replayed.", describe(error))
}
