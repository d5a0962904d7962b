//! Dashboards, monitors and metadata as code, against a fake of Datadog's API.

use serde_json::{Value, json};

use crate::fake_datadog::{API_KEY, APPLICATION_KEY, FakeDatadog};
use crate::support::{Ended, Up, run, run_with, sample};

fn cxtrace(fake: &FakeDatadog, arguments: &[&str]) -> Ended {
    let variables = [
        ("DD_METRICS_URL", fake.url.as_str()),
        ("DD_API_KEY", API_KEY),
        ("DD_APP_KEY", APPLICATION_KEY),
        ("METRIC_NAME", "genesys.flow.metric"),
    ];
    let ended = run_with(arguments, &variables);
    assert!(!format!("{ended:?}").contains(API_KEY), "{ended:#?}");
    ended
}

fn apply(fake: &FakeDatadog, options: &[&str]) -> Ended {
    cxtrace(fake, &[&["datadog", "apply"], options].concat())
}

fn dashboard(fake: &FakeDatadog, title: &str) -> (String, Value) {
    fake.with(|organisation| {
        let found = organisation.dashboards.iter().find(|(_, dashboard)| dashboard["title"] == title);
        found.map(|(id, dashboard)| (id.clone(), dashboard.clone())).unwrap()
    })
}

#[test]
fn the_second_time_nothing_changes() {
    let fake = FakeDatadog::start();
    fake.with(|organisation| {
        let metric = json!({"type": "count", "unit": null, "description": null});
        organisation.metrics.insert("cxtrace.occurrences.late".to_owned(), metric);
    });
    let first = apply(&fake, &[]);
    assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!("apply", first.stdout);
    assert!(!fake.writes().is_empty());
    let late = fake.with(|organisation| organisation.metrics["cxtrace.occurrences.late"].clone());
    assert_eq!(late["unit"], "occurrence");

    let second = apply(&fake, &[]);
    assert_eq!((second.code, fake.writes()), (Some(0), Vec::new()), "{}", second.stdout);
    assert!(second.stdout.starts_with("0 objects changed, "), "{}", second.stdout);
    let plan = cxtrace(&fake, &["datadog", "plan"]);
    assert!(plan.stdout.starts_with("Nothing needs to be changed.\n"), "{}", plan.stdout);
    assert_eq!(fake.writes(), Vec::<String>::new());
}

#[test]
fn a_change_by_hand_is_shown_and_overwritten_only_on_request() {
    let fake = FakeDatadog::start();
    apply(&fake, &[]);
    let (id, _) = dashboard(&fake, "Cxtrace journeys");
    fake.with(|organisation| {
        let held = organisation.dashboards.get_mut(&id).unwrap();
        held["widgets"][0]["definition"]["title"] = json!("My volumes");
        held["tags"] = json!(["team:cx"]);
        let monitor =
            organisation.monitors.values_mut().find(|monitor| monitor["name"] == "Counts may be doubled").unwrap();
        monitor["options"]["thresholds"]["critical"] = json!(5);
        monitor["options"]["silenced"] = json!({"*": null});
        fake_tag(monitor);
    });
    fake.writes();

    let plan = cxtrace(&fake, &["datadog", "plan"]);
    let shown: String = plan.stdout.split("\n\n").next().unwrap().to_owned();
    insta::assert_snapshot!("changed_by_hand", shown);
    let refused = apply(&fake, &[]);
    assert_eq!((refused.code, fake.writes()), (Some(0), Vec::new()));
    assert!(refused.stdout.contains("2 objects left alone."), "{}", refused.stdout);

    let overwritten = apply(&fake, &["--overwrite"]);
    assert!(overwritten.stdout.contains("2 objects changed"), "{}", overwritten.stdout);
    let (_, held) = dashboard(&fake, "Cxtrace journeys");
    assert_eq!(held["widgets"][0]["definition"]["title"], "Volumes");
    assert_eq!(held["tags"], json!(["team:cx"]));
    fake.with(|organisation| {
        let monitor =
            organisation.monitors.values().find(|monitor| monitor["name"] == "Counts may be doubled").unwrap();
        assert_eq!(monitor["options"]["thresholds"]["critical"], 0.0);
        assert!(monitor["tags"].as_array().unwrap().contains(&json!("team:cx")));
    });
    fake.writes();
    assert_eq!((apply(&fake, &[]).code, fake.writes()), (Some(0), Vec::new()));
}

fn fake_tag(monitor: &mut Value) {
    monitor["tags"].as_array_mut().unwrap().push(json!("team:cx"));
}

#[test]
fn what_is_not_ours_is_never_touched() {
    let fake = FakeDatadog::start();
    fake.with(|organisation| {
        let mine = json!({"id": "mine", "title": "Cxtrace journeys", "description": "Mine.", "layout_type": "free", "widgets": []});
        organisation.dashboards.insert("mine".to_owned(), mine);
        let mine = json!({"id": 7, "name": "Mine", "query": "q", "message": "", "tags": ["team:cx"], "options": {}});
        organisation.monitors.insert(7, mine);
    });
    let plan = cxtrace(&fake, &["datadog", "plan"]);
    assert!(plan.stdout.contains("mine has the same name and is not managed by cxtrace."), "{}", plan.stdout);
    assert_eq!(apply(&fake, &["--overwrite", "--prune"]).code, Some(0));
    assert_eq!(apply(&fake, &["--stack", "other"]).code, Some(1), "its monitors exist already, word for word");
    fake.writes();
    let destroyed = cxtrace(&fake, &["datadog", "destroy"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
    fake.with(|organisation| {
        assert_eq!(organisation.dashboards["mine"]["description"], "Mine.");
        assert!(organisation.monitors.contains_key(&7));
        // The other stack's dashboards are still there.
        assert_eq!(organisation.dashboards.len(), 4);
        assert_eq!(organisation.monitors.len(), 1);
    });
    let again = cxtrace(&fake, &["datadog", "destroy"]);
    assert_eq!(again.stdout, "Nothing in Datadog carries the mark of the stack cxtrace. Nothing was deleted.\n");
}

#[test]
fn a_monitor_in_the_way_is_named_and_the_rest_is_done() {
    let fake = FakeDatadog::start();
    let plan = cxtrace(&fake, &["datadog", "plan", "--format", "json", "--only", "overflow"]).json();
    fake.with(|organisation| {
        let mut mine = plan.clone();
        mine["id"] = json!(99);
        organisation.monitors.insert(99, mine);
    });
    let ended = apply(&fake, &[]);
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!("conflict", ended.stderr);
    assert_eq!(fake.with(|organisation| organisation.dashboards.len()), 3);
}

#[test]
fn no_longer_wanted_objects_are_deleted_only_on_request() {
    let fake = FakeDatadog::start();
    apply(&fake, &["--aws-integration"]);
    let plan = cxtrace(&fake, &["datadog", "plan"]);
    assert!(
        plan.stdout.contains("not wanted   monitor   Events are in a dead-letter queue [dead-letters]"),
        "{}",
        plan.stdout
    );
    let before = fake.with(|organisation| organisation.monitors.len());
    apply(&fake, &[]);
    assert_eq!(fake.with(|organisation| organisation.monitors.len()), before);
    apply(&fake, &["--prune"]);
    assert_eq!(fake.with(|organisation| organisation.monitors.len()), before - 2);
}

#[test]
fn the_rate_limit_is_waited_for_and_a_missing_scope_is_named() {
    let fake = FakeDatadog::start();
    fake.with(|organisation| organisation.limited = 3);
    assert_eq!(apply(&fake, &[]).code, Some(0));
    fake.with(|organisation| {
        organisation.missing_scopes.insert("monitors_write");
        organisation.monitors.clear();
    });
    let ended = apply(&fake, &[]);
    assert_eq!(ended.code, Some(1));
    let first = ended.stderr.lines().next().unwrap();
    assert!(first.ends_with("and that the application key has the scope monitors_write."), "{first}");
    fake.with(|organisation| organisation.limited = 100);
    let ended = cxtrace(&fake, &["datadog", "plan"]);
    assert!(ended.stderr.contains("Datadog's rate limit dashboards is reached"), "{}", ended.stderr);
}

#[test]
fn without_keys_a_plan_is_compared_with_nothing_and_nothing_else_runs() {
    let plan = run(&["datadog", "plan"]);
    assert_eq!(plan.code, Some(0));
    assert!(plan.stdout.starts_with("DD_API_KEY and DD_APP_KEY are not set, so this is compared with nothing.\n"));
    assert!(plan.stdout.contains("Left out: flow-metrics and the monitors of flows."), "{}", plan.stdout);
    for command in ["apply", "destroy"] {
        let ended = run(&["datadog", command]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.starts_with("error: Datadog's keys are not set. Set DD_API_KEY"), "{}", ended.stderr);
    }
    for arguments in
        [&["datadog", "plan", "--only", "x"][..], &["datadog", "dashboard"], &["datadog", "plan", "--stack", "A B"]]
    {
        assert_eq!(run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn the_flows_that_a_twin_has_counted_have_a_dashboard() {
    let up = Up::start(&["up", "--port", "0"]);
    assert_eq!(up.post(&sample("regular.json")).0, 200);
    let ended = run(&["datadog", "dashboard", "--flows", "--twin", &up.url()]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let text = ended.stdout.clone();
    assert!(text.contains("sum:genesys.flow.CustomerRouting.Unknown{$flow,$metric}.as_count()"), "{text}");
    assert_eq!(ended.json()["layout_type"], "ordered");
    let stack = run(&["datadog", "stack", "--twin", &up.url()]).json();
    assert!(stack["Resources"]["FlowSilentCustomerroutingMonitor"].is_object(), "{stack}");
}
