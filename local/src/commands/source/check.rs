//! `cxtrace source check`: definitions, mappings and samples.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cxtrace_clock::{Clock, SystemClock};
use cxtrace_sources::Context;
use cxtrace_sources::registry::Definition;
use cxtrace_sources::trial;
use serde_json::Value;

use super::definitions;
use crate::commands::print::print;
use crate::failure::{CommandResult, Completion, Failure};

pub(super) fn run(name: Option<&str>, update: bool, folders: &[PathBuf]) -> CommandResult {
    let folders = definitions::folders(folders)?;
    let context = definitions::load(&folders)?;
    if let Some(name) = name
        && context.registry.source(name).is_none()
        && !context.registry.definitions().any(|definition| definition.source == name)
    {
        return Err(Failure::usage(format!("no definition is called {name}. `cxtrace source list` shows all.")));
    }
    let mut faults = Vec::new();
    let mut checked = 0;
    for definition in context.registry.definitions() {
        if name.is_some_and(|name| name != definition.source && !definition.aliases.contains(name)) {
            continue;
        }
        checked += 1;
        if let Some(folder) = definitions::folder_of(&definition.source, &folders) {
            samples(definition, &folder, update, &context, &mut faults)?;
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    print(&format!("{} checked, {}\n", counted(checked, "definition"), counted(faults.len(), "fault")))?;
    Ok(if faults.is_empty() { Completion::All } else { Completion::Partial })
}

/// Compares each sample with what stands beside it, or writes it there.
fn samples(
    definition: &Definition,
    folder: &Path,
    update: bool,
    context: &Context,
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    // What only serves others to extend reads nothing itself.
    if definition.inputs.is_empty() || definition.is_abstract {
        return Ok(());
    }
    let mut read = BTreeSet::new();
    for path in files(&folder.join("samples")) {
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::failed(format!("{} cannot be read: {error}.", path.display())))?;
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let (found, inputs) = match trial::case(&lines, &definition.source, SystemClock.now(), context) {
            Ok(found) => found,
            Err(fault) => {
                faults.push(format!("{}: {fault}", path.display()));
                continue;
            }
        };
        read.extend(inputs);
        let expected = path.with_extension("expected.json");
        let known = fs::read_to_string(&expected).ok();
        let known: Option<Value> = known.and_then(|text| serde_json::from_str(&text).ok());
        if known.as_ref() == Some(&found) {
            continue;
        }
        if update {
            let mut text = serde_json::to_string_pretty(&found)?;
            text.push('\n');
            fs::write(&expected, text)
                .map_err(|error| Failure::failed(format!("{} cannot be written: {error}.", expected.display())))?;
            eprintln!("{} is written. Read it before you keep it.", expected.display());
        } else if let Some(known) = known {
            let difference = difference("", &known, &found).unwrap_or_default();
            faults.push(format!(
                "{}: {difference}. If the new result is right, run `cxtrace source check {} --update`",
                expected.display(),
                definition.source
            ));
        } else {
            faults.push(format!(
                "{} is missing. Run `cxtrace source check {} --update`",
                expected.display(),
                definition.source
            ));
        }
    }
    for input in &definition.inputs {
        if !read.iter().any(|(source, name)| *source == definition.source && *name == input.name) {
            faults.push(format!(
                "{}: no sample is read by the input {}. Add one, or correct its `when`",
                folder.join("samples").display(),
                input.name
            ));
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "ndjson")).collect();
    files.sort();
    files
}

/// The first place where two values differ.
fn difference(path: &str, known: &Value, found: &Value) -> Option<String> {
    match (known, found) {
        (Value::Object(one), Value::Object(two)) => {
            let names: BTreeSet<_> = one.keys().chain(two.keys()).collect();
            names.into_iter().find_map(|name| {
                let path = format!("{path}.{name}");
                match (one.get(name), two.get(name)) {
                    (Some(one), Some(two)) => difference(&path, one, two),
                    (Some(one), None) => Some(format!("{path} was {one} and is missing")),
                    (None, two) => Some(format!("{path} is new: {}", two.cloned().unwrap_or_default())),
                }
            })
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            one.iter().zip(two).enumerate().find_map(|(at, (one, two))| difference(&format!("{path}[{at}]"), one, two))
        }
        (Value::Array(one), Value::Array(two)) => {
            Some(format!("{path} had {} entries and has {}", one.len(), two.len()))
        }
        (one, two) => (one != two).then(|| format!("{path} was {one} and is {two}")),
    }
}
