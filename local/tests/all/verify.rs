//! What was counted is compared with what Datadog shows.

use std::time::{Duration, Instant};

use cxtrace_clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::support::{Up, run, run_with, sample, server};

/// The sample event, as if it happened now.
fn event_of_now() -> String {
    let then = "2023-03-05T08:18:0";
    let text = sample("regular.json");
    assert!(text.contains(then), "{text}");
    let now = SystemClock.now().format("%Y-%m-%dT%H:%M:0").to_string();
    text.replace(then, &now)
}

#[test]
fn a_twin_shows_exactly_what_it_has_counted() {
    let up = Up::start(&["up", "--port", "0"]);
    assert_eq!(up.post(&event_of_now()).0, 200);
    let deadline = Instant::now() + Duration::from_secs(60);
    while up.metrics().as_array().unwrap().is_empty() {
        assert!(Instant::now() < deadline, "nothing is published");
    }
    let ended = run(&["verify", "--twin", &up.url()]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:#?}");
    let (_, rest) = ended.stdout.split_once(": ").unwrap();
    assert_eq!(
        rest,
        "1 occurrence in 1 series.\nDatadog shows exactly the same (1 count compared by series and hour).\n"
    );
}

/// Ledgers of one series, as the twin gives them.
fn ledgers(timestamp: i64, total: u64, accepted: u64) -> Value {
    json!([{
        "metric": "genesys.flow.a.b", "tags": ["flow:a", "metric:b"], "timestamp": timestamp, "total": total,
        "accepted": accepted, "unanswered": 0, "carried": 0, "uncertain": 0, "received": 0,
    }])
}

fn shown(timestamp: i64, value: f64) -> Value {
    let series = json!([{"group_tags": ["flow:a", "metric:b"], "query_index": 0, "unit": null}]);
    let attributes = json!({"times": [timestamp * 1_000], "series": series, "values": [[value]]});
    json!({"data": {"type": "timeseries_response", "attributes": attributes}})
}

#[test]
fn a_total_that_was_tampered_with_ends_with_1_and_an_outage_is_explained() {
    let hour = SystemClock.now().timestamp() / 3_600 * 3_600 - 7_200;
    let answers = |accepted, value| {
        let pair = [(200, ledgers(hour + 60, 5, accepted).to_string()), (200, shown(hour, value).to_string())];
        [pair.clone(), pair].concat()
    };
    let (url, requests) = server(answers(5, 4.0));
    let ended = run(&["verify", "--twin", &url]);
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stdout.ends_with("1 MISSING: Datadog accepted them and does not show them\n"), "{}", ended.stdout);
    assert!(requests.recv().unwrap().starts_with("GET /ledgers "));
    let query = requests.recv().unwrap();
    assert!(
        query.starts_with("POST /api/v2/query/timeseries ") && query.contains("dd-application-key: local"),
        "{query}"
    );
    assert!(query.contains("sum:genesys.flow.a.b{*} by {flow,metric}.as_count().rollup(sum, 3600)"), "{query}");

    let (url, _requests) = server(answers(2, 2.0));
    let ended = run(&["verify", "--twin", &url, "--format", "json"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(ended.json()["differences"][0]["reasons"], json!([["outage", 3]]));
}

#[test]
fn what_is_missing_is_named() {
    for (variables, wanted) in [
        (&[][..], "error: Datadog's keys are not set."),
        (&[("DD_API_KEY", "0123"), ("DD_APP_KEY", "4567")], "error: no state table is named. Name it with --table"),
    ] {
        let ended = run_with(&["verify"], variables);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.starts_with(wanted), "{}", ended.stderr);
    }
    let ended = run(&["verify", "--twin", "http://127.0.0.1:9"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.ends_with("Start it with `cxtrace up`.\n"), "{}", ended.stderr);
}
