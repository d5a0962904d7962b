//! `cxtrace privacy`: what is kept of which source, in which form, and what for.

use std::path::PathBuf;

use cxtrace_sources::registry::{Class, Definition, Subject, TextGroup, ValueKind};
use serde::Serialize;

use super::options::Format;
use super::print::{print, print_json};
use super::source::definitions;
use crate::failure::{CommandResult, Completion};

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this source
    source: Option<String>,

    /// The format of the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,

    /// A folder of definitions, on top of the built-in ones
    ///
    /// May be given more than once. [default: shared/sources/definitions and sources, if they exist here]
    #[arg(long, value_name = "DIR")]
    definitions: Vec<PathBuf>,
}

/// One thing that is kept of a source.
#[derive(Debug, Serialize)]
struct Entry {
    source: String,
    /// `id`, `phone`, `code`, `handoff`, `key`, `name`, `reason` or `attribute`.
    kind: &'static str,
    /// What it is called: a namespace or attributes' names.
    names: Vec<String>,
    class: &'static str,
    /// The only values that are kept as they are.
    values: Vec<String>,
    meaning: String,
    purpose: String,
}

pub(crate) fn run(args: &Args) -> CommandResult {
    let context = definitions::load(&definitions::folders(&args.definitions)?)?;
    let shown = |definition: &&Definition| match &args.source {
        Some(name) => definition.source == *name || definition.aliases.contains(name),
        // Nobody speaks as an abstract definition, and examples do not speak in production.
        None => !definition.is_abstract && !definition.is_example,
    };
    let entries: Vec<_> = context.registry.definitions().filter(shown).flat_map(entries).collect();
    match args.format {
        Format::Json => print_json(&entries)?,
        Format::Table => print(&text(&entries))?,
    }
    Ok(Completion::All)
}

fn class(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::Public) => "public",
        Some(Class::Pseudonym) | None => "pseudonym",
        Some(Class::Secret) => "secret",
    }
}

fn entries(definition: &Definition) -> Vec<Entry> {
    let entry = |kind, names: Vec<String>, class, values, meaning: &str, purpose: &str| Entry {
        source: definition.source.clone(),
        kind,
        names,
        class,
        values,
        meaning: meaning.to_owned(),
        purpose: purpose.to_owned(),
    };
    let mut all = Vec::new();
    for (namespace, id) in &definition.ids {
        let values = id.shapes.iter().map(|shape| shape.as_str().to_owned()).collect();
        let purpose = "Joins what systems report of one contact. Values of no listed shape are kept as a keyed hash.";
        all.push(entry("id", vec![namespace.clone()], class(id.class), values, &id.meaning, purpose));
    }
    for subject in &definition.speaks_of {
        let (kind, meaning, purpose) = match subject {
            Subject::Phones => {
                ("phone", "Phone numbers, as a keyed hash and two digits.", "Finds a customer's journeys.")
            }
            Subject::Codes => ("code", "Verification codes, as a keyed hash.", "Joins a web session and a call."),
            Subject::Handoffs => ("handoff", "Numbers that calls are sent to, as a keyed hash.", "Joins two calls."),
        };
        all.push(entry(kind, Vec::new(), "pseudonym", Vec::new(), meaning, purpose));
    }
    for (kind, groups) in [("key", &definition.keys), ("name", &definition.names), ("reason", &definition.reasons)] {
        for TextGroup { patterns, meaning, purpose } in groups {
            let values = patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
            all.push(entry(kind, Vec::new(), "public", values, meaning, purpose));
        }
    }
    for group in &definition.attributes {
        let kind = group.kind.map(|kind| match kind {
            ValueKind::Number => "a number",
            ValueKind::Flag => "true or false",
            ValueKind::Text => "a short text",
        });
        let patterns = group.patterns.iter().map(|pattern| pattern.as_str().to_owned());
        let values = group.words.iter().cloned().chain(patterns).chain(kind.map(str::to_owned)).collect();
        let class = class(Some(group.class.unwrap_or(Class::Public)));
        all.push(entry("attribute", group.names.clone(), class, values, &group.meaning, &group.purpose));
    }
    all
}

fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut source = "";
    for entry in entries {
        if entry.source != source {
            source = &entry.source;
            text += &format!("{source}\n");
        }
        let names = entry.names.join(", ");
        text += &format!("  {} {names} ({})\n    {} {}\n", entry.kind, entry.class, entry.meaning, entry.purpose);
        if !entry.values.is_empty() {
            text += &format!("    values: {}\n", entry.values.join(", "));
        }
    }
    text
}
