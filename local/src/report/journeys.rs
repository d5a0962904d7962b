//! Journeys as a table for people.

use chrono::SecondsFormat;
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::document::{Severity, Status};

use super::layout::several;

/// The maximum number of journeys in the text. The JSON has all of them.
const MAX_JOURNEYS: usize = 20;

/// The width of a line.
const WIDTH: usize = 76;

/// The journeys, each with its summary and insights.
pub(crate) fn list(journeys: &[Journey]) -> String {
    titled(journeys, |_| None)
}

/// As [`list`], with titles. Journeys with a title come first.
pub(crate) fn titled<'a>(journeys: &[Journey], title: impl Fn(&Journey) -> Option<&'a str>) -> String {
    let mut all: Vec<_> = journeys.iter().map(|journey| (title(journey), journey)).collect();
    all.sort_by_key(|(title, journey)| (title.is_none(), journey.started_at));
    let mut text = String::from("Journeys\n");
    for (title, journey) in all.iter().take(MAX_JOURNEYS) {
        text += &one(*title, journey);
    }
    if all.len() > MAX_JOURNEYS {
        text += &format!("  and {} more\n", several((all.len() - MAX_JOURNEYS) as u64, "journey"));
    }
    text
}

fn one(title: Option<&str>, journey: &Journey) -> String {
    let status = match journey.status {
        Status::Live => "live",
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

/// `text` in lines of at most [`WIDTH`] less the margin.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { continue };
        if !line.is_empty() && line.chars().count() + word.chars().count() + 1 > WIDTH - 6 {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
