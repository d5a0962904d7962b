//! Tests of a twin's webhooks: signatures of the sources with a secret, and deliveries that nobody reads.

use serde_json::{Value, json};

use crate::support::{Folder, Up, own, run};

/// A webhook of Bland, and its signature with [`SECRET`]: `openssl dgst -sha256 -hmac "$SECRET"`.
const BODY: &str = r#"{"call_id": "6a1f0b9c-2d3e-4f50-8a6b-7c8d9e0f1a2b", "category": "call", "message": "Call connected", "log_level": "info"}"#;
const SECRET: &str = "a secret of the vendor";
const SIGNATURE: &str = "b4f4767a90a9588814d95a7e7d9ce5d591debbf8ca51f7b295ca2c89b4796718";

#[test]
fn a_twin_with_secrets_takes_only_what_is_signed_and_leaves_other_sources_open() {
    let folder = Folder::new();
    let secrets = folder.write("secrets.json", json!({ "bland": SECRET }).to_string());
    let up = Up::start(&["up", "--port", "0", "--webhook-secrets", &secrets]);
    let ask = |headers: &str, body: &str| up.ask("POST /hooks/bland HTTP/1.1", headers, body.as_bytes()).0;
    assert_eq!(ask(&format!("x-webhook-signature: {SIGNATURE}\r\n"), BODY), 204);
    assert_eq!(ask("", BODY), 401, "without a signature");
    assert_eq!(ask(&format!("x-webhook-signature: {SIGNATURE}\r\n"), &BODY.replace("info", "warn")), 401);
    let wrong = SIGNATURE.replace('0', "1");
    assert_eq!(ask(&format!("x-webhook-signature: {wrong}\r\n"), BODY), 401);
    assert_eq!(up.ask("POST /hooks/vapi HTTP/1.1", "", b"{}").0, 204, "a source without a secret in the file");
}

#[test]
fn deliveries_that_no_input_takes_are_counted_by_source_and_transport() {
    let folder = Folder::new();
    let delivery = |at: &str, body: Value| {
        json!({
            "transport": "webhook",
            "source": "vapi",
            "headers": {"content-type": "application/json"},
            "body": body,
            "received_at": at,
        })
        .to_string()
    };
    let unknown = json!({"a_form_that_nobody_knows": 1});
    let one = delivery("2026-03-05T08:16:20Z", unknown.clone());
    let lines = [one.clone(), one, delivery("2026-03-05T08:16:21Z", unknown)].join("\n");
    let file = folder.write("deliveries.ndjson", lines);
    let ended = run(&["replay", &file, "--format", "json"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(own(&report["metrics"], "cxtrace.deliveries.unmatched"), 2, "{}", ended.stdout);
    let tags = ["source:vapi", "transport:webhook"];
    assert!(tags.iter().all(|tag| report["metrics"].to_string().contains(tag)), "{}", ended.stdout);
}

/// A contact record of Amazon Connect, as a stream hands it over: base64.
const RECORD: &str = "\
    eyJDb250YWN0SWQiOiIxMTExMTExMS0yMjIyLTQzMzMtODQ0NC01NTU1NjY2Njc3N2EiLCJDaGFubmVsIjoiVk9JQ0UiLCJJbml0aWF0aW9uTW\
    V0aG9kIjoiSU5CT1VORCIsIkluaXRpYXRpb25UaW1lc3RhbXAiOiIyMDI2LTAzLTA1VDEwOjAwOjAwWiIsIkNvbm5lY3RlZFRvU3lzdGVtVGlt\
    ZXN0YW1wIjoiMjAyNi0wMy0wNVQxMDowMDowMVoiLCJEaXNjb25uZWN0VGltZXN0YW1wIjoiMjAyNi0wMy0wNVQxMDowNTowMFoiLCJMYXN0VX\
    BkYXRlVGltZXN0YW1wIjoiMjAyNi0wMy0wNVQxMDowNjoxMFoiLCJBV1NDb250YWN0VHJhY2VSZWNvcmRGb3JtYXRWZXJzaW9uIjoiMjAxNy0w\
    My0xMCIsIkF0dHJpYnV0ZXMiOnt9fQ==";

/// What a function gets: a batch of a Kinesis stream whose name says nothing, the same behind SQS, and a request of API Gateway.
#[test]
fn what_aws_hands_to_a_function_is_read_like_a_recorded_delivery() {
    let folder = Folder::new();
    let record = json!({
        "ContactId": "11111111-2222-4333-8444-55556666777a", "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-03-05T10:00:00Z", "ConnectedToSystemTimestamp": "2026-03-05T10:00:01Z",
        "DisconnectTimestamp": "2026-03-05T10:05:00Z", "LastUpdateTimestamp": "2026-03-05T10:06:10Z",
        "AWSContactTraceRecordFormatVersion": "2017-03-10", "Attributes": {},
    });
    let form = "CallSid=CA1f3a9b1c2d4e5f60a18293a4b5c6d7e8&CallStatus=completed&Direction=inbound&CallDuration=38&\
                Timestamp=Thu%2C+05+Mar+2026+10%3A00%3A41+%2B0000&From=%2B12025550143&To=%2B12025550190";
    let recorded = [
        json!({"transport": "kinesis", "source": "Amazon-Connect", "data": record, "received_at": "2026-03-05T10:06:12Z"}),
        json!({"transport": "WEBHOOK", "source": "Twilio", "headers": {"Content-Type": "application/x-www-form-urlencoded"},
               "body": form, "received_at": "2026-03-05T10:00:42Z"}),
    ];
    let batch = json!({"Records": [{"eventSource": "aws:kinesis",
        "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/our-stream",
        "kinesis": {"data": RECORD, "approximateArrivalTimestamp": 1_772_705_172.0, "sequenceNumber": "1"}}]});
    let request = json!({"version": "2.0", "rawPath": "/hooks/twilio", "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded"}, "body": form, "isBase64Encoded": false,
        "requestContext": {"timeEpoch": 1_772_704_842_000_u64, "http": {"method": "POST"}}});
    let queued = json!({"Records": [{"eventSource": "aws:sqs", "body": recorded[0].to_string()}]});
    let journeys = |name: &str, lines: &[Value]| {
        let text: Vec<_> = lines.iter().map(ToString::to_string).collect();
        let ended = run(&["replay", &folder.write(name, text.join("\n")), "--format", "json"]);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        let spans = report["journeys"].as_array().unwrap().iter().map(|journey| journey["spans"].to_string());
        spans.collect::<std::collections::BTreeSet<_>>()
    };
    let expected = journeys("recorded.ndjson", &recorded);
    assert_eq!(expected.len(), 2);
    assert_eq!(journeys("aws.ndjson", &[batch.clone(), request.clone()]), expected);
    assert_eq!(journeys("queued.ndjson", &[queued, request.clone()]), expected);
    for (name, event) in [("amazon-connect", batch), ("twilio", request)] {
        let tried = run(&["source", "try", name, &folder.write("event.json", event.to_string()), "--format", "json"]);
        let tried: Value = serde_json::from_str(&tried.stdout).unwrap();
        assert_eq!(tried["facts"].as_array().unwrap().len(), 1, "{tried}");
    }
}
