//! Any request of a webhook: no panic in any scheme or handshake, and no request is authentic without the secret.
#![no_main]

use cxtrace_signatures::{Auth, Handshake, SignedRequest, Verifier};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// A block for each scheme, all with the same headers.
fn verifiers() -> Vec<Verifier> {
    let blocks = json!([
        {"scheme": "twilio", "header": "x-s"},
        {"scheme": "hmac", "header": "x-s", "parts": {"timestamp": "t", "signature": "v0"}, "signed": "{timestamp}.{body}"},
        {"scheme": "hmac", "header": "x-s", "timestamp_header": "x-t", "signed": "{method}{url_decoded}{body}{timestamp}"},
        {"scheme": "jwt", "header": "x-s", "body_claim": "sha256"},
        {"scheme": "jwt_body"},
        {"scheme": "ed25519", "header": "x-s"},
        {"scheme": "ecdsa", "header": "x-s"},
        {"scheme": "bearer", "header": "x-s"},
        {"scheme": "basic", "header": "x-s"},
        {"scheme": "token", "header": "x-s"},
    ]);
    let blocks: Vec<Auth> = serde_json::from_value(blocks).unwrap();
    blocks.iter().map(|block| Verifier::try_new(block).unwrap()).collect()
}

fuzz_target!(|input: (&str, &str, &str, &[u8])| {
    let (signature, time, url, body) = input;
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-s", signature), ("x-t", time), ("validation-token", signature)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    let received_at = chrono::DateTime::from_timestamp(1_739_537_297, 0).unwrap();
    let request = SignedRequest { method: "POST", url, headers: &headers, body, received_at };
    for verifier in verifiers() {
        assert!(verifier.verify(&request, "a secret that no input knows, 7a1e55c2").is_err());
    }
    for handshake in [Handshake::Zoom, Handshake::RingCentral, Handshake::EightByEight] {
        let _ = handshake.answer_unsigned(&headers, body);
        let _ = handshake.answer_signed(body, "a secret");
    }
});
