//! `cxtrace source try`: what deliveries of a source become.

use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::Utc;
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_sources::delivery::Delivery;
use cxtrace_sources::trial::{Trial, Trying};
use serde_json::Value;

use super::definitions;
use crate::commands::options::Format;
use crate::commands::print::{print, print_json};
use crate::failure::{CommandResult, Completion, Failure, describe};

pub(super) fn run(name: &str, files: &[PathBuf], format: Format, folders: &[PathBuf]) -> CommandResult {
    let context = definitions::load(&definitions::folders(folders)?)?;
    if context.registry.source(name).is_none() {
        return Err(Failure::usage(format!("no definition is called {name}. `cxtrace source list` shows all.")));
    }
    let now: chrono::DateTime<Utc> = SystemClock.now();
    let mut trying = Trying::default();
    let mut completion = Completion::All;
    for file in files {
        let bytes = read(file)?;
        for (line, text) in texts(&bytes) {
            if let Err(error) = trying.take(&text, name, now, &context) {
                eprintln!("{}:{line}: {}", file.display(), describe(&error));
                completion = Completion::Partial;
            }
        }
    }
    let not_taken = trying.not_taken;
    let trial = trying.finish();
    match format {
        Format::Json => print_json(&trial)?,
        Format::Table => print(&text(&trial))?,
    }
    if not_taken > 0 {
        eprintln!("{not_taken} deliveries were taken by no input. `cxtrace source list` shows what is mapped.");
    }
    Ok(completion)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::usage(format!("{} cannot be read: {error}.", file.display())))?;
    // A recording may be compressed. So may a body, and then its definition says so.
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = String::new();
        let unzipped = flate2::bufread::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).is_ok();
        if unzipped && lines(&text).is_some() {
            return Ok(text.into_bytes());
        }
    }
    Ok(bytes)
}

/// The texts in a file, each with its line: recorded deliveries, or one bare body.
fn texts(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let Ok(text) = std::str::from_utf8(bytes) else { return vec![(1, bytes.to_vec())] };
    let is_recorded = |json: &str| !matches!(Delivery::from_recording(json), Ok(None));
    if let Ok(Value::Array(entries)) = serde_json::from_str(text)
        && !entries.is_empty()
        && entries.iter().all(|entry| is_recorded(&entry.to_string()))
    {
        return entries.iter().map(|entry| (1, entry.to_string().into_bytes())).collect();
    }
    lines(text).unwrap_or_else(|| vec![(1, bytes.to_vec())])
}

/// The lines of a text that has one JSON object on each of several lines, or one recorded delivery.
fn lines(text: &str) -> Option<Vec<(usize, Vec<u8>)>> {
    let lines: Vec<_> = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let is_object = |line: &str| serde_json::from_str::<serde_json::Map<String, Value>>(line).is_ok();
    let are_objects = !lines.is_empty() && lines.iter().all(|(_, line)| is_object(line));
    are_objects.then(|| lines.into_iter().map(|(at, line)| (at + 1, line.as_bytes().to_vec())).collect())
}

/// The result for people.
fn text(trial: &Trial) -> String {
    let mut text = format!("{} facts\n", trial.facts.len());
    for id in &trial.ids {
        let mark = if id.unconfirmed { " (unconfirmed)" } else { "" };
        text += &format!("  {:<10} {}:{}{mark}\n", id.id.role, id.id.namespace, id.id.value);
    }
    text += &format!("{} spans\n", trial.spans.len());
    for span in &trial.spans {
        let value = serde_json::to_value(span).unwrap_or_default();
        let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        text += &format!(
            "  {:<18} {}  {} to {}  {} {}\n",
            field("type"),
            field("name"),
            field("started_at"),
            field("ended_at"),
            field("status"),
            field("reason"),
        );
        text += &format!("    {}\n", field("key"));
        for (name, value) in &span.attributes {
            text += &format!("    {name} = {value}\n");
        }
        for event in &span.events {
            text += &format!("    {} {}\n", event.at.0.to_rfc3339(), event.name);
        }
    }
    text += &format!("{} left out\n", trial.dropped.len());
    for dropped in &trial.dropped {
        text += &format!("  {}: {}\n", dropped.path, dropped.why);
    }
    text
}
