//! Handshakes are answered, and nothing else is.

use cxtrace_signatures::{Handshake, HandshakeAnswer};
use http::{HeaderMap, HeaderValue};

fn headers(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append("validation-token", HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn zoom_gets_the_hmac_of_its_token_only_in_a_signed_request() {
    let body = br#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}"#;
    let answer = Handshake::Zoom.answer_signed(body, "a-shared-secret");
    // printf qgg8vlvZRS6UYooatFL8Aw | openssl dgst -sha256 -hmac a-shared-secret
    let encrypted = "f4e88a4b7b3b445a5fe60eb0097f32afcfe1ffc89fefc25ff05c39bea04bf0b6";
    let expected = format!(r#"{{"encryptedToken":"{encrypted}","plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#);
    assert_eq!(answer, Some(HandshakeAnswer::Json(expected)));
    assert_eq!(Handshake::Zoom.answer_unsigned(&HeaderMap::new(), body), None);
    for other in [r#"{"event":"contact_center.engagement_started","payload":{"plainToken":"x"}}"#, "", "[]", "{}"] {
        assert_eq!(Handshake::Zoom.answer_signed(other.as_bytes(), "a-shared-secret"), None, "{other}");
    }
    let long = format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{}"}}}}"#, "x".repeat(513));
    assert_eq!(
        Handshake::Zoom.answer_signed(long.as_bytes(), "a-shared-secret"),
        None,
        "nobody may have us sign a text"
    );
}

#[test]
fn ringcentral_gets_its_token_back() {
    let answer = Handshake::RingCentral.answer_unsigned(&headers(&["f3a1-token"]), b"");
    let Some(HandshakeAnswer::Header(name, value)) = answer else { panic!("{answer:?}") };
    assert_eq!((name.as_str(), value.to_str().unwrap()), ("validation-token", "f3a1-token"));
    let long = "x".repeat(513);
    for values in [&[][..], &[""], &["one", "two"], &[long.as_str()]] {
        assert_eq!(Handshake::RingCentral.answer_unsigned(&headers(values), b""), None, "{values:?}");
    }
}

#[test]
fn eight_by_eight_gets_an_empty_answer() {
    let answer = |body: &[u8]| Handshake::EightByEight.answer_unsigned(&HeaderMap::new(), body);
    let verify = br#"{"notificationVersion":"v2.0","eventType":"WEB_HOOK_VERIFY"}"#;
    assert_eq!(answer(verify), Some(HandshakeAnswer::Empty));
    assert_eq!(answer(br#"{"eventType":"QUEUED"}"#), None);
    let padded = format!(r#"{{"eventType":"WEB_HOOK_VERIFY","x":"{}"}}"#, "x".repeat(3_000));
    assert_eq!(answer(padded.as_bytes()), None, "a large body is not read without a signature");
}
