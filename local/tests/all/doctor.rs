//! Tests that `cxtrace doctor` names each problem and its solution.

use crate::support::{run, run_with, server};

#[test]
fn without_settings_every_check_succeeds() {
    let ended = run(&["doctor"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn every_problem_is_one_line() {
    let variables = [
        ("METRIC_NAME", "genesys.{flw}"),
        ("MAX_SERIES", "many"),
        ("DD_SITE", "https://datadoghq.eu"),
        ("METRICS_TRANSPORT", "udp"),
        ("DD_API_KEY", "0123456789abcdef"),
    ];
    let ended = run_with(&["doctor"], &variables);
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn only_datadog_gets_the_key() {
    for (status, found) in [(200, "ok       Datadog key"), (403, "failed   Datadog key"), (500, "failed   Datadog key")]
    {
        let (url, requests) = server(vec![(status, "{}".to_owned())]);
        let ended = run_with(&["doctor"], &[("DD_METRICS_URL", &url), ("DD_API_KEY", "0123456789abcdef")]);
        assert_eq!(ended.code, Some(i32::from(status != 200)));
        assert!(ended.stdout.contains(found), "{}", ended.stdout);
        assert!(!format!("{ended:?}").contains("0123456789abcdef"));
        let request = requests.recv().unwrap();
        assert!(request.starts_with("GET /api/v1/validate "), "{request}");
        assert!(request.contains("dd-api-key: 0123456789abcdef"), "{request}");
    }
}
