//! `cxtrace replay --webhook-secrets`: recorded webhooks are checked as those that arrive, of the sources with a secret.

use serde_json::json;

use crate::support::{Ended, Folder, run};

const BODY: &str = r#"{"webSessionId":"b50530a3-0f14-4b64-833c-90c9d5737343","type":"web","key":"session","startedAt":"2026-03-05T13:55:00Z"}"#;

/// Replays a webhook of the source `custom` that was received at `received_at`, with these secrets.
fn replay(body: &str, received_at: &str, secrets: &serde_json::Value) -> Ended {
    let folder = Folder::new();
    // HMAC-SHA256 of "1772719205." and BODY with the key "e2e-secret", by Python's hmac.
    let signature = "sha256=7261da8e84b7e77a1041b5d1795cd87923b291a9ead815dfcd099e39ca9d73bf";
    let delivery = json!({
        "transport": "webhook",
        "source": "custom",
        "headers": {"X-Cxtrace-Timestamp": "1772719205", "X-Cxtrace-Signature": signature},
        "body": body,
        "received_at": received_at,
    });
    let recording = folder.write("recording.ndjson", delivery.to_string());
    let secrets = folder.write("secrets.json", secrets.to_string());
    run(&["replay", &recording, "--webhook-secrets", &secrets, "--format", "json"])
}

#[test]
fn a_recorded_webhook_counts_if_its_signature_is_right_or_no_secret_is_given() {
    let right = json!({"custom": "e2e-secret"});
    let of_others = json!({"vapi": "another-secret"});
    for secrets in [right, of_others] {
        let ended = replay(BODY, "2026-03-05T14:00:06Z", &secrets);
        assert_eq!((ended.code, ended.json()["journeys"].as_array().unwrap().len()), (Some(0), 1), "{ended:?}");
    }
}

#[test]
fn a_recorded_webhook_fails_if_its_signature_is_wrong() {
    let right = json!({"custom": "e2e-secret"});
    let cases = [
        (BODY.replace("session", "sessions"), "2026-03-05T14:00:06Z", &right),
        (BODY.to_owned(), "2026-03-05T14:10:06Z", &right),
        (BODY.to_owned(), "2026-03-05T14:00:06Z", &json!({"custom": "some-other-secret"})),
    ];
    for (body, received_at, secrets) in cases {
        let ended = replay(&body, received_at, secrets);
        let document = ended.json();
        assert_eq!((&document["events"]["failed"], document["journeys"].as_array().unwrap().len()), (&json!(1), 0));
        assert!(ended.stderr.contains("the webhook of custom is not authentic"), "{}", ended.stderr);
    }
}
