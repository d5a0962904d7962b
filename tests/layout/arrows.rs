//! Which crate uses which: compares the drawing in `docs/architecture.md` with every `Cargo.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::root;

/// Crates, each with the crates that it uses.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Crates that the domain and the store must not depend on, not even through other crates.
const FORBIDDEN: [&str; 6] = ["lambda_runtime", "aws_lambda_events", "aws-sdk-sqs", "reqwest", "rustls", "hyper"];

fn short(name: &str) -> &str {
    name.strip_prefix("cxtrace-").unwrap_or(name)
}

/// The output of `cargo metadata`, with or without external crates.
fn metadata(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(["metadata", "--format-version", "1", "--offline"]).args(arguments);
    let output = output.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The lines of the drawing, from top to bottom.
pub(crate) fn drawn() -> Vec<(String, BTreeSet<String>)> {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let block = text.split("```crates\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let line = |line: &str| {
        let (name, uses) = line.split_once("->").unwrap_or((line, ""));
        let uses = uses.split(',').map(str::trim).filter(|used| !used.is_empty());
        (name.trim().to_owned(), uses.map(str::to_owned).collect())
    };
    block.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// The dependencies between the crates of the workspace, except those of tests.
fn declared() -> Arrows {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<_> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let uses = |package: &Value| {
        let manifest = std::fs::read_to_string(Path::new(package["manifest_path"].as_str().unwrap())).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        dependencies.keys().filter(|name| names.contains(name.as_str())).map(|name| short(name).to_owned()).collect()
    };
    packages.iter().map(|package| (short(package["name"].as_str().unwrap()).to_owned(), uses(package))).collect()
}

#[test]
fn the_drawing_of_the_crates_matches_the_manifests() {
    let declared = declared();
    let drawn = drawn();
    let differences: Vec<_> = drawn
        .iter()
        .filter(|(name, uses)| declared.get(name) != Some(uses))
        .map(|(name, uses)| format!("{name} is drawn with {uses:?} and declares {:?}", declared.get(name)))
        .collect();
    assert!(differences.is_empty(), "docs/architecture.md differs:\n{}", differences.join("\n"));
    let missing: Vec<_> = declared.keys().filter(|name| !drawn.iter().any(|(other, _)| other == *name)).collect();
    assert!(missing.is_empty(), "docs/architecture.md does not draw {missing:?}");
}

#[test]
fn arrows_point_to_crates_above_only() {
    let mut above = BTreeSet::new();
    for (name, uses) in drawn() {
        assert!(uses.is_subset(&above), "{name} uses {:?}, which stand below it", uses.difference(&above));
        above.insert(name);
    }
}

#[test]
fn nothing_but_the_explorer_function_serves_the_explorer() {
    let drivers = ["local", "cxtrace", "tests", "bench"];
    for (name, uses) in declared() {
        if uses.contains("explorer") && !drivers.contains(&name.as_str()) {
            assert_eq!(name, "journey-explorer");
        }
    }
}

#[test]
fn domain_and_store_reach_no_http_no_lambda_and_no_queue() {
    let metadata = metadata(&[]);
    let names: BTreeMap<_, _> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let used: BTreeMap<_, Vec<_>> = nodes
        .iter()
        .map(|node| {
            let is_normal =
                |used: &&Value| used["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
            let used = node["deps"].as_array().unwrap().iter().filter(is_normal);
            (node["id"].as_str().unwrap(), used.map(|used| used["pkg"].as_str().unwrap()).collect())
        })
        .collect();
    for name in ["cxtrace-domain", "cxtrace-store"] {
        let mut waiting: Vec<_> = names.iter().filter(|(_, other)| **other == name).map(|(id, _)| *id).collect();
        let mut reached = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                waiting.extend(&used[id]);
            }
        }
        let forbidden: Vec<_> = reached.iter().map(|id| names[id]).filter(|name| FORBIDDEN.contains(name)).collect();
        assert!(reached.len() > 10 && forbidden.is_empty(), "{name} depends on {forbidden:?}");
    }
}
