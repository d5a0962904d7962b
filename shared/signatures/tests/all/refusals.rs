//! Times, tokens and blocks that are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use cxtrace_signatures::{Auth, Refusal, Verifier};
use http::HeaderValue;
use ring::hmac;
use serde_json::{Value, json};

use crate::vectors::Vector;

/// Vectors that carry the time of signing, with that time's distance from the receipt and the tolerance, in milliseconds.
const TIMED: [(&str, i64, i64); 6] = [
    ("time and signature in one header", 23_000, 1_800_000),
    ("milliseconds behind the body", 22_877, 300_000),
    ("time in a header of its own", 23_000, 300_000),
    ("base64, and a time of RFC 3339", 23_000, 300_000),
    ("an Ed25519 signature over time and body", 23_000, 300_000),
    ("a bearer token with the hash in hexadecimal digits", 23_000, 300_000),
];

#[test]
fn the_tolerance_holds_in_both_directions_to_the_millisecond() {
    for (name, age, tolerance) in TIMED {
        let vector = Vector::named(name);
        let at = |ms| vector.received(TimeDelta::milliseconds(ms)).verify();
        assert_eq!(at(tolerance - age), Ok(()), "{name}: at the end");
        assert_eq!(at(tolerance - age + 1), Err(Refusal::Stale), "{name}: a replay");
        assert_eq!(at(-tolerance - age), Ok(()), "{name}: a clock that is behind");
        assert_eq!(at(-tolerance - age - 1), Err(Refusal::Stale), "{name}: from the future");
    }
}

#[test]
fn a_token_ends_and_begins() {
    let vector = Vector::named("a token with the hash in base64");
    let at = |seconds| vector.received(TimeDelta::seconds(seconds)).verify();
    // Signed 23 s before the receipt, valid for 300 s, with a tolerance of 300 s.
    assert_eq!((at(577), at(578)), (Ok(()), Err(Refusal::Stale)));
    assert_eq!((at(-323), at(-324)), (Ok(()), Err(Refusal::Stale)));
}

fn token(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[test]
fn a_token_of_another_form_is_refused() {
    let vector = Vector::named("a token with the hash in base64");
    let right: Value = {
        let payload = vector.headers["authorization"].split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    };
    let verify = |token: &str| {
        let mut headers = vector.map();
        headers.insert("authorization", HeaderValue::from_str(token).unwrap());
        vector.verify_with(&headers, &vector.url, vector.body.as_bytes())
    };
    let hs256 = json!({"alg": "HS256"});
    assert_eq!(verify(&token(&hs256, &right, &vector.secret)), Ok(()));
    for header in [json!({"alg": "none"}), json!({"alg": "HS512"}), json!({"alg": "HS256", "crit": ["b64"]}), json!({})]
    {
        assert_eq!(verify(&token(&header, &right, &vector.secret)), Err(Refusal::Malformed), "{header}");
    }
    let unsigned = token(&json!({"alg": "none"}), &right, &vector.secret);
    assert_eq!(verify(&unsigned[..=unsigned.rfind('.').unwrap()]), Err(Refusal::Malformed));
    let without = |name: &str| {
        let mut claims = right.clone();
        claims.as_object_mut().unwrap().remove(name);
        verify(&token(&hs256, &claims, &vector.secret))
    };
    assert_eq!(without("exp"), Err(Refusal::Malformed), "it would be valid for ever");
    assert_eq!(without("sha256"), Err(Refusal::Malformed));
    for time in [json!("soon"), json!(1e300), json!(null), json!([])] {
        let mut claims = right.clone();
        claims["exp"] = time.clone();
        assert_eq!(verify(&token(&hs256, &claims, &vector.secret)), Err(Refusal::Malformed), "{time}");
    }
    for garbage in ["", ".", "..", "a.b.c", "Bearer ", "Bearer ..."] {
        assert!(verify(garbage).is_err(), "{garbage:?}");
    }
}

#[test]
fn times_and_parts_that_cannot_be_read_are_refused() {
    let vector = Vector::named("time and signature in one header");
    let right = &vector.headers["elevenlabs-signature"];
    let signature = right.split_once(",v0=").unwrap().1;
    let verify = |header: &str| {
        let mut headers = vector.map();
        headers.insert("elevenlabs-signature", HeaderValue::from_str(header).unwrap());
        vector.verify_with(&headers, &vector.url, vector.body.as_bytes())
    };
    assert_eq!(verify(&format!("{right},v0=00")), Ok(()), "one of two secrets of the vendor");
    assert_eq!(verify(&format!("{right},t=1")), Err(Refusal::Duplicated));
    assert_eq!(verify(&format!("{right},v0=0,v0=1,v0=2,v0=3")), Err(Refusal::Malformed), "too many");
    for time in ["", "-1", "+1739537297", "1739537297.0", "9999999999999999", "1e9", "yesterday", " 1739537297"] {
        let verified = verify(&format!("t={time},v0={signature}"));
        assert_eq!(verified, Err(Refusal::Malformed), "{time:?}");
    }
    for header in ["t=1739537297", &format!("v0={signature}"), "", "t", "v0=x,t"] {
        assert_eq!(verify(header), Err(Refusal::Malformed), "{header:?}");
    }
}

#[test]
fn a_secret_that_fits_no_scheme_is_the_deployers_fault() {
    let with = |name: &str, secret: &str| Vector { secret: secret.to_owned(), ..Vector::named(name) }.verify();
    assert_eq!(with("the body alone", ""), Err(Refusal::UnusableSecret));
    assert_eq!(with("an Ed25519 signature over time and body", "no key at all"), Err(Refusal::UnusableSecret));
    assert_eq!(with("an ECDSA signature of a key in PEM", "AAAA"), Err(Refusal::UnusableSecret));
    let other =
        format!("eu{}", &Vector::named("an Ed25519 signature over time and body").secret[2..].replace('k', "l"));
    assert_eq!(with("an Ed25519 signature over time and body", &other), Err(Refusal::Wrong), "another key");
}

#[test]
fn keys_are_read_in_every_form() {
    let vector = Vector::named("an ECDSA signature of a key in PEM");
    let pem: String = vector.secret.lines().filter(|line| !line.starts_with('-')).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(&pem).unwrap();
    let raw = &bytes[bytes.len() - 65..];
    for key in [pem.clone(), hex(raw), base64::engine::general_purpose::STANDARD.encode(raw)] {
        assert_eq!(Vector { secret: key.clone(), ..vector.clone() }.verify(), Ok(()), "{key}");
    }
}

#[test]
fn a_secret_may_stand_for_bytes() {
    let vector = Vector::named("the body alone");
    let bytes = base64::engine::general_purpose::STANDARD.encode(&vector.secret);
    assert_eq!(Vector { secret: format!("base64:{bytes}"), ..vector.clone() }.verify(), Ok(()));
    assert_eq!(Vector { secret: bytes, ..vector }.verify(), Err(Refusal::Wrong));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_block_that_would_leave_something_unprotected_is_refused() {
    let problem = |auth: Value| {
        let auth: Auth = serde_json::from_value(auth).unwrap();
        Verifier::try_new(&auth).unwrap_err().to_string()
    };
    for (auth, expected) in [
        (json!({"scheme": "hmac"}), "`header` is missing"),
        (json!({"scheme": "hmac", "header": "a b"}), "`header` is not the name of a header"),
        (json!({"scheme": "hmac", "header": "a", "signed": "{timestamp}"}), "`signed` must hold {body}"),
        (
            json!({"scheme": "hmac", "header": "a", "signed": "{timestamp}{body}"}),
            "`signed` must hold {timestamp} exactly",
        ),
        (json!({"scheme": "hmac", "header": "a", "timestamp_header": "t"}), "`signed` must hold {timestamp} exactly"),
        (json!({"scheme": "hmac", "header": "a", "tolerance": "5 minutes"}), "`tolerance` must be a time"),
        (json!({"scheme": "hmac", "header": "a", "tolerance": "0s"}), "`tolerance` must be a time"),
        (json!({"scheme": "hmac", "header": "a", "tolerance": "25h"}), "`tolerance` must be a time"),
        (json!({"scheme": "jwt"}), "`body_claim` is missing"),
        (json!({"scheme": "jwt", "body_claim": "h", "hash": "sha1"}), "`hash` must be sha256"),
        (json!({"scheme": "token"}), "`header` is missing"),
        (json!({"scheme": "ed25519"}), "`header` is missing"),
        (json!({"scheme": "ecdsa", "header": "s", "timestamp_header": "t"}), "`signed` must hold {timestamp} exactly"),
    ] {
        assert!(problem(auth.clone()).starts_with(expected), "{auth}: {}", problem(auth.clone()));
    }
    assert!(serde_json::from_value::<Auth>(json!({"scheme": "hmac", "headers": "a"})).is_err(), "an unknown key");
}
