//! Tests that a person is erased from a twin by the command and by the API.

use serde_json::{Value, json};

use crate::support::{Folder, Up, run, run_with_input};

const NUMBER: &str = "+447700900161";

/// A call of a person, as the twin takes it.
fn call(id: &str, number: &str) -> String {
    json!({
        "detail-type": "Cxtrace Span",
        "source": "com.example.sbc",
        "time": "2023-11-15T12:00:00Z",
        "detail": {
            "source": "sbc",
            "id": id,
            "observed_at": "2023-11-15T12:00:00Z",
            "span": {"key": "s1", "type": "telephony", "started_at": "2023-11-15T11:59:00Z", "status": "ok"},
            "phones": [{"party": "customer", "number": number}],
        },
    })
    .to_string()
}

fn with_calls(arguments: &[&str]) -> Up {
    let up = Up::start(arguments);
    for event in [call("sip.call_id:a84b4c76e66710", NUMBER), call("sip.call_id:c84b4c76e66712", "+447700900274")] {
        assert_eq!(up.post(&event).0, 200);
    }
    up
}

#[test]
fn the_api_of_a_twin_erases_a_person_and_nobody_else() {
    let up = with_calls(&["up", "--port", "0"]);
    let erase = |number: &str| {
        let body = json!({ "phone": number }).to_string();
        let (status, body) = up.ask("POST /api/subjects/erase HTTP/1.1", "", body.as_bytes());
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, report) = erase("0044 7700 900161");
    assert_eq!((status, &report["complete"], &report["journeys"]), (200, &json!(true), &json!(1)), "{report}");
    assert_eq!(erase(NUMBER).1["journeys"], 0, "there is nothing left");
    assert_eq!(up.post(&call("sip.call_id:a84b4c76e66710", NUMBER)).0, 200, "the vendor sends it again");
    assert_eq!(erase("+447700900274").1["journeys"], 1, "the other person was still there");
}

#[test]
fn the_command_counts_first_and_erases_with_yes() {
    let folder = Folder::new();
    let data = folder.path("data");
    with_calls(&["up", "--data", &data, "--port", "0"]).stop();
    let erase = |more: &[&str]| run(&[&["erase", NUMBER, "--data", &data], more].concat());
    for _ in 0..2 {
        let dry = erase(&[]);
        assert_eq!(dry.code, Some(0), "{dry:#?}");
        assert_eq!(
            dry.stdout,
            "Found 1 journey of this number, with 1 fact. Nothing is changed. Add --yes to erase them.\n"
        );
    }
    let erased = erase(&["--yes"]);
    assert_eq!(erased.code, Some(0), "{erased:#?}");
    assert!(erased.stdout.starts_with("Erased 1 journey with 1 fact: "), "{}", erased.stdout);
    assert!(!erased.stdout.contains("900161"), "{}", erased.stdout);
    let again = run_with_input(&["erase", "-", "--data", &data, "--yes"], b"+44 7700 900161\n");
    assert!(again.stdout.starts_with("Erased 0 journeys with 0 facts: 0 items"), "{again:#?}");
}

#[test]
fn an_erasure_needs_a_number_and_tables() {
    let folder = Folder::new();
    for (arguments, said) in [
        (vec!["erase", NUMBER], "--data"),
        (vec!["erase", NUMBER, "--data", &folder.path("nowhere")], "contains no state"),
    ] {
        let ended = run(&arguments);
        assert_eq!(ended.code, Some(2), "{ended:#?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}
