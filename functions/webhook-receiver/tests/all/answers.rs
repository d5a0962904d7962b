//! What each kind of request is answered, and what is stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::json;
use webhook_receiver::request::MAX_BODY;
use webhook_receiver::{NotStored, Unsigned};

use crate::support::{BODY, Fixture, SECRET, event, sign};

#[tokio::test]
async fn a_signed_webhook_is_stored_and_answered_without_a_body() {
    let fixture = Fixture::new();
    let mut event = fixture.timed();
    event["rawQueryString"] = json!("tag=a%20b&other");
    let answer = fixture.send(event).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (204, b"".as_slice()));
    let stored = &fixture.stored()[0];
    assert_eq!((stored.source.as_str(), stored.body.as_slice()), ("timed", BODY.as_bytes()));
    assert!(stored.query.is_empty(), "this signature does not cover the URL, so anybody could change it");
    assert_eq!(stored.headers["content-type"], "application/json");
    assert_eq!(stored.received_at.unwrap().timestamp(), fixture.now());
}

#[tokio::test]
async fn a_twilio_form_in_base64_is_signed_over_the_public_url() {
    let fixture = Fixture::new();
    let form = "CallSid=CA00112233445566778899aabbccddeeff&CallStatus=completed";
    let url = "https://hooks.example.com/hooks/call-twilio?x=1";
    let text = format!("{url}CallSidCA00112233445566778899aabbccddeeffCallStatuscompleted");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, text.as_bytes()));
    let headers = [
        ("host", "hooks.example.com"),
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("x-twilio-signature", signature.as_str()),
    ];
    let mut event = event("call-twilio", &headers, &STANDARD.encode(form));
    event["isBase64Encoded"] = json!(true);
    event["rawQueryString"] = json!("x=1");
    assert_eq!(fixture.status(event).await, 204);
    let stored = &fixture.stored()[0];
    assert_eq!((stored.source.as_str(), stored.body.as_slice()), ("twilio", form.as_bytes()), "by its own name");
}

#[tokio::test]
async fn what_is_not_authentic_is_401_and_not_stored() {
    let fixture = Fixture::new();
    let signature = sign(SECRET, &format!("{}.{BODY}", fixture.now()));
    let now = fixture.now();
    let wrong = format!("t={now},v0={}", signature.replace(['0', '1'], "2"));
    let old = format!("t={},v0={}", now - 301, sign(SECRET, &format!("{}.{BODY}", now - 301)));
    let twice = format!("t={now},v0={signature},t={now},v0={signature}");
    for headers in
        [vec![], vec![("x-signature", wrong.as_str())], vec![("x-signature", &old)], vec![("x-signature", &twice)]]
    {
        let answer = fixture.send(event("timed", &headers, BODY)).await;
        assert_eq!(answer.status.as_u16(), 401, "{headers:?}");
        let body = String::from_utf8(answer.body).unwrap();
        assert!(!body.contains("evt_1") && !body.contains(SECRET), "{body}");
    }
    assert_eq!(fixture.status(event("plain", &[("authorization", "Bearer another")], BODY)).await, 401);
    assert_eq!(fixture.status(event("plain", &[("authorization", &format!("Bearer {SECRET}"))], BODY)).await, 204);
    assert_eq!(fixture.stored().len(), 1);
}

#[tokio::test]
async fn a_source_without_a_secret_is_refused_unless_the_twin_allows_it() {
    let refusing = Fixture::with(Some("{}".to_owned()), Unsigned::Refused);
    assert_eq!(refusing.status(event("plain", &[], BODY)).await, 401);
    assert!(refusing.stored().is_empty());
    let twin = Fixture::with(Some(json!({"timed": SECRET}).to_string()), Unsigned::Allowed);
    assert_eq!(twin.status(event("plain", &[], BODY)).await, 204);
    assert_eq!(twin.status(event("timed", &[], BODY)).await, 401, "where a secret is given, it is checked");
    assert_eq!(twin.stored().len(), 1);
}

#[tokio::test]
async fn each_other_request_has_its_status() {
    let fixture = Fixture::new();
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut event = fixture.timed();
        change(&mut event);
        event
    };
    assert_eq!(fixture.status(event("nobody", &[], BODY)).await, 404);
    assert_eq!(fixture.status(with(&|event| event["rawPath"] = json!("/"))).await, 404);
    let put = fixture.send(with(&|event| event["requestContext"]["http"]["method"] = json!("PUT"))).await;
    assert_eq!((put.status.as_u16(), put.headers["allow"].to_str().unwrap()), (405, "GET, POST"));
    assert_eq!(fixture.status(with(&|event| event["body"] = json!("x".repeat(MAX_BODY + 1)))).await, 413);
    let packed = with(&|event| {
        event["body"] = json!(STANDARD.encode(vec![b'x'; MAX_BODY + 1]));
        event["isBase64Encoded"] = json!(true);
    });
    assert_eq!(fixture.status(packed).await, 413);
    assert_eq!(fixture.status(with(&|event| event["isBase64Encoded"] = json!(true))).await, 400, "not base64");
    assert!(fixture.stored().is_empty());
}

#[tokio::test]
async fn our_own_trouble_is_503_and_the_vendor_sends_it_again() {
    let fixture = Fixture::new();
    fixture.fail(Some(NotStored::Unavailable("the table does not answer".to_owned())));
    let answer = fixture.send(fixture.timed()).await;
    assert_eq!((answer.status.as_u16(), answer.headers["retry-after"].to_str().unwrap()), (503, "30"));
    fixture.fail(Some(NotStored::Unreadable("body is not JSON".to_owned())));
    assert_eq!(fixture.status(fixture.timed()).await, 400);
    fixture.fail(None);
    assert_eq!(fixture.status(fixture.timed()).await, 204);
    fixture.run_out_of_time();
    assert_eq!(fixture.status(fixture.timed()).await, 503, "within the vendor's deadline");
    assert_eq!(fixture.stored().len(), 1);
}

#[tokio::test]
async fn secrets_that_cannot_be_used_are_our_trouble() {
    let fixture = Fixture::with(None, Unsigned::Refused);
    assert_eq!(fixture.status(fixture.timed()).await, 503);
    fixture.set_secrets(Some(&json!({"timed": SECRET}).to_string()));
    assert_eq!(fixture.status(fixture.timed()).await, 204, "the next request reads them again");
    let short = Fixture::with(Some(json!({"timed": "abc"}).to_string()), Unsigned::Refused);
    assert_eq!(short.status(short.timed()).await, 503, "a secret that everybody can guess");
}

#[tokio::test]
async fn a_deployer_chooses_a_scheme_and_a_scheme_has_a_secret_of_its_own() {
    let token = event("chosen", &[("x-token", SECRET)], BODY);
    let basic = event("chosen", &[("authorization", &format!("Basic {}", STANDARD.encode("user:password")))], BODY);
    let bearer = event("chosen", &[("authorization", &format!("Bearer {SECRET}"))], BODY);
    let statuses = async |secrets: serde_json::Value| {
        let fixture = Fixture::with(Some(secrets.to_string()), Unsigned::Refused);
        let mut statuses = Vec::new();
        for event in [&token, &basic, &bearer] {
            statuses.push(fixture.status(event.clone()).await);
        }
        statuses
    };
    assert_eq!(statuses(json!({"chosen": SECRET})).await, [204, 401, 401], "the scheme of the definition");
    assert_eq!(statuses(json!({"chosen": SECRET, "chosen/cdr": "user:password"})).await, [204, 204, 401]);
    assert_eq!(statuses(json!({"chosen/cdr": "user:password"})).await, [401, 204, 401]);
    assert_eq!(statuses(json!({"chosen": {"secret": SECRET, "auth": "bearer"}})).await, [401, 401, 204]);
    let own = json!({"chosen": {"secret": "user:password", "auth": {"scheme": "basic"}}});
    assert_eq!(statuses(own).await, [401, 204, 401]);
    assert_eq!(statuses(json!({"chosen": {"secret": SECRET, "auth": "unknown"}})).await, [401, 401, 401]);
}

#[tokio::test]
async fn a_twilio_callback_by_get_is_signed_over_its_parameters() {
    let fixture = Fixture::new();
    let query = "CallSid=CA00112233445566778899aabbccddeeff&CallStatus=completed";
    let text = format!("https://hooks.example.com/hooks/twilio?{query}");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, text.as_bytes()));
    let mut event = event("twilio", &[("host", "hooks.example.com"), ("x-twilio-signature", &signature)], "");
    event["requestContext"]["http"]["method"] = json!("GET");
    event["rawQueryString"] = json!(query);
    assert_eq!(fixture.status(event.clone()).await, 204);
    assert_eq!(fixture.stored()[0].query["CallStatus"], "completed");
    event["rawQueryString"] = json!(query.replace("completed", "failed"));
    assert_eq!(fixture.status(event).await, 401);
}
