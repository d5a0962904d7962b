//! How responses are sent: headers, HEAD, compression.

use cxtrace_explorer::{Caller, Request, Response, Settings};
use http::Method;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};

use crate::memory::Memory;
use crate::samples::{huge, journey_id};
use crate::support::{ask, ask_with, body, get, header, json, now, refused};

fn text(response: &Response, name: http::HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn responses_have_security_headers_and_are_not_stored() {
    let memory = Memory::sample();
    let paths = ["/", "/healthz", "/config.json", "/api/journeys", "/api/openapi.json", "/api/nothing", "/%2e%2e"];
    for path in paths {
        let response = get(&memory, path);
        assert_eq!(text(&response, X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
        assert_eq!(text(&response, REFERRER_POLICY), Some("no-referrer"));
        assert_eq!(text(&response, VARY), Some("accept-encoding"));
        assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
        assert!(text(&response, CONTENT_TYPE).is_some());
        let policy = text(&response, CONTENT_SECURITY_POLICY).unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        if path != "/" {
            assert_eq!(text(&response, CACHE_CONTROL), Some("no-store"), "{path}");
        }
        assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")), "no CORS");
    }
}

#[test]
fn head_is_get_without_the_body() {
    let memory = Memory::sample();
    let journey = journey_id(1);
    let moved = journey_id(3);
    for path in [
        "/".to_owned(),
        "/healthz".to_owned(),
        "/config.json".to_owned(),
        "/api/openapi.json".to_owned(),
        "/api/journeys".to_owned(),
        "/api/journeys?limit=0".to_owned(),
        format!("/api/journeys/{journey}"),
        format!("/api/journeys/{journey}/evidence"),
        format!("/api/journeys/{moved}"),
        "/api/nothing".to_owned(),
    ] {
        let full = get(&memory, &path);
        let head = ask(&memory, Request { method: Method::HEAD, ..Request::get(&path) });
        assert_eq!((head.status(), head.headers()), (full.status(), full.headers()), "{path}");
        assert_eq!(text(&full, CONTENT_LENGTH), Some(full.body().len().to_string().as_str()));
        assert!(head.body().is_empty() && !full.body().is_empty());
    }
}

#[test]
fn large_responses_are_compressed_if_accepted() {
    let memory = Memory::sample();
    let asked = |path: &str, accepted: &str| ask(&memory, header(Request::get(path), "accept-encoding", accepted));
    let plain = get(&memory, "/api/openapi.json");
    for accepted in ["gzip", "deflate, gzip;q=0.5, br", "GZIP", "gzip; q=1"] {
        let response = asked("/api/openapi.json", accepted);
        assert_eq!(text(&response, CONTENT_ENCODING), Some("gzip"), "{accepted}");
        assert!(response.body().len() < plain.body().len() / 2);
        assert_eq!(body(&response), *plain.body());
    }
    for declined in ["", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzip;q=x", "xgzip"] {
        let response = asked("/api/openapi.json", declined);
        assert_eq!(text(&response, CONTENT_ENCODING), None, "{declined}");
        assert_eq!(response.body(), plain.body());
    }
    assert_eq!(text(&asked("/healthz", "gzip"), CONTENT_ENCODING), None, "small responses stay unchanged");
}

#[test]
fn a_response_that_is_too_large_is_refused() {
    let memory = Memory::of((0..20).map(|n| huge(n, now() - chrono::TimeDelta::minutes(1), "x")));
    let settings = Settings { max_response_bytes: Some(100_000), ..Settings::default() };
    let asked = |request| ask_with(&memory, settings.clone(), request, Caller::Local);
    let request = Request::get("/api/journeys");
    assert_eq!(refused(&asked(request.clone()), 507), ("answer_too_large".to_owned(), None));
    let compressed = asked(header(request, "accept-encoding", "gzip"));
    assert_eq!(compressed.status(), 200);
    assert_eq!(json(&compressed)["rows"].as_array().unwrap().len(), 20);
}

#[test]
fn a_journey_that_cannot_be_assembled_is_refused_with_the_reason() {
    let mut memory = Memory::sample();
    memory.large = Some(journey_id(1));
    for path in ["", "/evidence"] {
        let request = Request::get(&format!("/api/journeys/{}{path}", journey_id(1)));
        assert_eq!(refused(&ask(&memory, request), 507), ("journey_too_large".to_owned(), None));
    }
}
