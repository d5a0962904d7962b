//! `cxtrace replay`: recorded events to what Datadog would hold.

use std::path::PathBuf;

use cxtrace_settings::Environment;

use super::options::{Format, TableOptions};
use super::print::{print, print_json};
use super::replaying::{Replayed, replay_all};
use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::recording::pace::Paced;
use crate::recording::timeline::Step;
use crate::recording::{Input, Timeline, files};
use crate::report::document::Document;
use crate::report::table;
use crate::twin::Replay;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, folders, or - for standard input
    ///
    /// A file holds EventBridge events: one on each line (NDJSON), or JSON documents, each an event or an
    /// array of them. Gzip is recognised by its content. Of a folder, every *.json, *.ndjson and *.jsonl
    /// in it at any depth is read, with or without .gz.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// How the result is printed; json is one document, and nothing else is on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,

    /// Publishes every 10 minutes of the events' time in place of every 2 seconds: faster, and the result
    /// is the same
    #[arg(long)]
    fast: bool,

    #[command(flatten)]
    table: TableOptions,
}

pub(crate) fn help(exit_codes: &str) -> String {
    format!(
        "\
Time:
  Replay runs on the events' own clock: the latest publication so far, which is
  `detail.timestamp`, or the envelope's `time` where the first is missing or more
  than five minutes ahead of it. A jump of more than an hour counts only if most of
  the next eight events agree, so that one wrong time moves nothing. Several files
  are replayed side by side in the order of their times.

The document of --format json:
  {{\"events\": {{\"read\", \"processed\", \"ignored\", \"failed\"}},
   \"metrics\": [{{\"metric\", \"tags\", \"timestamp\", \"value\"}}],
   \"journeys\": [the documents of GET /api/journeys/{{id}}, by when they began]}}
  `metrics` is what Datadog ends up with: the last value sent for each metric, tags
  and timestamp.

{exit_codes}
  Events of other topics are ignored, which is no failure. Of events that failed,
  standard error names the file and line; the others are counted all the same."
    )
}

pub(crate) async fn run(args: Args) -> Outcome {
    let timeline = timeline(&args.paths)?;
    let mut replay = Replay::open(args.table.fresh_place(), Environment::of_process(), args.fast)
        .await
        .map_err(|error| Failure::usage_of(&error))?;
    let outcome = replay_and_report(&mut replay, timeline, &args).await;
    if args.table.dynamodb_endpoint.is_some()
        && let Err(error) = replay.twin.remove_tables().await
    {
        tracing::warn!(error = crate::failure::told(&error), "the tables of this replay are left behind");
    }
    outcome
}

async fn replay_and_report(replay: &mut Replay, timeline: Prepared, args: &Args) -> Outcome {
    let replayed = replay_timeline(replay, timeline).await?;
    let metrics = replay.finish().await?;
    let journeys = Box::pin(replay.twin.journeys.all()).await?;
    let document = Document { events: replayed.events, metrics, journeys };
    match args.format {
        Format::Table => print(&table::report(&document))?,
        Format::Json => print_json(&document)?,
    }
    Ok(replayed.done())
}

/// A timeline, and how many bytes it has if that is known.
pub(crate) struct Prepared {
    timeline: Timeline,
    bytes: Option<u64>,
}

impl Prepared {
    /// How many bytes there are, if that is known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.bytes
    }
}

impl Iterator for Prepared {
    type Item = Paced<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        self.timeline.next()
    }
}

/// The events of `paths`.
pub(crate) fn timeline(paths: &[PathBuf]) -> Result<Prepared, Failure> {
    let inputs = files::find(paths).map_err(|error| Failure::usage_of(&error))?;
    let bytes = inputs.iter().map(Input::size).sum();
    match Timeline::new(inputs) {
        Ok(timeline) => Ok(Prepared { timeline, bytes }),
        Err(error) => Err(Failure::usage_of(&error)),
    }
}

/// Replays all of `timeline`, with a progress bar in bytes.
pub(crate) async fn replay_timeline(replay: &mut Replay, timeline: Prepared) -> Result<Replayed, Failure> {
    let progress = Progress::new(timeline.bytes);
    Ok(replay_all(replay, timeline, progress, |prepared, _| prepared.timeline.bytes_read()).await?)
}
