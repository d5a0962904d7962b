//! What a hostile web page, a hostile client and another user of the machine can do to a twin: nothing.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;

use crate::support::{Folder, Up, gzip, sample};

/// A twin promises to stop within this time, whatever it is doing.
const STOP: Duration = Duration::from_secs(5);

const EVIL: &str = "origin: http://evil.example\r\n";

#[test]
fn a_web_page_stores_no_event_and_reads_no_count() {
    let up = Up::start(&["up", "--port", "0"]);
    let event = sample("regular.json");
    let status = |line: &str, headers: &str, body: &str| up.ask(line, headers, body.as_bytes()).0;
    assert_eq!(status("POST /events HTTP/1.1", "content-type: text/plain\r\n", &event), 415);
    assert_eq!(status("POST /events HTTP/1.1", EVIL, &event), 403);
    assert_eq!(status("POST /events HTTP/1.1", "sec-fetch-site: cross-site\r\n", &event), 403);
    for path in ["/metrics", "/events", "/routes", "/healthz", "/api/journeys", "/"] {
        let method = if path == "/events" { "POST" } else { "GET" };
        let line = format!("{method} {path} HTTP/1.1");
        assert_eq!(status(&line, "host: evil.example\r\n", &event), 421, "{path}");
        assert_eq!(status(&line, EVIL, &event), 403, "{path}");
    }
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let hook = "POST /hooks/nobody HTTP/1.1";
    assert_eq!(status(hook, form, "a=b"), 404, "a vendor's type passes, and nobody has this name");
    assert_eq!(status(hook, &format!("{form}{EVIL}"), "a=b"), 403);
    assert_eq!(status(hook, &format!("{form}sec-fetch-site: cross-site\r\n"), "a=b"), 403);
    assert_eq!(status(hook, &format!("{form}host: evil.example\r\n"), "a=b"), 421);
    assert_eq!(status("POST /kinesis/nobody HTTP/1.1", form, "a=b"), 415);
    assert_eq!(up.metrics(), json!([]), "nothing was stored");
    assert_eq!(up.post(&event).0, 200);
}

#[test]
fn the_intake_answers_no_web_page() {
    let up = Up::start(&["intake"]);
    let status = |line: &str, headers: &str| up.ask(line, headers, b"{\"series\":[]}").0;
    assert_eq!(status("GET /metrics HTTP/1.1", "host: evil.example\r\n"), 421);
    assert_eq!(status("GET /distributions HTTP/1.1", EVIL), 403);
    let key = "dd-api-key: local\r\n";
    assert_eq!(status("POST /api/v2/series HTTP/1.1", &format!("{key}content-type: text/plain\r\n")), 415);
    assert_eq!(status("POST /api/v2/series HTTP/1.1", &format!("{key}{EVIL}")), 403);
    assert_eq!(status("POST /api/v2/series HTTP/1.1", key), 400, "the body is looked at");
}

/// The most memory that the process has used, in bytes.
#[cfg(target_os = "linux")]
fn peak(up: &Up) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", up.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn a_small_body_that_unpacks_to_millions_of_events_is_refused_in_little_memory() {
    let up = Up::start(&["up", "--port", "0"]);
    let lines = "x\n".repeat(32 * 1024 * 1024 - 1);
    let array = format!("[{}1]", "1,".repeat(32 * 1024 * 1024 - 8));
    for text in [lines, array] {
        let packed = gzip(text.as_bytes());
        assert!(packed.len() < 400_000, "{}", packed.len());
        let (status, answer) = up.try_post("content-encoding: gzip\r\n", &packed).unwrap();
        assert_eq!(status, 413, "{answer}");
    }
    let larger = gzip(&vec![b' '; 64 * 1024 * 1024 + 1]);
    assert_eq!(up.try_post("content-encoding: gzip\r\n", &larger).unwrap().0, 400);
    assert!(peak(&up) < 512 * 1024 * 1024, "{} bytes", peak(&up));
}

#[test]
fn of_many_failed_events_a_hundred_are_listed() {
    let up = Up::start(&["up", "--port", "0"]);
    let body = format!("{}\n{}", sample("regular.json").replace('\n', " "), "oops\n".repeat(1_000));
    let (status, answer) = up.post(&body);
    assert_eq!((status, &answer["processed"]), (422, &json!(1)));
    assert_eq!((answer["failed"].as_array().unwrap().len(), &answer["failed_left_out"]), (100, &json!(900)));
}

#[test]
fn no_error_repeats_a_header() {
    let up = Up::start(&["up", "--port", "0"]);
    let (status, body) = up.ask("POST /events HTTP/1.1", "content-encoding: x447700900123\r\n", b"{}");
    assert_eq!(status, 400);
    assert!(!body.contains("447700900123"), "{body}");
}

#[test]
fn a_half_sent_request_does_not_keep_the_twin_from_stopping() {
    let up = Up::start(&["up", "--port", "0"]);
    let mut half = TcpStream::connect(("127.0.0.1", up.port)).unwrap();
    let head = "POST /events HTTP/1.1\r\nhost: local\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    half.write_all(head.as_bytes()).unwrap();
    let mut silent = TcpStream::connect(("127.0.0.1", up.port)).unwrap();
    silent.write_all(b"GET /met").unwrap();
    // Another request is answered, so both connections have been accepted.
    assert_eq!(up.get("/healthz").0, 200);
    assert_eq!(up.stop_within(STOP), Some(0), "it ends while both are open");
    drop((half, silent));
}

/// So many events of one sender, each with a hundred links of new ids, keep the assembler busy for a while.
const HUBS: usize = 60;

#[test]
fn links_of_thousands_of_ids_do_not_keep_the_twin_from_stopping() {
    let up = Up::start(&["up", "--port", "0"]);
    let at = "2026-03-05T08:16:20Z";
    let hub = |n: usize| {
        let leaves = (0..98).map(|leaf| json!({"id": format!("web.session:leaf-{n}-of-hub-{leaf}")}));
        let links: Vec<_> = leaves.chain([json!({"id": format!("crm.case:hub{}", n + 1)})]).collect();
        let span = json!({"key": "case", "type": "crm", "started_at": at, "ended_at": at});
        let detail = json!({"source": "crm", "id": format!("crm.case:hub{n}"), "links": links, "span": span});
        json!({"source": "example.telemetry", "detail-type": "Cxtrace Span", "time": at, "detail": detail}).to_string()
    };
    let (status, answer) = up.post(&(0..HUBS).map(hub).collect::<Vec<_>>().join("\n"));
    assert_eq!((status, &answer["processed"]), (200, &json!(HUBS)), "{answer}");
    assert_eq!(up.stop_within(STOP), Some(0), "it ends although journeys wait for their assembly");
}

#[test]
fn a_datadog_that_does_not_answer_does_not_keep_the_twin_from_stopping() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let (connected, first) = mpsc::channel();
    // Connections are accepted and kept, and nothing is ever answered.
    std::thread::spawn(move || {
        for connection in silent.incoming() {
            if connected.send(connection).is_err() {
                return;
            }
        }
    });
    let up = Up::start_with(&["up", "--port", "0"], &[("DD_METRICS_URL", url.as_str()), ("DD_API_KEY", "local")]);
    assert_eq!(up.post(&sample("regular.json")).0, 200);
    let connection = first.recv().unwrap();
    assert_eq!(up.stop_within(STOP), Some(1), "it ends, and says that counts are not published");
    drop((connection, first));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_what_a_twin_keeps() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let data = folder.path("data");
    let up = Up::start(&["up", "--data", &data, "--port", "0"]);
    assert_eq!(up.post(&sample("regular.json")).0, 200);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(std::path::Path::new(&data)), 0o700);
    let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
