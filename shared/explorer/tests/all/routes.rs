//! The responses of each path, for each caller, and its refusals.

use cxtrace_domain::journeys::access::Scopes;
use cxtrace_domain::journeys::{Decision, DecisionAct, Reason};
use cxtrace_explorer::{Caller, Request, Settings, SignIn, consoles};
use cxtrace_privacy::HashDomain;
use http::Method;
use http::header::{ALLOW, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use crate::memory::Memory;
use crate::samples::{edge_id, evidence, full, journey_id};
use crate::support::{ask, ask_as, ask_with, at, get, header, json as body, now, post, pseudonyms, refused};

#[test]
fn a_journey_is_returned_as_its_document() {
    let response = get(&Memory::sample(), &format!("/api/journeys/{}", journey_id(1)));
    assert_eq!(response.status(), 200);
    let mut expected = full(1, at("2026-11-20T09:10:00.123Z"));
    consoles::add(&mut expected, None);
    assert!(expected.ids[0].console.as_ref().is_some_and(|page| page.starts_with("https://")));
    assert_eq!(expected.ids[2].console, None, "no page of traces is set");
    assert_eq!(body(&response), serde_json::to_value(&expected).unwrap());
}

#[test]
fn a_trace_leads_to_the_page_of_the_settings() {
    let trace_url = Some("https://traces.example.com/{value}".to_owned());
    let settings = Settings { trace_url, ..Settings::default() };
    let request = Request::get(&format!("/api/journeys/{}", journey_id(1)));
    let answer = body(&ask_with(&Memory::sample(), settings, request, Caller::Local));
    assert_eq!(answer["ids"][2]["console"], "https://traces.example.com/0af7651916cd43dd8448eb211c80319c");
}

#[test]
fn evidence_contains_every_edge() {
    let response = get(&Memory::sample(), &format!("/api/journeys/{}/evidence", journey_id(1)));
    assert_eq!(response.status(), 200);
    let expected = serde_json::to_value(evidence(1, at("2026-11-20T09:10:00.123Z"))).unwrap();
    assert_eq!(body(&response), expected);
    assert_eq!(expected["edges"][0]["id"], edge_id(1).to_string());
}

#[test]
fn a_merged_journey_redirects() {
    let memory = Memory::sample();
    let (old, new) = (journey_id(3), journey_id(1));
    for (path, location) in [
        (format!("/api/journeys/{old}"), new.to_string()),
        (format!("/api/journeys/{old}/evidence"), format!("../{new}/evidence")),
    ] {
        let response = get(&memory, &path);
        assert_eq!(response.status(), 308);
        assert_eq!(response.headers()[LOCATION], location.as_str());
        assert_eq!(body(&response), json!({ "moved_to": new.to_string() }));
    }
}

#[test]
fn missing_things_are_not_found() {
    let memory = Memory::sample();
    let missing = journey_id(99);
    for path in [
        format!("/api/journeys/{missing}"),
        format!("/api/journeys/{missing}/evidence"),
        format!("/api/journeys/{}/spans", journey_id(1)),
        "/api".to_owned(),
        "/api/".to_owned(),
        "/api/journeys/".to_owned(),
        "/api/journey".to_owned(),
        "/favicon.ico/x".to_owned(),
        "/nothing.html".to_owned(),
        "/Cargo.toml".to_owned(),
    ] {
        assert_eq!(refused(&get(&memory, &path), 404), ("not_found".to_owned(), None), "{path}");
    }
}

#[test]
fn an_id_has_exactly_one_notation() {
    let memory = Memory::sample();
    let id = journey_id(1).to_string();
    for other in [id.to_uppercase(), id[1..].to_owned(), format!("{id}0"), "x".repeat(32), "0".repeat(200)] {
        let invalid = ("invalid_id".to_owned(), Some("id".to_owned()));
        assert_eq!(refused(&get(&memory, &format!("/api/journeys/{other}")), 400), invalid);
        assert_eq!(refused(&get(&memory, &format!("/api/journeys/{other}/evidence")), 400), invalid);
        assert_eq!(refused(&ask(&memory, post(&format!("/api/edges/{other}/retract"), "{}")), 400), invalid);
    }
}

fn retract(n: u32) -> Request {
    decision("retract", n)
}

fn decision(act: &str, n: u32) -> Request {
    let body = json!({ "journey": journey_id(n), "reason": "different_customers" });
    post(&format!("/api/edges/{}/{act}", edge_id(1)), &body.to_string())
}

#[test]
fn an_edge_is_retracted_once_and_again_without_harm() {
    let memory = Memory::sample();
    let caller = Caller::verified(Some("somebody"), Scopes::all());
    let answers: Vec<_> = (0..2).map(|_| body(&ask_as(&memory, retract(1), caller.clone()))).collect();
    let expected =
        |already: bool| json!({ "edge": edge_id(1), "journey": journey_id(1), "retracted": true, "already": already });
    assert_eq!(answers, [expected(false), expected(true)]);
    let kept = memory.decided.lock().unwrap();
    let expected = Decision {
        at: now(),
        act: DecisionAct::Retract,
        by: Some(format!("~{}", pseudonyms().of(HashDomain::Subject, "somebody"))),
        reason: Some(Reason::DifferentCustomers),
    };
    assert_eq!((kept[0].edge, kept[0].journey, &kept[0].decision), (edge_id(1), journey_id(1), &expected));
}

#[test]
fn a_retraction_on_a_laptop_names_nobody() {
    let memory = Memory::sample();
    assert_eq!(ask(&memory, retract(1)).status(), 200);
    assert_eq!(memory.decided.lock().unwrap()[0].decision.by, None);
}

#[test]
fn a_retracted_edge_is_restored_by_a_decision_of_its_own() {
    let memory = Memory::sample();
    assert_eq!(body(&ask(&memory, decision("restore", 1)))["already"], true, "nobody had retracted it");
    assert_eq!(body(&ask(&memory, retract(1)))["already"], false);
    let answer = body(&ask(&memory, decision("restore", 1)));
    assert_eq!((&answer["retracted"], &answer["already"]), (&json!(false), &json!(false)));
    assert_eq!(memory.decided.lock().unwrap().last().unwrap().decision.act, DecisionAct::Restore);
}

#[test]
fn a_retraction_needs_an_edge_of_a_journey() {
    let memory = Memory::sample();
    for n in [2, 99] {
        assert_eq!(refused(&ask(&memory, retract(n)), 404).0, "not_found");
    }
    assert_eq!(ask(&memory, retract(3)).status(), 200, "a redirect is followed");
    assert_eq!(memory.decided.lock().unwrap().len(), 1);
}

#[test]
fn a_retraction_needs_a_valid_body() {
    let memory = Memory::sample();
    let path = format!("/api/edges/{}/retract", edge_id(1));
    let id = journey_id(1);
    for wrong in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
        format!("{{\"journey\":\"{}\"}}", id.to_string().to_uppercase()),
        format!("{{\"journey\":\"{id}\",\"reason\":\"other\",\"more\":1}}"),
        format!("{{\"journey\":\"{id}\"}}"),
        format!("{{\"journey\":\"{id}\",\"reason\":\"because of Ada\"}}"),
        format!("{{\"journey\":\"{id}\",\"journey\":\"{id}\"}}"),
        format!("{{\"journey\":[\"{id}\"]}}"),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
    ] {
        let invalid = ("invalid_body".to_owned(), Some("body".to_owned()));
        assert_eq!(refused(&ask(&memory, post(&path, &wrong)), 400), invalid, "{wrong}");
    }
    let large = post(&path, &" ".repeat(64 * 1024 + 1));
    assert_eq!(refused(&ask(&memory, large), 413).0, "body_too_large");
    assert!(memory.decided.lock().unwrap().is_empty());
}

#[test]
fn a_form_of_another_site_cannot_retract() {
    let memory = Memory::sample();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let mut request = retract(1);
        request.headers.clear();
        let request = header(request, "content-type", content_type);
        assert_eq!(refused(&ask(&memory, request), 415).0, "unsupported_media_type");
    }
    let mut request = retract(1);
    request.headers.clear();
    assert_eq!(refused(&ask(&memory, request.clone()), 415).0, "unsupported_media_type");
    assert!(memory.decided.lock().unwrap().is_empty());
    assert_eq!(ask(&memory, header(request, "content-type", "Application/JSON; charset=utf-8")).status(), 200);
}

#[test]
fn an_unsupported_method_gets_the_supported_ones() {
    let memory = Memory::sample();
    let paths = ["/", "/healthz", "/config.json", "/api/openapi.json", "/api/journeys"];
    for path in paths.map(str::to_owned).into_iter().chain([format!("/api/journeys/{}", journey_id(1))]) {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE, Method::PATCH] {
            let response = ask(&memory, Request { method, ..Request::get(&path) });
            assert_eq!(response.headers()[ALLOW], "GET, HEAD");
            assert_eq!(refused(&response, 405).0, "method_not_allowed");
        }
    }
    for method in [Method::GET, Method::HEAD, Method::PUT] {
        let response = ask(&memory, Request { method: method.clone(), ..retract(1) });
        assert_eq!(response.headers()[ALLOW], "POST");
        assert_eq!(response.status(), 405);
    }
}

#[test]
fn without_a_token_the_api_returns_nothing() {
    let memory = Memory::sample();
    let journey = journey_id(1);
    let requests = [
        Request::get("/api/journeys"),
        Request::get(&format!("/api/journeys/{journey}")),
        Request::get(&format!("/api/journeys/{journey}/evidence")),
        Request::get("/api/openapi.json"),
        Request::get("/api/nothing"),
        Request::get("/api"),
        Request::get("/api/journeys?status=wrong"),
        Request { method: Method::DELETE, ..Request::get("/api/journeys") },
        retract(1),
    ];
    let claims = [None, Some(""), Some(&"x".repeat(256)[..])];
    for (request, sub) in requests.iter().flat_map(|request| claims.map(|sub| (request, sub))) {
        let response = ask_as(&memory, request.clone(), Caller::verified(sub, Scopes::all()));
        assert_eq!(refused(&response, 401), ("not_signed_in".to_owned(), None));
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }
    assert!(memory.asked.lock().unwrap().is_empty() && memory.decided.lock().unwrap().is_empty());
    for open in ["/healthz", "/config.json"] {
        assert_eq!(ask_as(&memory, Request::get(open), Caller::None).status(), 200);
    }
    let signed_in = Caller::verified(Some("somebody"), Scopes::all());
    assert_eq!(ask_as(&memory, Request::get("/api/journeys"), signed_in).status(), 200);
}

#[test]
fn a_laptop_answers_only_to_its_own_names() {
    let memory = Memory::sample();
    let asked = |host: &str| ask(&memory, header(Request::get("/api/journeys"), "host", host));
    for own in ["127.0.0.1:8080", "[::1]:8080", "localhost", "LOCALHOST:1", "cxtrace:8080", "a.localhost", "10.0.0.7"] {
        assert_eq!(asked(own).status(), 200, "{own}");
    }
    for other in
        ["evil.example.com", "127.0.0.1.evil.com:8080", "localhost.evil.com", "a.localhost.", "", "a b", "@", ":1"]
    {
        assert_eq!(refused(&asked(other), 421), ("foreign_host".to_owned(), Some("host".to_owned())), "{other}");
    }
    let two = header(header(Request::get("/api/journeys"), "host", "localhost"), "host", "evil.com");
    assert_eq!(ask(&memory, two).status(), 421);
    let signed_in = header(Request::get("/api/journeys"), "host", "explorer.example.com");
    assert_eq!(ask_as(&memory, signed_in, Caller::verified(Some("somebody"), Scopes::all())).status(), 200);
}

#[test]
fn a_store_that_does_not_answer_is_unavailable() {
    let memory = Memory { down: true, ..Memory::sample() };
    let journey = journey_id(1);
    for request in [
        Request::get("/api/journeys"),
        Request::get(&format!("/api/journeys/{journey}")),
        Request::get(&format!("/api/journeys/{journey}/evidence")),
        retract(1),
    ] {
        let response = ask(&memory, request);
        assert_eq!(refused(&response, 503), ("unavailable".to_owned(), None));
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }
    assert_eq!(body(&get(&memory, "/healthz")), json!({ "status": "ok" }));
}

#[test]
fn parameters_that_a_path_does_not_take_are_refused() {
    let memory = Memory::sample();
    for path in [format!("/api/journeys/{}?limit=1", journey_id(1)), "/api/openapi.json?limit=1".to_owned()] {
        assert_eq!(refused(&get(&memory, &path), 400), ("unknown_parameter".to_owned(), None));
    }
    assert_eq!(get(&memory, "/healthz?probe=1").status(), 200);
}

#[test]
fn the_page_gets_the_sign_in_settings() {
    let memory = Memory::sample();
    assert_eq!(body(&get(&memory, "/config.json")), json!({}));
    let sign_in = |audience| {
        let tokens = ["https://cx.auth.eu-west-1.amazoncognito.com/oauth2/token"];
        Some(SignIn::try_new("https://id.example.com/pool/", "client-1", audience, &tokens).unwrap())
    };
    let sign_in_response = |sign_in| {
        let settings = Settings { sign_in, ..Settings::default() };
        body(&ask_with(&memory, settings, Request::get("/config.json"), Caller::None))
    };
    let mut expected = json!({ "issuer": "https://id.example.com/pool", "client_id": "client-1", "scope": "openid" });
    assert_eq!(sign_in_response(sign_in(None)), expected);
    expected["audience"] = Value::from("cxtrace");
    assert_eq!(sign_in_response(sign_in(Some("cxtrace"))), expected);
    expected["scope"] = Value::from("openid cxtrace.read");
    let scopes = ["cxtrace.read", "openid"];
    assert_eq!(
        sign_in_response(sign_in(Some("cxtrace")).map(|sign_in| sign_in.with_scopes(&scopes).unwrap())),
        expected
    );
    assert!(sign_in(None).unwrap().with_scopes(&["a\"b"]).is_err());
}

#[test]
fn an_invalid_provider_is_refused_at_start_up() {
    let sign_in = SignIn::try_new;
    for issuer in ["http://id.example.com", "id.example.com", "https://", "https://a;b", "https://user@host", "/x", ""]
    {
        assert!(sign_in(issuer, "client", None, &[]).is_err(), "{issuer}");
    }
    let issuer = "https://id.example.com";
    assert!(sign_in(issuer, "", None, &[]).is_err());
    assert!(sign_in(issuer, "a b", None, &[]).is_err());
    assert!(sign_in(issuer, "client", Some(""), &[]).is_err());
    assert!(sign_in(issuer, "client", None, &["https://x; script-src *"]).is_err());
    assert!(sign_in(issuer, "client", None, &["https://tokens.example.com"]).is_ok());
}
