//! Recordings of several platforms, in the vendors' own shapes: which of them join, and that the order of arrival and
//! duplicates change nothing. `events/joins` and `events/stories` have the recordings.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{Folder, root, run_with};

/// The attributes of Genesys that name ids in these recordings.
const CORRELATIONS: (&str, &str) = ("CORRELATION_ATTRIBUTES", "uui=uui,traceparent=trace");

/// The journeys of a recording.
fn journeys(path: &str) -> Vec<Value> {
    let ended = run_with(&["replay", path, "--format", "json"], &[CORRELATIONS]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{path}");
    let document = ended.json();
    assert_eq!(document["events"]["failed"], 0, "{path}");
    document["journeys"].as_array().unwrap().clone()
}

/// What does not depend on the order of arrival: the ids, and the spans with their times and endings.
fn content(journey: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or("-").to_owned();
    let ids = journey["ids"].as_array().unwrap().iter();
    let ids = ids.map(|id| format!("{}:{}", text(id, "namespace"), text(id, "value")));
    let fields = ["platform", "key", "type", "started_at", "ended_at", "status", "reason"];
    let spans = journey["spans"].as_array().unwrap().iter();
    let spans = spans.map(|span| fields.map(|name| text(span, name)).join(" | "));
    (ids.collect(), spans.collect())
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// The recording as it is, reversed, in an order of no meaning, and with each delivery twice.
fn orders(path: &Path) -> Vec<Vec<String>> {
    let lines = lines(path);
    let mut shuffled = lines.clone();
    // By their last characters, which have nothing to do with time.
    shuffled.sort_by_key(|line| line.chars().rev().collect::<String>());
    let reversed = lines.iter().rev().cloned().collect();
    let doubled = shuffled.iter().chain(&lines).cloned().collect();
    vec![lines, reversed, shuffled, doubled]
}

#[test]
fn each_pair_joins_and_its_look_alike_does_not() {
    let mut pairs = 0;
    for entry in std::fs::read_dir(root().join("events/joins")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        pairs += 1;
        let number = |name: &str| journeys(folder.join(name).to_str().unwrap()).len();
        assert_eq!(number("joins.ndjson"), 1, "{} does not join", folder.display());
        assert!(number("lookalike.ndjson") > 1, "{}: the look-alike joins", folder.display());
    }
    assert!(pairs >= 20, "{pairs}");
}

#[test]
fn each_story_is_the_same_journey_in_any_order() {
    let folder = Folder::new();
    let mut stories = 0;
    for entry in std::fs::read_dir(root().join("events/stories")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "ndjson") {
            continue;
        }
        stories += 1;
        let mut first = None;
        for (number, order) in orders(&path).iter().enumerate() {
            let copy = folder.write(&format!("{number}.ndjson"), order.join("\n"));
            let found = journeys(&copy);
            let [journey] = found.as_slice() else { panic!("{}: {} journeys", path.display(), found.len()) };
            let content = content(journey);
            let expected = first.get_or_insert_with(|| content.clone());
            assert_eq!(*expected, content, "{}, order {number}", path.display());
        }
    }
    assert!(stories >= 4, "{stories}");
}

#[test]
fn the_journey_over_seven_systems_has_the_expected_ids_and_spans() {
    let expected = std::fs::read_to_string(root().join("events/stories/seven-systems.expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let found = journeys("events/stories/seven-systems.ndjson");
    let (ids, spans) = content(&found[0]);
    let texts = |name: &str| -> BTreeSet<String> {
        expected[name].as_array().unwrap().iter().map(|id| id.as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(ids, texts("ids"));
    let mut wanted = expected.clone();
    wanted["ids"] = Value::Array(Vec::new());
    assert_eq!(spans, content(&wanted).1);
    assert!(found[0]["platforms"].as_array().unwrap().len() >= 7);
}

#[test]
fn the_backend_of_the_demo_stands_below_its_data_action_and_on_two_clocks() {
    let found = journeys("events/opentelemetry/slow-database.ndjson");
    let [journey] = found.as_slice() else { panic!("{} journeys", found.len()) };
    let spans = journey["spans"].as_array().unwrap();
    let span = |platform: &str, name: &str| {
        spans.iter().find(|span| span["platform"] == platform && span["name"] == name).unwrap()
    };
    let action = span("shop-eu", "POST /data-actions/find-account");
    assert!(action["parent"].as_str().unwrap().contains(":flow:"), "{action}");
    // The transfer lost traceparent, and the trace before is named.
    let trace = |span: &Value| span["key"].as_str().unwrap().rsplit(':').nth(1).unwrap().to_owned();
    assert_ne!(trace(action), trace(span("shop-eu", "POST /screen-pop")));
    // The clock of the other region is ahead, so its span began after its caller had ended.
    let served = span("shop-us", "GET /accounts/{id}");
    let caller = spans.iter().find(|span| span["key"] == served["parent"]).unwrap();
    let time = |span: &Value, name: &str| span[name].as_str().unwrap().to_owned();
    assert_eq!(caller["platform"], "shop-eu");
    assert!(time(&served["raw"], "started_at") > time(caller, "ended_at"), "{served}");
    assert!(time(served, "started_at") >= time(caller, "started_at"), "{served}");
    assert!(time(served, "ended_at") <= time(caller, "ended_at"), "{served}");
}
