//! Sends events to a bus.

use serde_json::{Value, json};

use crate::support::{Folder, run, run_with, sample, server};

fn answer(codes: &[Option<&str>]) -> (u16, String) {
    let entries: Vec<_> = codes
        .iter()
        .map(|code| match code {
            None => json!({"EventId": "1"}),
            Some(code) => json!({"ErrorCode": code, "ErrorMessage": "no"}),
        })
        .collect();
    (200, json!({"FailedEntryCount": codes.iter().flatten().count(), "Entries": entries}).to_string())
}

fn aws(url: &str) -> [(&str, &str); 5] {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}

fn entries(request: &str) -> Vec<Value> {
    let body: Value = serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap();
    body["Entries"].as_array().unwrap().clone()
}

#[test]
fn events_go_in_tens_with_another_source() {
    let folder = Folder::new();
    let line = serde_json::from_str::<Value>(&sample("regular.json")).unwrap().to_string();
    let path = folder.write("events.ndjson", vec![line; 12].join("\n"));
    let (url, requests) = server(vec![answer(&[None; 10]), answer(&[None; 2])]);
    let ended = run_with(&["send", "--bus", "genesys", &path], &aws(&url));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "12 events sent, 0 failed\n"), "{}", ended.stderr);
    let first = entries(&requests.recv().unwrap());
    assert_eq!((first.len(), entries(&requests.recv().unwrap()).len()), (10, 2));
    assert_eq!(first[0]["Source"], "cxtrace.sample");
    assert_eq!(first[0]["EventBusName"], "genesys");
    assert_eq!(first[0]["DetailType"], "v2.detail.events.conversation.{id}.attributes");
    let detail: Value = serde_json::from_str(first[0]["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, serde_json::from_str::<Value>(&sample("regular.json")).unwrap()["detail"]);
}

#[test]
fn throttled_entries_are_retried_and_refused_ones_are_named() {
    let folder = Folder::new();
    let line = serde_json::from_str::<Value>(&sample("regular.json")).unwrap().to_string();
    let path = folder.write("events.ndjson", format!("{line}\n{{}}\n{line}\n"));
    let (url, requests) =
        server(vec![answer(&[Some("ThrottlingException"), Some("NotAuthorizedForSourceException")]), answer(&[None])]);
    let ended = run_with(&["send", "--bus", "genesys", &path], &aws(&url));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), "1 event sent, 2 failed\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("events.ndjson:2: the event has no `detail-type`"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("events.ndjson:3: the bus refuses the event (NotAuthorizedForSourceException: no)"),
        "{}",
        ended.stderr
    );
    assert_eq!(requests.iter().map(|request| entries(&request).len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_source_that_aws_reserves_is_refused() {
    let ended = run(&["send", "--bus", "genesys", "--source", "aws.partner/genesys.com"]);
    assert_eq!(ended.code, Some(2));
}
