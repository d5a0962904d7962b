//! Malicious requests: none does harm, none learns more than it should, and no response contains a phone number.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cxtrace_domain::journeys::access::Scopes;
use cxtrace_explorer::{Caller, Request, Response};
use cxtrace_privacy::Telephone;
use http::{HeaderName, HeaderValue, Method};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use crate::memory::Memory;
use crate::samples::{edge_id, journey_id};
use crate::support::{ask, ask_as, body, get, pseudonyms, refused};

#[test]
fn ambiguous_paths_are_refused() {
    let memory = Memory::sample();
    let id = journey_id(1);
    for path in [
        String::new(),
        "api/journeys".to_owned(),
        "*".to_owned(),
        "//api/journeys".to_owned(),
        "/api//journeys".to_owned(),
        "/api/journeys//".to_owned(),
        "/api/./journeys".to_owned(),
        "/api/../api/journeys".to_owned(),
        "/..".to_owned(),
        "/../Cargo.toml".to_owned(),
        "/%2e%2e/Cargo.toml".to_owned(),
        "/api%2Fjourneys".to_owned(),
        "/%61pi/journeys".to_owned(),
        format!("/api/journeys/{id}%2Fevidence"),
        format!("/api/journeys/{id}%00"),
        format!("/api/journeys/{id}\0"),
        format!("/api/journeys/{id};a=1"),
        format!("/api/journeys/{id}#x"),
        "/api\\journeys".to_owned(),
        "/\u{202e}".to_owned(),
        "/ ".to_owned(),
        "http://evil.com/api/journeys".to_owned(),
        format!("/{}", "x".repeat(300)),
        format!("/{}", "x/".repeat(2_000_000)),
    ] {
        for caller in [Caller::Local, Caller::None] {
            let request = Request { path: path.clone(), ..Request::default() };
            assert_eq!(refused(&ask_as(&memory, request, caller), 400), ("invalid_path".to_owned(), None));
        }
    }
    assert!(memory.asked.lock().unwrap().is_empty());
}

#[test]
fn no_file_outside_the_page_is_served() {
    let memory = Memory::sample();
    for path in [
        "/Cargo.toml",
        "/page/index.html",
        "/index.htm",
        "/.git/config",
        "/openapi.json",
        "/src/lib.rs",
        "/index.html/",
    ] {
        assert_eq!(refused(&get(&memory, path), 404).0, "not_found", "{path}");
    }
}

/// All text of a response.
fn said(response: &Response) -> String {
    let headers: String = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers + &String::from_utf8_lossy(&body(response))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A phone number in the notation of an address.
fn phone() -> impl Strategy<Value = (String, String)> {
    ("[1-9][0-9]{9,13}", 0..5_usize).prop_map(|(digits, form)| {
        let (one, two) = digits.split_at(digits.len() / 2);
        let written = match form {
            0 => digits.clone(),
            1 => format!("%2B{digits}"),
            2 => format!("+{one}+{two}"),
            3 => format!("tel%3A%2B{one}-{two}"),
            _ => format!("{one}%20{two}"),
        };
        (digits, written)
    })
}

/// Paths and queries with a place for a phone number.
fn addresses() -> impl Strategy<Value = String> {
    let id = journey_id(1).to_string();
    let edge = edge_id(1).to_string();
    prop_oneof![
        Just("/api/journeys?phone={}".to_owned()),
        Just("/api/journeys?phone={}&limit=1&from=2026-11-01T00:00:00Z".to_owned()),
        Just("/api/journeys?phone={}x".to_owned()),
        Just("/api/journeys?{}=1".to_owned()),
        Just("/api/journeys?{}".to_owned()),
        "/api/journeys\\?(id|from|to|platform|insight|status|cursor|limit|number)=\\{\\}",
        "/api/journeys\\?(id)=(crm\\.case|phone|web\\.session|trace|genesys\\.conversation):\\{\\}",
        Just("/api/journeys/{}".to_owned()),
        Just("/api/{}".to_owned()),
        Just("/{}.js".to_owned()),
        Just(format!("/api/journeys/{id}?phone={{}}")),
        Just(format!("/api/journeys/{id}/{{}}")),
        Just(format!("/api/edges/{edge}/retract?{{}}=1")),
        Just(format!("/api/edges/{{}}/retract?{edge}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_answer_has_a_phone_number_that_the_request_had(
        address in addresses(),
        (number, written) in phone(),
        method in prop_oneof![Just(Method::GET), Just(Method::HEAD), Just(Method::POST)],
        page in any::<bool>(),
    ) {
        let mut memory = Memory::sample();
        // The searched number has journeys too, on more than one page.
        let kept = Telephone::read(&number, &pseudonyms()).unwrap().hash;
        memory.kept.iter_mut().for_each(|journey| journey.phone = Some(kept));
        memory.most_looked_at = usize::from(page) + 1;
        let mut request = Request {
            method,
            body: format!("{{\"journey\":\"{number}\",\"{number}\":1}}").into_bytes(),
            ..Request::get(&address.replace("{}", &written))
        };
        request.headers.insert("content-type", HeaderValue::from_static("application/json"));
        let response = ask(&memory, request);
        let said = said(&response);
        prop_assert!(!digits(&said).contains(&number), "{}", said);
        for query in memory.asked.lock().unwrap().iter() {
            let known = format!("{query:?}");
            prop_assert!(!digits(&known).contains(&number), "the store sees only a hash: {}", known);
        }
        let answer: Value = serde_json::from_slice(&body(&response)).unwrap_or_default();
        if let Some(cursor) = answer["next"].as_str() {
            let content = URL_SAFE_NO_PAD.decode(cursor).unwrap();
            prop_assert!(!digits(&String::from_utf8_lossy(&content)).contains(&number));
        }
    }

    #[test]
    fn no_request_panics_and_every_answer_is_a_whole_one(
        method in "[A-Z]{1,7}",
        path in prop_oneof![
            "\\PC{0,40}",
            "/(api|journeys|edges|retract|evidence|[0-9a-f]{32}|\\.|%2e|/){0,6}",
            "/api/(journeys|edges)/[0-9a-f]{32}(/evidence|/retract)?",
            "(/[a-z0-9.]{0,33}){0,5}",
        ],
        query in option::of(prop_oneof![
            "\\PC{0,60}",
            "((phone|id|from|to|platform|insight|status|cursor|limit)=[-%A-Za-z0-9+:._]{0,30}&?){0,5}",
        ]),
        headers in vec(
            ("(host|accept-encoding|content-type|if-none-match|x-other)", vec(32..127_u8, 0..30)),
            0..4,
        ),
        body in vec(any::<u8>(), 0..100),
        caller in prop_oneof![Just(Caller::Local), Just(Caller::None), Just(Caller::verified(Some("somebody"), Scopes::all()))],
    ) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = Request { method, path, query, body, ..Request::default() };
        for (name, value) in headers {
            request.headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(&value).unwrap());
        }
        let response = ask_as(&Memory::sample(), request.clone(), caller);
        let status = response.status().as_u16();
        let known = [200, 304, 308, 400, 401, 404, 405, 413, 414, 415, 421];
        prop_assert!(known.contains(&status), "{} for {:?}", status, request);
        prop_assert!(response.headers().contains_key("x-content-type-options"));
        let is_text = response.headers().get("content-type").is_some_and(|value| value == "text/plain; charset=utf-8");
        if status >= 400 && request.method != Method::HEAD && !is_text {
            refused(&response, status);
        }
    }
}
