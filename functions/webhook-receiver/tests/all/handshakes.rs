//! Vendors' handshakes through the route.

use serde_json::json;
use webhook_receiver::Unsigned;

use crate::support::{Fixture, SECRET, event, sign};

const VALIDATION: &str = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#;

#[tokio::test]
async fn zoom_is_answered_only_if_it_signs() {
    let fixture = Fixture::new();
    let answer = fixture.send(event("zoom", &[("x-signature", &sign(SECRET, VALIDATION))], VALIDATION)).await;
    assert_eq!(answer.status.as_u16(), 200);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["encryptedToken"], sign(SECRET, "qgg8vlvZRS6UYooatFL8Aw"));
    assert_eq!(fixture.status(event("zoom", &[], VALIDATION)).await, 401, "nobody else has us sign anything");
    assert!(fixture.stored().is_empty(), "a handshake holds no event");
}

#[tokio::test]
async fn ringcentral_and_8x8_are_answered_without_a_signature_and_nothing_is_stored() {
    let fixture = Fixture::new();
    let answer = fixture.send(event("ringcentral", &[("validation-token", "f3a1")], "")).await;
    assert_eq!((answer.status.as_u16(), answer.headers["validation-token"].to_str().unwrap()), (200, "f3a1"));
    let verify = r#"{"notificationVersion":"v2.0","eventType":"WEB_HOOK_VERIFY"}"#;
    assert_eq!(fixture.status(event("8x8", &[], verify)).await, 200);
    assert_eq!(fixture.status(event("8x8", &[], r#"{"eventType":"QUEUED"}"#)).await, 401);
    assert_eq!(fixture.status(event("timed", &[("validation-token", "f3a1")], "")).await, 401, "another source");
    assert!(fixture.stored().is_empty());
    let without = Fixture::with(Some(json!({}).to_string()), Unsigned::Refused);
    assert_eq!(without.status(event("ringcentral", &[("validation-token", "f3a1")], "")).await, 401, "not enabled");
}
