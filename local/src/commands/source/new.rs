//! `cxtrace source new`: the files of a new definition.

use std::fs;
use std::path::PathBuf;

use crate::commands::print::print;
use crate::failure::{CommandResult, Completion, Failure};

const DEFINITION: &str = include_str!("template/source.yaml");
const MAPPING: &str = include_str!("template/map.jq");
const SAMPLE: &str = include_str!("template/sample.ndjson");

pub(super) fn run(name: &str, folders: &[PathBuf]) -> CommandResult {
    let is_name = (2..=32).contains(&name.len())
        && name.bytes().any(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if !is_name {
        return Err(Failure::usage(format!(
            "{name} is not a source's name. Use 2 to 32 lower-case letters, digits, dashes and underscores, with at least one letter."
        )));
    }
    let folder = folders.last().cloned().unwrap_or_else(|| PathBuf::from("sources")).join(name);
    if folder.exists() {
        return Err(Failure::usage(format!("{} already exists. Choose another name.", folder.display())));
    }
    let namespace = name.replace('-', "_");
    let filled = |text: &str| text.replace("{{name}}", name).replace("{{namespace}}", &namespace);
    for (file, text) in [("source.yaml", DEFINITION), ("map.jq", MAPPING), ("samples/call.ndjson", SAMPLE)] {
        let path = folder.join(file);
        let parent = path.parent().unwrap_or(&folder);
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&path, filled(text)));
        written.map_err(|error| Failure::failed(format!("{} cannot be written: {error}.", path.display())))?;
        print(&format!("{}\n", path.display()))?;
    }
    print(&format!(
        "Next: adapt these files, then run\n  cxtrace source try {name} {}/samples/call.ndjson\n  cxtrace source check {name} --update\n",
        folder.display()
    ))?;
    Ok(Completion::All)
}
