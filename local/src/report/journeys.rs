//! Journeys as a table for people.

use std::cmp::Reverse;

use chrono::SecondsFormat;
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::document::{Severity, Status};

use super::layout::{number, several, wrapped};

/// The maximum number of journeys in the text. The JSON has all of them.
const MAX_JOURNEYS: usize = 20;

/// The journeys, each with its summary and insights: at most [`MAX_JOURNEYS`], or `all`.
pub(crate) fn list(journeys: &[Journey], all: bool) -> String {
    titled(journeys, all, |_| None)
}

/// As [`list`], with titles. Journeys with the worst insights come first, then the others by time.
pub(crate) fn titled<'a>(journeys: &[Journey], all: bool, title: impl Fn(&Journey) -> Option<&'a str>) -> String {
    let mut sorted: Vec<_> = journeys.iter().map(|journey| (title(journey), journey)).collect();
    let worst = |journey: &Journey| journey.insights.iter().map(|insight| insight.severity).max();
    sorted.sort_by_key(|(_, journey)| (Reverse(worst(journey)), journey.started_at));
    let shown = if all { sorted.len() } else { MAX_JOURNEYS };
    let problems = journeys.iter().filter(|journey| worst(journey) > Some(Severity::Info)).count() as u64;
    let mut text = match problems {
        0 => String::from("Journeys\n"),
        _ => format!("Journeys: {} with a problem first\n", number(problems)),
    };
    for (title, journey) in sorted.iter().take(shown) {
        text += &one(*title, journey);
    }
    if sorted.len() > shown {
        text += &format!("  and {} more: see --all\n", several((sorted.len() - shown) as u64, "journey"));
    }
    text
}

fn one(title: Option<&str>, journey: &Journey) -> String {
    let status = match journey.status {
        // Nobody is on a recorded call. The recording ends before the journey does.
        Status::Live => "unfinished",
        Status::Provisional => "provisional",
        Status::Settled => "settled",
        Status::Revised => "revised",
    };
    let at = journey.started_at.0.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut text = format!("\n  {at}  {}  {status}\n", journey.platforms.join(" > "));
    if let Some(title) = title {
        text += &format!("  {title}\n");
    }
    for line in wrapped(&journey.summary) {
        text += &format!("    {line}\n");
    }
    for insight in &journey.insights {
        let mark = match insight.severity {
            Severity::Error => "!!",
            Severity::Warning => " !",
            Severity::Info => " -",
        };
        let mut lines = wrapped(&insight.text).into_iter();
        text += &format!("   {mark} {}\n", lines.next().unwrap_or_default());
        lines.for_each(|line| text += &format!("      {line}\n"));
    }
    text += &format!("    {}\n", journey.id);
    text
}
