//! `cxtrace generate`: generated events as NDJSON, and the totals that a correct count gives.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use cxtrace_clock::{Clock, SystemClock};
use serde_json::json;

use crate::failure::{CommandResult, Completion, Failure};
use crate::generate::{ExpectedCounts, Traffic};
use crate::progress::Progress;
use crate::recording::files;

/// The default of `--start`.
pub(crate) const START: &str = "2026-03-02T00:00:00Z";

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The seed: each seed gives other events
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// The number of conversations; each has about ten events
    #[arg(long, value_name = "N", default_value_t = 100)]
    conversations: u32,

    /// The hours in which conversations begin, 1 to 8784; the last ones may end some hours later
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_784))]
    hours: u32,

    /// The beginning of the first hour
    #[arg(long, value_name = "TIME", default_value = START, value_parser = parse_time, conflicts_with = "now")]
    start: DateTime<Utc>,

    /// Ends the last hour now, so that a real system accepts the events
    #[arg(long)]
    now: bool,

    /// The prefix of the events' source; `/<organization>/cxtrace` follows it
    #[arg(long, value_name = "TEXT", default_value = cxtrace_fixtures::genesys::SOURCE_PREFIX)]
    source_prefix: String,

    /// The output file, with one event on each line; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,

    /// Also writes the totals that a correct count gives, as JSON [default: no file]
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
}

fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    text.parse().map_err(|_| "expected an RFC 3339 time, such as 2026-03-02T00:00:00Z".to_owned())
}

pub(crate) fn run(args: &Args) -> CommandResult {
    let traffic = Traffic {
        seed: args.seed,
        conversations: args.conversations,
        hours: args.hours,
        start: if args.now { hours_ago(args.hours) } else { args.start },
    };
    if let Err(error) = write_events(&traffic, &args.source_prefix, &args.out) {
        // A reader that closes the pipe early is not a failure.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Ok(Completion::All);
        }
        return Err(unwritable(&args.out, &error));
    }
    if let Some(path) = &args.expected {
        write_expected(&traffic.expected(), path).map_err(|error| unwritable(path, &error))?;
    }
    Ok(Completion::All)
}

fn hours_ago(hours: u32) -> DateTime<Utc> {
    let now = SystemClock.now();
    now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now) - TimeDelta::hours(i64::from(hours))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!(
        "{} cannot be written: {error}. Name a file in a folder that you can write to.",
        path.display()
    ))
}

fn write_events(traffic: &Traffic, source_prefix: &str, path: &Path) -> std::io::Result<()> {
    let mut out = files::create(path)?;
    let mut progress = Progress::new(None);
    for (n, event) in (1..).zip(traffic.events_from(source_prefix)) {
        writeln!(out, "{}", event.json)?;
        progress.event(n);
    }
    progress.finish();
    out.flush()
}

fn write_expected(expected: &ExpectedCounts, path: &Path) -> std::io::Result<()> {
    let metrics: Vec<_> = expected
        .totals()
        .into_iter()
        .map(|((flow, metric), total)| json!({"flow": flow, "metric": metric, "total": total}))
        .collect();
    let document = json!({
        "events": expected.events,
        "redelivered": expected.redelivered,
        "resent": expected.resent,
        "malformed": expected.malformed.len(),
        "metrics": metrics,
    });
    let mut out = files::create(path)?;
    writeln!(out, "{document:#}")?;
    out.flush()
}
