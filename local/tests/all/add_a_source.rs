//! `docs/add-a-source.md`: its commands are run in an empty folder, and print what the page says.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ended, Folder, command, root};

/// The fenced blocks of the page, each with its kind.
fn blocks() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(root().join("docs/add-a-source.md")).unwrap();
    let fenced = page.split("\n```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).map(|(kind, text)| (kind.to_owned(), text.to_owned())).collect()
}

fn run(line: &str, folder: &Path) -> Ended {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("cxtrace"), "{line}");
    let arguments: Vec<_> = words.collect();
    let output = command(&arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn the_commands_of_the_page_print_what_the_page_says() {
    let folder = Folder::new();
    let path = folder.path("");
    let path = Path::new(&path);
    let blocks = blocks();
    let mut ran = 0;
    for (at, (kind, text)) in blocks.iter().enumerate() {
        if kind == "json" && text.contains("com.example.sbc") {
            folder.write("trunk.ndjson", text);
        }
        if kind != "sh" {
            continue;
        }
        let mut printed = String::new();
        for line in text.lines() {
            let ended = run(line, path);
            assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
            printed += &ended.stdout;
            ran += 1;
        }
        let (kind, expected) = &blocks[at + 1];
        assert_eq!(kind, "text", "after {text}");
        assert!(printed.starts_with(expected.trim_end()), "{text} prints:\n{printed}\ninstead of:\n{expected}");
    }
    assert_eq!(ran, 5);

    // The two events of the page are those of the sample.
    let sample = std::fs::read_to_string(path.join("sources/acme/samples/call.ndjson")).unwrap();
    let bodies =
        sample.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].as_str().unwrap().to_owned());
    let bodies: Vec<Value> = bodies.map(|body| serde_json::from_str(&body).unwrap()).collect();
    let shown: Vec<Value> = blocks[0].1.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(bodies, shown);

    let replayed = run("cxtrace replay sources/acme/samples/call.ndjson trunk.ndjson --format json", path).json();
    assert_eq!(replayed["journeys"].as_array().unwrap().len(), 1, "{replayed}");
    assert_eq!(replayed["journeys"][0]["platforms"], serde_json::json!(["sbc", "acme"]));

    let map = std::fs::read_to_string(path.join("sources/acme/map.jq")).unwrap();
    folder.write("sources/acme/map.jq", map.replacen("(.at |", "(now |", 1));
    let fault = run("cxtrace source check acme", path);
    assert_eq!(fault.code, Some(1));
    let shown = blocks.iter().map(|(_, text)| text.trim()).find(|text| text.starts_with("error:")).unwrap();
    assert_eq!(fault.stderr.trim(), shown);
}

#[test]
fn a_source_is_listed_with_what_is_kept_of_it() {
    let folder = Folder::new();
    let path = folder.path("");
    let path = Path::new(&path);
    assert_eq!(run("cxtrace source new acme", path).code, Some(0));
    assert_eq!(run("cxtrace source new acme", path).code, Some(2), "it exists");
    assert_eq!(run("cxtrace source new Acme", path).code, Some(2), "it is not a name");
    assert_eq!(run("cxtrace source try nobody sources/acme/map.jq", path).code, Some(2));

    let list = run("cxtrace source list --format json", path).json();
    let of = |name: &str| list.as_array().unwrap().iter().find(|line| line["source"] == name).unwrap().clone();
    let acme = of("acme");
    assert_eq!(acme["transports"], serde_json::json!(["webhook"]));
    assert_eq!(acme["events"], serde_json::json!(["call.ended", "call.started"]));
    assert_eq!(acme["status"], "unconfirmed");
    assert_eq!(of("genesys")["status"], "verified");

    let kept = run("cxtrace privacy acme --format json", path).json();
    let attribute = kept.as_array().unwrap().iter().find(|entry| entry["kind"] == "attribute").unwrap();
    assert_eq!(attribute["names"], serde_json::json!(["acme.direction"]));
    assert_eq!(attribute["values"], serde_json::json!(["inbound", "outbound"]));
    assert_eq!((&attribute["class"], &attribute["meaning"]), (&Value::from("public"), &Value::from("Who called.")));
    let all = run("cxtrace privacy", path);
    assert!(all.code == Some(0) && all.stdout.contains("genesys.conversation"), "{all:?}");
}

#[test]
fn a_bare_body_is_tried_as_its_source_would_send_it() {
    let folder = Folder::new();
    let path = folder.path("");
    let path = Path::new(&path);
    run("cxtrace source new acme", path);
    folder.write("one.json", r#"{"event": "call.started", "call_id": "call-4711", "at": "2026-03-05T08:16:20Z"}"#);
    folder.write("other.json", r#"{"event": "agent.login"}"#);
    folder.write("broken.json", "{");
    let tried = run("cxtrace source try acme one.json other.json --format json", path).json();
    assert_eq!(tried["ids"][0]["value"], "call-4711");
    assert_eq!(tried["spans"][0]["started_at"], "2026-03-05T08:16:20.000Z");
    assert_eq!(tried["dropped"][0], serde_json::json!({"path": "body", "why": "no input of the source takes it"}));
    let broken = run("cxtrace source try acme broken.json", path);
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.starts_with("broken.json:1: the event cannot be read: body is not valid JSON"), "{broken:?}");
}
