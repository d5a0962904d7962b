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
