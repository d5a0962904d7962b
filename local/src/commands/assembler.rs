//! Assembles and settles journeys while a command serves the explorer. No journey waits for another one, and no stop waits for
//! all of them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_journeys::{Assembly, AssemblyError, Backlog, Group};
use journey_settler::{Run, SettleError};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};

use crate::failure::describe;
use crate::twin::Journeys;

/// How often changes are read. `template.yaml` has the same batching window.
const INTERVAL: Duration = Duration::from_secs(1);

/// How often due journeys are settled.
const SETTLE_INTERVAL: TimeDelta = TimeDelta::seconds(15);

/// How long assembling may go on after a stop.
const GRACE: Duration = Duration::from_millis(1_500);

/// What has begun.
#[derive(Default)]
struct Begun {
    refreshes: JoinSet<(Group, Result<(), AssemblyError>)>,
    settling: JoinSet<Result<Run, SettleError>>,
}

/// Assembles until `stop` is notified, and then what waits, but not for long. Returns how many ids are not assembled then. The next
/// start does it, because it looks at every id in the table. Must run on a [`tokio::task::LocalSet`].
pub(super) async fn run(journeys: &mut Journeys, stop: &Notify) -> usize {
    let mut backlog = Backlog::default();
    let mut begun = Begun::default();
    let mut failed = Vec::new();
    let mut settled = DateTime::<Utc>::UNIX_EPOCH;
    let mut pause = std::pin::pin!(SystemClock.sleep(INTERVAL));
    loop {
        begun.refresh_next(journeys.assembly(), &mut backlog);
        tokio::select! {
            () = stop.notified() => break,
            Some(refreshed) = begun.refreshes.join_next() => failed.extend(put_back(refreshed, &mut backlog)),
            Some(settled) = begun.settling.join_next() => note_settled(settled),
            () = &mut pause => {
                pause.set(SystemClock.sleep(INTERVAL));
                backlog.add(failed.drain(..));
                add_new(journeys, &mut backlog).await;
                let now = SystemClock.now();
                if now - settled >= SETTLE_INTERVAL && begun.settling.is_empty() {
                    settled = now;
                    begun.settling.spawn_local(journeys.settle());
                }
            }
        }
    }
    backlog.add(failed);
    add_new(journeys, &mut backlog).await;
    let running = begun.finish(journeys.assembly(), &mut backlog).await;
    backlog.waiting() + running
}

impl Begun {
    /// Begins as many refreshes as may run at once.
    fn refresh_next(&mut self, assembly: &Assembly, backlog: &mut Backlog) {
        while let Some(group) = backlog.next(self.refreshes.len()) {
            self.refreshes.spawn_local(refresh(assembly.clone(), group));
        }
    }

    /// Assembles what waits, but not for long. Returns how many refreshes have not ended.
    async fn finish(mut self, assembly: &Assembly, backlog: &mut Backlog) -> usize {
        let mut failed = Vec::new();
        let ended = async {
            self.refresh_next(assembly, backlog);
            while let Some(refreshed) = self.refreshes.join_next().await {
                failed.extend(put_back(refreshed, backlog));
                self.refresh_next(assembly, backlog);
            }
            while let Some(settled) = self.settling.join_next().await {
                note_settled(settled);
            }
        };
        tokio::select! {
            () = ended => {}
            () = SystemClock.sleep(GRACE) => {}
        }
        backlog.add(failed);
        self.refreshes.len()
    }
}

async fn refresh(assembly: Assembly, mut group: Group) -> (Group, Result<(), AssemblyError>) {
    let refreshed = Box::pin(assembly.refresh_first(&mut group)).await.map(drop);
    (group, refreshed)
}

/// Puts a group back after its refresh, or returns it if its refresh has failed.
fn put_back(refreshed: Result<(Group, Result<(), AssemblyError>), JoinError>, backlog: &mut Backlog) -> Option<Group> {
    match refreshed {
        Ok((group, Ok(()))) => backlog.put_back(group),
        Ok((group, Err(error))) => {
            tracing::warn!(error = describe(&error), "a journey could not be assembled; the next step tries again");
            return Some(group);
        }
        Err(error) => tracing::error!(error = describe(&error), "a journey could not be assembled"),
    }
    None
}

fn note_settled(settled: Result<Result<Run, SettleError>, JoinError>) {
    let error = match settled {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => describe(&error),
        Err(error) => describe(&error),
    };
    tracing::warn!(error, "journeys could not be settled; the next step tries again");
}

async fn add_new(journeys: &mut Journeys, backlog: &mut Backlog) {
    if let Err(error) = journeys.add_to(backlog).await {
        tracing::warn!(error = describe(&error), "table changes could not be read; the next step tries again");
    }
}
