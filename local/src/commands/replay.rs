//! `cxtrace replay`: counts recorded events and joins their journeys.

use std::path::PathBuf;

use cxtrace_settings::{Environment, registry};

use super::options::{Format, TableOptions};
use super::print::{print, print_json};
use super::replay_loop::{ReplaySummary, replay_all};
use super::source::definitions;
use super::webhook_secrets;
use crate::failure::{CommandResult, Failure};
use crate::progress::Progress;
use crate::recording::recording_clock::Timed;
use crate::recording::timeline::Step;
use crate::recording::{Input, Timeline, files};
use crate::report::document::Document;
use crate::report::table;
use crate::twin::{RecordedSignatures, Replay};

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, folders, or - for standard input
    ///
    /// A file contains EventBridge events: one on each line (NDJSON), or JSON documents, each an event or an
    /// array of events. Deliveries of other transports stand there as docs/sources.md describes. Gzip is recognised by its content. In a folder, the command reads every *.json,
    /// *.ndjson and *.jsonl file at any depth, with or without .gz.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// The format of the result; with json, standard output has one document and nothing else
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,

    /// Publishes every 10 minutes of the events' time instead of every 2 seconds: faster, with the same result
    #[arg(long)]
    fast: bool,

    /// Shows every journey in the table, and not only the first 20
    #[arg(long)]
    all: bool,

    /// Checks the signatures of recorded webhooks by the secrets in FILE, a JSON object by source (docs/webhooks.md)
    #[arg(long, value_name = "FILE")]
    webhook_secrets: Option<PathBuf>,

    #[command(flatten)]
    table: TableOptions,
}

pub(crate) fn help(exit_codes: &str) -> String {
    format!(
        "\
Time:
  Replay runs on the events' own clock: the latest publication time so far. That is
  `detail.timestamp`, or the envelope's `time` if the first is missing or more than five
  minutes ahead of it. The clock jumps by more than an hour only if most of the next eight
  events agree, so that one wrong time changes nothing. Several files are merged in the
  order of their times.

The document of --format json:
  {{\"events\": {{\"read\", \"processed\", \"ignored\", \"failed\"}},
   \"metrics\": [{{\"metric\", \"tags\", \"timestamp\", \"value\"}}],
   \"journeys\": [the documents of GET /api/journeys/{{id}}, in the order of their start]}}
  `metrics` is what Datadog holds at the end: the last value for each metric, tags and
  timestamp.

{exit_codes}
  Events of other topics are ignored; that is not a failure. Standard error names the file
  and line of each event that failed. The other events are counted."
    )
}

pub(crate) async fn run(args: Args) -> CommandResult {
    definitions::load_own()?;
    let timeline = timeline(&args.paths)?;
    let mut replay = Replay::open(args.table.fresh_location(), Environment::of_process(), args.fast)
        .await
        .map_err(|error| Failure::usage_of(&error))?;
    if let Some(path) = &args.webhook_secrets {
        let public_url = registry::WEBHOOK_PUBLIC_URL.read_if_set(&Environment::of_process());
        let public_url = public_url.map_err(|error| Failure::usage_of(&error))?.map(String::from);
        replay.check(RecordedSignatures::new(webhook_secrets::read(path)?, public_url));
    }
    let outcome = replay_and_report(&mut replay, timeline, &args).await;
    if args.table.dynamodb_endpoint.is_some()
        && let Err(error) = replay.twin.remove_tables().await
    {
        tracing::warn!(error = crate::failure::describe(&error), "the tables of this replay could not be removed");
    }
    outcome
}

async fn replay_and_report(replay: &mut Replay, timeline: Prepared, args: &Args) -> CommandResult {
    let replayed = replay_timeline(replay, timeline).await?;
    let metrics = replay.finish().await?;
    let journeys = Box::pin(replay.twin.journeys.all()).await?;
    let document = Document { events: replayed.events, metrics, journeys };
    match args.format {
        Format::Table => print(&table::report(&document, args.all))?,
        Format::Json => print_json(&document)?,
    }
    Ok(replayed.completion())
}

/// A timeline, with the size of its files.
pub(crate) struct Prepared {
    timeline: Timeline,
    bytes: Option<u64>,
}

impl Prepared {
    /// The size of all files in bytes; `None` when one is read from a pipe.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.bytes
    }
}

impl Iterator for Prepared {
    type Item = Timed<Step>;

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
pub(crate) async fn replay_timeline(replay: &mut Replay, timeline: Prepared) -> Result<ReplaySummary, Failure> {
    let progress = Progress::new(timeline.bytes);
    Ok(replay_all(replay, timeline, progress, |prepared, _| prepared.timeline.bytes_read()).await?)
}
