//! Asks APIs while the twin runs, by the very poller of the function, if the user names sources with `--poll`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use cxtrace_clock::{Clock, RandomJitter, SharedClock, SystemClock};
use cxtrace_settings::PollTargets;
use cxtrace_sources::registry::Registry;
use cxtrace_store::CorrelationTable;
use source_poller::{Api, Poller, Target};
use span_collector::SpanCollector;
use tokio::sync::Notify;
use webhook_receiver::SecretBook;

use super::secret_file::SecretFile;
use super::tally::Tally;
use crate::commands::webhook_secrets;
use crate::failure::{Failure, describe};
use crate::twin::Twin;

/// The pause between two runs. Each API is asked as often as its definition says.
const PAUSE: Duration = Duration::from_secs(5);

/// The time of a run, as a function has it.
const TIME: TimeDelta = TimeDelta::seconds(55);

/// The APIs that the twin polls.
pub(super) struct TwinPoller {
    targets: Vec<Target>,
    poller: Poller<Arc<SpanCollector>, CorrelationTable>,
}

/// The poller of `sources`; `None` if there are none.
pub(super) fn poller(twin: &Twin, sources: &[String], secrets: Option<&Path>) -> Result<Option<TwinPoller>, Failure> {
    let usage = |problem: String| Failure::usage(format!("--poll cannot be used: {problem}"));
    let PollTargets(targets) = PollTargets::read(&sources.join(" ")).map_err(|error| usage(error.to_string()))?;
    if targets.is_empty() {
        return Ok(None);
    }
    let registry = Registry::embedded();
    let targets = targets.iter().map(|target| Target::try_new(target, registry)).collect::<Result<Vec<_>, _>>();
    let targets = targets.map_err(|error| usage(error.to_string()))?;
    let Some(path) = secrets else {
        return Err(usage("it needs a key. Give a file with keys by source to --poll-secrets".to_owned()));
    };
    webhook_secrets::read(path)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let api = Api {
        http: cxtrace_lambda::http::client().map_err(|error| Failure::failed(describe(&error)))?,
        secrets: SecretBook::new(SecretFile::new(Some(path)), clock.clone()),
        clock,
        jitter: Arc::new(RandomJitter),
    };
    let cursors = twin.journeys.assembly().table().clone();
    Ok(Some(TwinPoller { targets, poller: Poller::new(api, twin.ingest.collector(), cursors) }))
}

/// Asks until `stop` is notified. `woken` is notified of every run that stores something.
pub(super) async fn run(
    TwinPoller { targets, poller }: TwinPoller,
    woken: Arc<Notify>,
    tally: Tally,
    stop: Arc<Notify>,
) {
    loop {
        // Boxed: the SDK's futures are nested too deep for the compiler's layout of types.
        let running = Box::pin(poller.run(&targets, SystemClock.now() + TIME));
        let ran = tokio::select! {
            ran = running => ran,
            // What is not finished is asked for again at the next start.
            () = stop.notified() => return,
        };
        match ran {
            Ok(run) => {
                tally.polled(run.stored, run.unreadable, &run.refused);
                if run.stored > 0 {
                    woken.notify_one();
                }
            }
            Err(error) => tally.polled(0, 0, &[describe(&error)]),
        }
        tokio::select! {
            () = SystemClock.sleep(PAUSE) => {}
            () = stop.notified() => return,
        }
    }
}
