//! Replaying a timeline with everything that a person sees of it: progress, and each event that failed.

use crate::failure::{Done, told};
use crate::progress::Progress;
use crate::recording::ReadError;
use crate::recording::pace::Paced;
use crate::recording::timeline::{Recorded, Step};
use crate::report::document::Events;
use crate::twin::{Replay, ReplayError, Taken};

/// How many failed events are named one by one.
const MOST_NAMED: u64 = 100;

/// What became of the events of a timeline.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) events: Events,
    /// Whether a recording could not be read to its end.
    pub(crate) unread: bool,
}

impl Replayed {
    /// How the command has gone.
    pub(crate) fn done(&self) -> Done {
        match self {
            Self { unread: true, .. } => Done::Unread,
            Self { events: Events { failed: 1.., .. }, .. } => Done::Some,
            _ => Done::All,
        }
    }

    fn count(&mut self, taken: &Taken) {
        self.events.read += 1;
        *match taken {
            Taken::Processed { .. } => &mut self.events.processed,
            Taken::Ignored => &mut self.events.ignored,
            Taken::Unreadable(_) | Taken::NotStored(_) => &mut self.events.failed,
        } += 1;
    }
}

/// Replays `steps` on `replay`. `position` is how far the progress has got after each.
pub(crate) async fn replay_all<I>(
    replay: &mut Replay,
    mut steps: I,
    mut progress: Progress,
    position: impl Fn(&I, u64) -> u64,
) -> Result<Replayed, ReplayError>
where
    I: Iterator<Item = Paced<Step>>,
{
    let mut replayed = Replayed::default();
    while let Some(Paced { at, event }) = steps.next() {
        match event {
            Ok(recorded) => {
                let taken = take(replay, at, &recorded).await?;
                replayed.count(&taken);
                if let Taken::Unreadable(reason) | Taken::NotStored(reason) = taken {
                    name(&progress, &recorded, &reason, replayed.events.failed);
                }
            }
            Err(error) => {
                replayed.unread = true;
                progress.say(&unread(&error));
            }
        }
        progress.event(position(&steps, replayed.events.read));
    }
    progress.finish();
    if replayed.events.failed > MOST_NAMED {
        eprintln!("and {} more events failed", replayed.events.failed - MOST_NAMED);
    }
    Ok(replayed)
}

async fn take(
    replay: &mut Replay,
    at: Option<chrono::DateTime<chrono::Utc>>,
    recorded: &Recorded,
) -> Result<Taken, ReplayError> {
    match &recorded.json {
        Ok(json) => replay.take(at, recorded.stated.topic.as_deref(), json).await,
        Err(reason) => Ok(Taken::Unreadable(format!("the event cannot be read: {reason}"))),
    }
}

fn name(progress: &Progress, recorded: &Recorded, reason: &str, failed: u64) {
    if failed <= MOST_NAMED {
        progress.say(&format!("{}: {reason}", recorded.origin));
    }
}

fn unread(error: &ReadError) -> String {
    format!("{}. What follows is left out; the other files are replayed.", told(error))
}
