//! Generated traffic, and its expected counts.

use serde_json::Value;

use crate::support::{Folder, run, totals};

#[test]
fn the_same_options_make_the_same_events() {
    let options = ["generate", "--seed", "3", "--conversations", "5", "--hours", "2"];
    let first = run(&options);
    assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""));
    assert_eq!(first.stdout, run(&options).stdout);
    assert!(first.stdout.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let other = run(&["generate", "--seed", "4", "--conversations", "5", "--hours", "2"]);
    assert_ne!(first.stdout, other.stdout);
}

#[test]
fn a_replay_counts_the_expected_totals() {
    let folder = Folder::new();
    let (events, expected) = (folder.path("events.ndjson"), folder.path("expected.json"));
    let options = ["--conversations", "30", "--out", &events, "--expected", &expected];
    assert_eq!(run(&[&["generate"], &options[..]].concat()).code, Some(0));
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    let replayed = run(&["replay", &events, "--format", "json", "--fast"]).json();
    assert_eq!(replayed["events"]["read"], expected["events"]);
    let made: u64 = expected["metrics"].as_array().unwrap().iter().map(|one| one["total"].as_u64().unwrap()).sum();
    assert_eq!(totals(&replayed["metrics"]).values().sum::<u64>(), made);
}

#[test]
fn a_file_that_cannot_be_written_ends_with_2() {
    let folder = Folder::new();
    let ended = run(&["generate", "--out", &folder.path("none/x")]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.ends_with("Name a file in a folder that you can write to.\n"), "{}", ended.stderr);
}
