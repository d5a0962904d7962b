//! A twin that asks an API: `cxtrace up --poll`.

use serde_json::json;

use crate::support::{Folder, Up, run, server};

const CALL: &str = "CA5e0f7c1d9a3b48e6a2c4d8f01b6e3a97";

/// Two pages of PolyAI's answer.
fn pages() -> Vec<(u16, String)> {
    let call = json!({"id": CALL, "started_at": "2026-03-05T08:16:20.450Z", "channel": "VOICE-SIP", "in_progress": false,
        "total_duration": 184, "polyai_duration": 97, "handoff": false, "state": {"customer_name": "Ottoline Quillfeather"}});
    vec![
        (200, json!({"conversations": [call], "cursor": "eyJwIjoxfQ"}).to_string()),
        (200, json!({"conversations": [], "cursor": null}).to_string()),
    ]
}

#[test]
fn a_twin_asks_with_the_key_and_stores_a_page_before_it_asks_for_the_next() {
    let (url, requests) = server(pages());
    let folder = Folder::new();
    let (data, secrets) = (folder.path("data"), folder.write("keys.json", r#"{"polyai": "the key of the project"}"#));
    let source = format!("polyai?url={url}/v3/a/p/conversations");
    let up = Up::start(&["up", "--data", &data, "--port", "0", "--poll", &source, "--poll-secrets", &secrets]);
    let first = requests.recv().unwrap();
    assert!(
        first.starts_with("GET /v3/a/p/conversations?end_time=") && first.contains("&limit=100&start_time="),
        "{first}"
    );
    assert!(first.contains("x-api-key: the key of the project\r\n"), "{first}");
    let second = requests.recv().unwrap();
    assert!(second.contains("&cursor=eyJwIjoxfQ "), "{second}");
    // The second page is asked for only after the first one is stored.
    assert_eq!(up.stop(), Some(0));
    let explained = run(&["explain", &format!("polyai.conversation:{CALL}"), "--data", &data]);
    assert_eq!(explained.code, Some(0), "{explained:?}");
    assert!(
        explained.stdout.contains("PolyAI conversation") && !explained.stdout.contains("Quillfeather"),
        "{explained:?}"
    );
}

#[test]
fn what_cannot_be_polled_is_refused_before_anything_starts() {
    let folder = Folder::new();
    let secrets = folder.write("keys.json", r#"{"polyai": "key"}"#);
    for (arguments, problem) in [
        (vec!["--poll", "vapi", "--poll-secrets", &secrets], "no definition of `vapi` has an input with `poll`"),
        (vec!["--poll", "polyai?region=us-1&account=a", "--poll-secrets", &secrets], "no value for `project`"),
        (vec!["--poll", "polyai?region=us-1&account=a&project=p"], "Give a file with keys by source to --poll-secrets"),
        (vec!["--poll", "polyai?url=http://api.example.com", "--poll-secrets", &secrets], "an https address"),
    ] {
        let ended = run(&[vec!["up", "--port", "0"], arguments].concat());
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(problem), "{ended:?}");
    }
}
