//! Hostile requests: none panics, none is stored, and no answer repeats anything of them.

use serde_json::{Value, json};

use crate::support::{BODY, Fixture, event};

const CANARY: &str = "+12025550143";

#[tokio::test]
async fn odd_paths_headers_and_bodies_are_refused() {
    let fixture = Fixture::new();
    let long = "a".repeat(100_000);
    let sources = ["../timed", "timed/", "TIMED", "timed%00", "", "%2e%2e", "a b", "tïmed", &long, CANARY];
    let headers: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("x-signature", "")],
        vec![("x-signature", &long)],
        vec![("x-signature", "t=1739537320,v0=ümlaut")],
        vec![("x-signature", "t=,v0="), ("content-encoding", "gzip")],
        vec![("authorization", "Bearer "), ("x-signature", CANARY)],
    ];
    for source in sources.iter().chain(&["timed", "twilio", "zoom", "ringcentral", "8x8", "plain"]) {
        for headers in &headers {
            for body in [BODY, "", "\u{0}", &long, "CallSid=CA%00&CallSid=%ff", "[[[[[[[[[["] {
                let answer = fixture.send(event(source, headers, body)).await;
                assert!([401, 404].contains(&answer.status.as_u16()), "{source:.20} {headers:.60?}: {}", answer.status);
                let body = String::from_utf8(answer.body).unwrap();
                assert!(!body.contains(CANARY) && body.len() < 200, "{body}");
            }
        }
    }
    assert!(fixture.stored().is_empty());
}

#[tokio::test]
async fn events_without_their_parts_are_refused() {
    let fixture = Fixture::new();
    for part in ["rawPath", "rawQueryString", "headers", "body", "isBase64Encoded"] {
        let mut event: Value = fixture.timed();
        event.as_object_mut().unwrap().remove(part);
        let status = fixture.status(event).await;
        let expected = match part {
            "rawPath" => 404,
            "rawQueryString" | "isBase64Encoded" => 204,
            _ => 401,
        };
        assert_eq!(status, expected, "without {part}");
    }
    let mut event = fixture.timed();
    event["requestContext"]["domainName"] = json!(null);
    event["headers"]["host"] = json!("");
    assert_eq!(fixture.status(event).await, 204, "this signature does not cover the URL");
}

#[tokio::test]
async fn a_request_for_one_source_does_not_pass_for_another() {
    let fixture = Fixture::new();
    let mut event = fixture.timed();
    event["rawPath"] = json!("/hooks/zoom");
    assert_eq!(fixture.status(event).await, 401);
    assert!(fixture.stored().is_empty());
}
