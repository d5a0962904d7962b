//! Tests that `cxtrace explain` shows where each occurrence of a conversation counts, and why.

use serde_json::{Value, json};

use crate::support::{Folder, Up, run, run_with, sample};

const REGULAR: &str = "279c39cf-15fa-48e9-b435-f9667f4f96ba";

fn conversation(name: &str) -> String {
    let event: Value = serde_json::from_str(&sample(name)).unwrap();
    event["detail"]["eventBody"]["conversationId"].as_str().unwrap().to_owned()
}

#[test]
fn every_count_of_a_conversation_is_explained() {
    let ended = run(&["explain", REGULAR, "events/genesys"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn a_wrong_clock_and_a_malformed_name_are_explained() {
    let skewed = run(&["explain", &conversation("skewed-clock.json"), "events/genesys"]);
    insta::assert_snapshot!("skewed", skewed.stdout);
    let malformed = run(&["explain", &conversation("malformed-names.json"), "events/genesys"]);
    insta::assert_snapshot!("malformed", malformed.stdout);
}

#[test]
fn values_left_out_of_an_event_are_explained() {
    let explain = |path: &str, conversation: &str| {
        let ended = run_with(&["explain", conversation, path], &[("CORRELATION_ATTRIBUTES", "crmCaseId=crm.case")]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        ended.stdout
    };
    insta::assert_snapshot!("left_out_of_attributes", explain("events/odd/attributes-placeholder-id.json", REGULAR));
    insta::assert_snapshot!(
        "left_out_of_a_detail_event",
        explain("events/odd/customer-start-placeholders.json", REGULAR)
    );
    insta::assert_snapshot!("left_out_of_a_span", explain("events/odd/span-placeholders.json", REGULAR));
}

/// An event that was published at 08:18 and arrives after events of 12:00.
fn late() -> String {
    let mut text = String::new();
    for other in ["a", "b", "c"] {
        let mut event: Value = serde_json::from_str(&sample("regular.json")).unwrap();
        event["time"] = json!("2023-03-05T12:00:00Z");
        event["detail"]["timestamp"] = json!("2023-03-05T12:00:00Z");
        event["detail"]["eventBody"]["conversationId"] = json!(other);
        text += &format!("{event}\n");
    }
    let regular: Value = serde_json::from_str(&sample("regular.json")).unwrap();
    format!("{text}{regular}\n")
}

#[test]
fn late_counts_are_explained() {
    let folder = Folder::new();
    let path = folder.write("late.ndjson", late());
    insta::assert_snapshot!(run(&["explain", REGULAR, &path]).stdout);
}

#[test]
fn the_explanation_as_json() {
    let folder = Folder::new();
    let path = folder.write("late.ndjson", late());
    let ended = run(&["explain", REGULAR, &path, "--format", "json"]);
    assert_eq!(ended.code, Some(0));
    insta::assert_json_snapshot!(ended.json());
}

#[test]
fn a_journeys_id_and_an_id_with_its_namespace_explain_the_same_as_the_conversation() {
    let by_conversation = run(&["explain", REGULAR, "events/genesys", "--format", "json"]);
    assert_eq!(by_conversation.code, Some(0), "{}", by_conversation.stderr);
    let journey = by_conversation.json()["journey"]["id"].as_str().unwrap().to_owned();
    for id in [journey, format!("genesys.conversation:{REGULAR}")] {
        let ended = run(&["explain", &id, "events/genesys", "--format", "json"]);
        assert_eq!(ended.json(), by_conversation.json(), "{id}");
    }
}

#[test]
fn an_unknown_conversation_ends_with_1() {
    let ended = run(&["explain", "nobody", "events/genesys"]);
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout);
    assert!(!ended.stdout.contains("Conversation nobody"), "{}", ended.stdout);
}

#[test]
fn the_state_of_a_running_twin_can_be_explained() {
    let folder = Folder::new();
    let data = folder.path("data");
    let missing = run(&["explain", REGULAR, "--data", &data]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("contains no state"), "{}", missing.stderr);

    let up = Up::start(&["up", "--data", &data, "--port", "0"]);
    assert_eq!(up.post(&sample("regular.json")).0, 200);
    let ended = run(&["explain", REGULAR, "--data", &data]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("genesys.flow.CustomerRouting.Unknown at 2023-03-05T08:18:04.568Z"),
        "{}",
        ended.stdout
    );
    assert_eq!(up.stop(), Some(0));
}

#[test]
fn an_id_that_is_stored_as_a_hash_is_found_by_the_key_of_the_twin() {
    let folder = Folder::new();
    let data = folder.path("data");
    let at = "2026-03-05T09:00:00Z";
    let event = json!({
        "version": "0", "id": "1f0c33d1-6d2f-4a0b-9a53-4a1fd3a7a001", "detail-type": "Cxtrace Span",
        "source": "example.telemetry", "account": "123456789012", "time": at, "region": "eu-west-1", "resources": [],
        "detail": {
            "source": "crm", "id": "crm.case:CASE-77", "observed_at": at,
            "span": {"key": "case", "type": "crm", "started_at": at, "ended_at": "2026-03-05T09:01:00Z", "status": "ok"},
        },
    });
    let up = Up::start(&["up", "--data", &data, "--port", "0"]);
    assert_eq!(up.post(&event.to_string()).0, 200);
    assert_eq!(up.stop(), Some(0));

    let explain = || run(&["explain", "crm.case:CASE-77", "--data", &data]);
    let found = explain();
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.stdout.contains("Journey ") && found.stdout.contains("crm.case:~"), "{}", found.stdout);

    std::fs::remove_file(folder.path("data/pseudonym.key")).unwrap();
    let lost = explain();
    assert_eq!(lost.code, Some(1), "{}", lost.stdout);
    assert!(lost.stderr.contains("PSEUDONYM_KEY_SECRET_ARN"), "{}", lost.stderr);
}

#[test]
fn without_a_place_to_look_it_says_what_to_give_and_asks_nobody() {
    let ended = run(&["explain", REGULAR]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.starts_with("error: nothing says where to look. Name files or folders"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--table NAME"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("AWS_REGION"), "{}", ended.stderr);
}
