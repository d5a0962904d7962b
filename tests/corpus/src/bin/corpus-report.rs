//! Measures how well journeys are joined, and how right insights are, on generated traffic whose truth is known.
//!
//! `cargo run -p cxtrace-corpus -- [--seeds N] [--journeys N] [--write]`

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use cxtrace_corpus::Hour;
use cxtrace_corpus::insights::page;
use cxtrace_corpus::insights::score::{InsightScores, JOURNEYS, SEED};
use cxtrace_corpus::report::{Plan, Report, filled};

const USAGE: &str = "usage: corpus-report [--seeds N] [--journeys N] [--write]
  --seeds N     measure N hours (default: 10)
  --journeys N  begin N journeys in each hour (default: 1000)
  --write       write the results into docs/joins.md and docs/insights.md";

/// The page into which `--write` writes the table.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/joins.md");

/// The page that `--write` writes about insights.
const INSIGHTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/insights.md");

/// When the first hour begins.
const START: &str = "2026-03-02T10:00:00Z";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!(
                "error: precision or recall is below what docs/joins.md or docs/insights.md promises. Find the failure above."
            );
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let start: DateTime<Utc> = START.parse().map_err(|error| format!("{START}: {error}"))?;
    let mut plan = Plan { seeds: 10, first: Hour::busy(1, start) };
    let mut write = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u32>().ok()).ok_or(USAGE);
        match argument.as_str() {
            "--seeds" => plan.seeds = number()?.into(),
            "--journeys" => plan.first.journeys = number()?,
            "--write" => write = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let report = Report::of(&plan).map_err(|error| chain(&error))?;
    println!("{}", report.table());
    let insights = InsightScores::of(SEED, JOURNEYS, start).map_err(|error| chain(&error))?;
    println!("\n{}", page::measured(&insights));
    insights.mistakes.iter().for_each(|mistake| println!("{mistake}"));
    if write {
        std::fs::write(INSIGHTS, page::page(&insights))
            .map_err(|error| format!("{INSIGHTS} could not be written: {error}"))?;
        let page = std::fs::read_to_string(PAGE).map_err(|error| format!("{PAGE} could not be read: {error}"))?;
        let page = filled(&page, &report.markdown())
            .ok_or_else(|| format!("{PAGE} has no marks for the measured part. Restore them from the repository."))?;
        std::fs::write(PAGE, page).map_err(|error| format!("{PAGE} could not be written: {error}"))?;
    }
    Ok(report.holds() && insights.holds())
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {}", chain(source)))
}
