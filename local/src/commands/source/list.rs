//! `cxtrace source list`: the sources, how their events arrive, and what is not confirmed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cxtrace_sources::genesys;
use cxtrace_sources::registry::{Definition, Status};
use serde::Serialize;

use super::definitions;
use crate::commands::options::Format;
use crate::commands::print::{print, print_json};
use crate::failure::{CommandResult, Completion};

/// A source in the list.
#[derive(Serialize)]
struct Line {
    source: String,
    title: String,
    transports: BTreeSet<String>,
    events: BTreeSet<String>,
    /// `verified` only if every input is.
    status: Status,
    /// What is not confirmed.
    unconfirmed: Vec<String>,
    aliases: BTreeSet<String>,
    inputs: Vec<InputLine>,
}

#[derive(Serialize)]
struct InputLine {
    name: String,
    transport: String,
    status: Status,
    about: String,
    events: Vec<String>,
}

pub(super) fn run(format: Format, folders: &[PathBuf]) -> CommandResult {
    let context = definitions::load(&definitions::folders(folders)?)?;
    let lines: Vec<_> = context.registry.definitions().filter_map(line).collect();
    match format {
        Format::Json => print_json(&lines)?,
        Format::Table => print(&lines.iter().map(text).collect::<String>())?,
    }
    Ok(Completion::All)
}

fn line(definition: &Definition) -> Option<Line> {
    let status = |status: Option<Status>| status.unwrap_or(Status::Unconfirmed);
    let inputs: Vec<_> = definition
        .inputs
        .iter()
        .map(|input| InputLine {
            name: input.name.clone(),
            transport: input.transport.map(|transport| transport.to_string()).unwrap_or_default(),
            status: status(input.status),
            about: input.about.clone(),
            events: input.events.clone(),
        })
        .collect();
    let mut line = Line {
        source: definition.source.clone(),
        title: definition.title.clone(),
        transports: inputs.iter().map(|input| input.transport.clone()).collect(),
        events: inputs.iter().flat_map(|input| input.events.iter().cloned()).collect(),
        status: inputs.iter().map(|input| input.status).max().unwrap_or(Status::Verified),
        unconfirmed: definition
            .inputs
            .iter()
            .map(|input| input.unconfirmed.clone())
            .filter(|text| !text.is_empty())
            .collect(),
        aliases: definition.aliases.clone(),
        inputs,
    };
    if definition.source == genesys::SOURCE.as_str() {
        line.transports.insert("eventbridge".to_owned());
        line.events.extend(genesys::TOPICS.map(str::to_owned));
    }
    (!definition.is_abstract && !line.transports.is_empty()).then_some(line)
}

fn text(line: &Line) -> String {
    let transports: Vec<_> = line.transports.iter().map(String::as_str).collect();
    let mut text = format!("{} ({}): {}, {}\n", line.source, line.title, transports.join(", "), line.status);
    for input in &line.inputs {
        text += &format!("  {} ({}, {}): {}\n", input.name, input.transport, input.status, input.about);
        if !input.events.is_empty() {
            text += &format!("    {}\n", input.events.join(", "));
        }
    }
    for sentence in &line.unconfirmed {
        text += &format!("  not confirmed: {sentence}\n");
    }
    text
}
