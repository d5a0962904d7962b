//! Counts recorded events: every form of file, failures and their messages, and exactness.

use cxtrace::generate::Traffic;
use serde_json::{Value, json};

use crate::support::{Folder, Up, gzip, lines, own, run, run_with, run_with_input, sample, totals, truth};

fn traffic(conversations: u32) -> Traffic {
    Traffic { seed: 7, conversations, hours: 6, start: "2026-03-02T06:00:00Z".parse().unwrap() }
}

#[test]
fn the_samples_have_the_documented_counts() {
    let ended = run(&["replay", "events/genesys", "--format", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    insta::assert_json_snapshot!(ended.json());
}

#[test]
fn the_stories_replay_without_a_failure() {
    let ended = run(&["replay", "events/stories"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.starts_with("93 events: 93 processed\n"), "{}", ended.stdout);
}

#[test]
fn events_changed_by_relays_count() {
    let ended = run(&["replay", "events/lenient", "--format", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let document = ended.json();
    assert_eq!(document["events"], json!({"read": 8, "processed": 8, "ignored": 0, "failed": 0}));
    let series = |point: &Value| {
        let tags: Vec<_> = point["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        format!("{} {} {}", point["metric"].as_str().unwrap(), tags.join(","), point["value"])
    };
    let metrics: Vec<_> = document["metrics"].as_array().unwrap().iter().map(series).collect();
    insta::assert_snapshot!(metrics.join("\n"));
    let spans: Vec<_> = document["journeys"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|journey| {
            journey["spans"]
                .as_array()
                .unwrap()
                .iter()
                .map(|span| format!("{} {} {}", span["type"], span["started_at"], span["ended_at"]))
        })
        .collect();
    insta::assert_snapshot!(spans.join("\n"));
}

#[test]
fn odd_events_have_the_documented_results() {
    let replayed = |name: &str| {
        let ended = run(&["replay", &format!("events/odd/{name}"), "--format", "json"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
        ended.json()
    };
    // Two strangers for each value.
    let strangers = replayed("ids-of-nobody.ndjson");
    assert_eq!(strangers["journeys"].as_array().unwrap().len(), 34);
    assert_eq!(strangers["events"]["read"], json!(34));
    assert_eq!(replayed("withheld-hand-off.ndjson")["journeys"].as_array().unwrap().len(), 2);

    // Each spelling is the customer's number; the other call to the same number is another customer's.
    let spellings = replayed("number-spellings.ndjson");
    let joined: Vec<_> = spellings["journeys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|journey| journey["ids"].as_array().unwrap().len() > 1)
        .collect();
    assert_eq!((joined.len(), spellings["journeys"].as_array().unwrap().len()), (16, 32));
    assert!(joined.iter().all(|journey| journey["phones"][0]["masked"] == "•••• 58"));

    let misspelt = replayed("misspelt-metrics.json");
    assert_eq!(own(&misspelt["metrics"], "cxtrace.attributes.malformed"), 9);
    assert_eq!(totals(&misspelt["metrics"])["genesys.flow.Main.Entered"], 1);

    let spans = &replayed("span-list-with-nulls.json")["journeys"][0]["spans"];
    assert_eq!((&spans[0]["type"], &spans[0]["ended_at"]), (&json!("telephony"), &json!("2023-03-06T10:01:00.000Z")));
}

#[test]
fn a_table_fits_a_terminal() {
    let ended = run(&["replay", "events/genesys"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ended.stdout);
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn an_event_that_fails_is_named_and_the_others_count() {
    let folder = Folder::new();
    let one_line = |name| serde_json::from_str::<Value>(&sample(name)).unwrap().to_string();
    let mut without_id: Value = serde_json::from_str(&sample("regular.json")).unwrap();
    without_id["detail"]["eventBody"].as_object_mut().unwrap().remove("conversationId");
    let text =
        format!("{}\n\n{{\"detail-type\":\n{without_id}\n{}\n", one_line("minimal.json"), one_line("regular.json"));
    let path = folder.write("day.ndjson", text);
    let ended = run(&["replay", &path, "events/malformed", "--format", "json"]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.json()["events"], json!({"read": 7, "processed": 2, "ignored": 0, "failed": 5}));
    assert_eq!(totals(&ended.json()["metrics"]).values().sum::<u64>(), 2);
    let mut named: Vec<_> = ended.stderr.lines().map(|line| line.replace(&path, "day.ndjson")).collect();
    named.sort();
    insta::assert_snapshot!(named.join("\n"));
}

#[test]
fn every_form_of_the_same_events_counts_the_same() {
    let folder = Folder::new();
    let lines = lines(&traffic(10));
    let values: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ndjson = lines.join("\n");
    let pretty: String = values.iter().map(|value| format!("{value:#}\n")).collect();
    let array = serde_json::to_string(&values).unwrap();
    let pretty_array = serde_json::to_string_pretty(&values).unwrap();

    let plain = folder.write("plain.ndjson", &ndjson);
    let expected = run(&["replay", &plain, "--format", "json"]);
    assert_eq!(expected.code, Some(0), "{}", expected.stderr);
    assert_eq!(totals(&expected.json()["metrics"]), truth(&traffic(10)));
    let same = |what: &str, ended: crate::support::Ended| {
        assert_eq!(ended.stdout, expected.stdout, "{what}: {}", ended.stderr)
    };

    same(
        "windows",
        run(&["replay", &folder.write("w.ndjson", format!("\u{feff}{}", lines.join("\r\n"))), "--format", "json"]),
    );
    same("pretty", run(&["replay", &folder.write("p.json", pretty), "--format", "json"]));
    same("array", run(&["replay", &folder.write("a.json", array), "--format", "json"]));
    same("pretty array", run(&["replay", &folder.write("pa.json", pretty_array), "--format", "json"]));
    same("gzip", run(&["replay", &folder.write("g", gzip(ndjson.as_bytes())), "--format", "json"]));
    same("standard input", run_with_input(&["replay", "-", "--format", "json"], ndjson.as_bytes()));
    same("gzip on standard input", run_with_input(&["replay", "-", "--format", "json"], &gzip(ndjson.as_bytes())));
    same("a pipe by its path", run_with_input(&["replay", "/dev/stdin", "--format", "json"], ndjson.as_bytes()));
    // Each event is a file of its own. The names of the folders do not give the order.
    for (n, line) in lines.iter().enumerate() {
        folder.write(&format!("each/{}/{:03}.json", n % 3, lines.len() - n), line);
    }
    let each = run(&["replay", &folder.path("each"), "--format", "json"]);
    assert_eq!(totals(&each.json()["metrics"]), truth(&traffic(10)));
}

#[test]
fn generated_traffic_counts_exactly_and_the_same_when_fast() {
    let folder = Folder::new();
    let path = folder.write("traffic.ndjson", lines(&traffic(150)).join("\n"));
    let slow = run(&["replay", &path, "--format", "json"]);
    let fast = run(&["replay", &path, "--format", "json", "--fast"]);
    assert_eq!(slow.code, Some(0), "{}", slow.stderr);
    let metrics = &slow.json()["metrics"];
    assert_eq!(totals(metrics), truth(&traffic(150)));
    assert_eq!(own(metrics, "cxtrace.attributes.malformed"), traffic(150).expected().malformed.len() as u64);
    assert_eq!(own(metrics, "cxtrace.occurrences.uncertain"), 0);
    assert_eq!(slow.stdout, fast.stdout);
}

#[test]
fn one_event_from_2099_changes_nothing_for_the_others() {
    let folder = Folder::new();
    let mut lines = lines(&traffic(20));
    let expected = run(&["replay", &folder.write("a.ndjson", lines.join("\n")), "--format", "json"]).json();
    let mut wrong: Value = serde_json::from_str(&lines[40]).unwrap();
    for time in ["/time", "/detail/timestamp"] {
        *wrong.pointer_mut(time).unwrap() = json!("2099-01-01T00:00:00Z");
    }
    wrong["detail"]["eventBody"]["conversationId"] = json!("from-the-future");
    wrong["detail"]["eventBody"]["attributes"] = json!({"FutureMetric_Seen(2099-01-01T00:00:00Z)": "1"});
    lines.insert(40, wrong.to_string());
    let mut found = run(&["replay", &folder.write("b.ndjson", lines.join("\n")), "--format", "json"]).json();
    let metrics = found["metrics"].as_array_mut().unwrap();
    let future = metrics.iter().position(|point| point["metric"] == "genesys.flow.Future.Seen").unwrap();
    // Its own time cannot be right, because all others are in 2026.
    assert!(metrics.remove(future)["timestamp"].as_i64().unwrap() < 1_800_000_000);
    let skewed = |document: &Value| own(&document["metrics"], "cxtrace.attributes.skewed");
    assert_eq!(skewed(&found), skewed(&expected) + 1);
    let others = |document: &Value| -> Vec<Value> {
        let all = document["metrics"].as_array().unwrap();
        all.iter().filter(|point| point["metric"] != "cxtrace.attributes.skewed").cloned().collect()
    };
    assert_eq!(others(&found), others(&expected));
}

#[test]
fn settings_are_taken_from_the_environment() {
    let regular = "events/genesys/attributes/regular.json";
    let variables = [("METRIC_NAME", "ivr.{metric}"), ("METRIC_TAGS", "env:e2e"), ("BUCKET_SECONDS", "60")];
    let ended = run_with(&["replay", regular, "--format", "json"], &variables);
    let expected = json!([{
        "metric": "ivr.Unknown",
        "tags": ["env:e2e", "flow:customerrouting", "metric:unknown"],
        "timestamp": 1_678_004_280,
        "value": 1,
    }]);
    assert_eq!(ended.json()["metrics"], expected);
    let wrong = run_with(&["replay", regular], &[("METRIC_NAME", "{flw}")]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.starts_with("error: METRIC_NAME must be a metric name with the places"), "{}", wrong.stderr);
}

#[test]
fn counts_go_to_dd_metrics_url() {
    let intake = Up::start(&["intake"]);
    let folder = Folder::new();
    let path = folder.path("now.ndjson");
    assert_eq!(run(&["generate", "--conversations", "5", "--hours", "1", "--now", "--out", &path]).code, Some(0));
    let ended = run_with(&["replay", &path, "--format", "json"], &[("DD_METRICS_URL", &intake.url())]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // Its clock is the real one, and events older than an hour are late.
    let held = intake.metrics();
    assert!(!held.as_array().unwrap().is_empty());
    let reported = ended.json()["metrics"].as_array().unwrap().clone();
    assert!(held.as_array().unwrap().iter().all(|point| reported.contains(point)));
}

#[test]
fn an_unreadable_file_ends_with_2() {
    let folder = Folder::new();
    let missing = run(&["replay", &folder.path("none.json"), "events/genesys"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("none.json does not exist. Name a file, a folder, or - for standard input."));

    let packed = gzip(lines(&traffic(10)).join("\n").as_bytes());
    let cut = folder.write("cut.ndjson.gz", &packed[..packed.len() / 2]);
    let ended = run(&["replay", &cut, "events/genesys/attributes/regular.json", "--format", "json"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("cut.ndjson.gz cannot be read after line "), "{}", ended.stderr);
    assert!(totals(&ended.json()["metrics"])["genesys.flow.CustomerRouting.Unknown"] > 0);
}

#[test]
fn the_demo_counts_exactly() {
    let ended = run(&["demo"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ended.stdout);
    insta::assert_snapshot!(ended.stdout);
}
