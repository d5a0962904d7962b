//! Who may do what, how often, and what the log says of it.

use cxtrace_domain::journeys::DecisionAct;
use cxtrace_domain::journeys::access::{Scope, Scopes};
use cxtrace_domain::journeys::query::SearchLimits;
use cxtrace_explorer::{AccessRecord, Audit, Caller, Request, Response, Settings, SignIn};
use http::header::{RETRY_AFTER, STRICT_TRANSPORT_SECURITY};
use serde_json::json;

use crate::memory::{BUSY, CENTRE, Memory, PHONE};
use crate::samples::{edge_id, journey_id};
use crate::support::{ask_as, ask_with, get, json as body, post, refused};

const USER: &str = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

fn with(scopes: &[Scope]) -> Caller {
    Caller::verified(Some(USER), scopes.iter().copied().collect())
}

fn search(digits: &str) -> Request {
    Request::get(&format!("/api/journeys?phone=%2B{digits}"))
}

fn decision(act: &str) -> Request {
    let body = json!({"journey": journey_id(1), "reason": "shared_id"});
    post(&format!("/api/edges/{}/{act}", edge_id(1)), &body.to_string())
}

#[test]
fn a_token_does_what_its_scopes_allow_and_no_more() {
    let memory = Memory::sample();
    let journey = || Request::get(&format!("/api/journeys/{}", journey_id(1)));
    let evidence = || Request::get(&format!("/api/journeys/{}/evidence", journey_id(1)));
    let list = || Request::get("/api/journeys");
    let read = [list(), journey(), evidence()];
    let all = read.iter().cloned().chain([search("447700900123"), decision("retract"), decision("restore")]);
    for request in all {
        assert_eq!(refused(&ask_as(&memory, request, with(&[])), 403), ("not_allowed".to_owned(), None));
    }
    for request in read {
        assert_eq!(ask_as(&memory, request.clone(), with(&[Scope::Read])).status(), 200);
        assert_eq!(ask_as(&memory, request, with(&[Scope::Search, Scope::Retract])).status(), 403);
    }
    let reader = with(&[Scope::Read]);
    for request in [search("447700900123"), decision("retract"), decision("restore")] {
        assert_eq!(ask_as(&memory, request, reader.clone()).status(), 403);
    }
    assert_eq!(memory.asked.lock().unwrap().len(), 1, "what is not allowed is not even looked for");
    assert_eq!(ask_as(&memory, search("447700900123"), with(&[Scope::Read, Scope::Search])).status(), 200);
    assert_eq!(ask_as(&memory, decision("retract"), with(&[Scope::Read, Scope::Retract])).status(), 200);
    assert_eq!(ask_as(&memory, Request::get("/api/openapi.json"), with(&[])).status(), 200);
}

/// From `•••• 23` and an area code, somebody tries the other digits.
#[test]
fn nobody_finds_a_number_by_trying() {
    let memory = Memory::sample();
    let limits = SearchLimits { per_minute: 10, per_day: 200 };
    let settings = Settings { search_limits: limits, ..Settings::default() };
    let clerk = with(&[Scope::Read, Scope::Search]);
    let ask = |request: Request| ask_with(&memory, settings.clone(), request, clerk.clone());
    let answers: Vec<_> = (0..1_000).map(|n| ask(search(&format!("447700{n:04}23")))).collect();
    let made = answers.iter().filter(|answer| answer.status() == 200).count();
    assert_eq!(made, 10);
    let last = answers.last().unwrap();
    assert_eq!(refused(last, 429).0, "too_many_searches");
    assert_eq!(last.headers().get(RETRY_AFTER).unwrap(), "42");
    assert_eq!(ask(search("4477000000 23".replace(' ', "").as_str())).status(), 200, "one that was searched before");
    let other = Caller::verified(Some("somebody-else"), Scopes::all());
    assert_eq!(ask_with(&memory, settings, search("447700900123"), other).status(), 200, "each user has a limit");
}

#[test]
fn a_search_finds_whole_numbers_only() {
    let memory = Memory::sample();
    let rows = |phone: &str| {
        let answer = get(&memory, &format!("/api/journeys?phone={}", phone.replace('+', "%2B").replace(' ', "")));
        if answer.status() == 200 { body(&answer)["rows"].as_array().unwrap().len() } else { 0 }
    };
    assert_eq!(rows(PHONE), 1);
    let digits: String = PHONE.chars().filter(char::is_ascii_digit).collect();
    for length in 1..digits.len() {
        for part in [&digits[..length], &digits[digits.len() - length..]] {
            assert_eq!(rows(part), 0, "{part}");
            assert_eq!(rows(&format!("+{part}")), 0, "+{part}");
        }
    }
    for pattern in ["44770090012*", "+44770090012_", "%25"] {
        assert_eq!(rows(pattern), 0, "{pattern}");
    }
}

fn record(response: &Response) -> AccessRecord {
    response.extensions().get::<AccessRecord>().unwrap().clone()
}

#[test]
fn each_request_is_recorded_without_ids_and_numbers() {
    let memory = Memory::sample();
    let clerk = with(&Scope::ALL);
    let of = |request: Request| record(&ask_as(&memory, request, clerk.clone()));
    let expected =
        |method, route, status, audit| AccessRecord { method, route, status, user: Some(USER.to_owned()), audit };
    let journey = format!("/api/journeys/{}", journey_id(1));
    assert_eq!(of(Request::get(&journey)), expected("GET", "journey", 200, None));
    assert_eq!(of(Request::get("/api/447700900123")), expected("GET", "none", 404, None));
    let strange = Request { method: "X447700900123".parse().unwrap(), ..Request::get(&journey) };
    assert_eq!(of(strange), expected("other", "journey", 405, None));
    let audit = Some(Audit::PhoneSearch { hits: 1 });
    assert_eq!(of(search("447700900123")), expected("GET", "list", 200, audit));
    let audit = Some(Audit::Decision(DecisionAct::Retract));
    assert_eq!(of(decision("retract")), expected("POST", "retract", 200, audit));
    let settings = Settings { search_limits: SearchLimits { per_minute: 0, per_day: 0 }, ..Settings::default() };
    let limited = record(&ask_with(&memory, settings, search("447700900124"), clerk));
    assert_eq!(limited, expected("GET", "list", 429, Some(Audit::PhoneSearchLimited)));
    let shown = format!("{limited:?}");
    assert!(!shown.contains("447700900124"), "{shown}");
}

#[test]
fn a_subject_that_may_be_a_name_is_recorded_as_a_keyed_hash() {
    let memory = Memory::sample();
    for subject in ["ada@example.com", "Ada Lovelace", "447700900123"] {
        let caller = Caller::verified(Some(subject), Scopes::all());
        let user = record(&ask_as(&memory, Request::get("/api/journeys"), caller)).user.unwrap();
        assert!(user.starts_with('~') && !user.contains(subject), "{user}");
    }
    assert_eq!(record(&get(&memory, "/api/journeys")).user, None, "on a laptop nobody signs in");
}

#[test]
fn no_error_repeats_the_name_of_a_parameter() {
    for name in ["AdaLovelace", "ada", "phone_of_ada"] {
        let answer = get(&Memory::sample(), &format!("/api/journeys?{name}=1"));
        assert_eq!(refused(&answer, 400), ("unknown_parameter".to_owned(), None));
        assert!(!String::from_utf8_lossy(answer.body()).contains(name));
    }
}

#[test]
fn where_people_sign_in_browsers_come_back_by_https_only() {
    let sign_in = SignIn::try_new("https://id.example.com", "client", None, &[]).ok();
    let settings = Settings { sign_in, ..Settings::default() };
    for path in ["/", "/config.json", "/api/journeys", "/nowhere"] {
        let answer = ask_with(&Memory::sample(), settings.clone(), Request::get(path), Caller::None);
        assert_eq!(answer.headers().get(STRICT_TRANSPORT_SECURITY).unwrap(), "max-age=63072000", "{path}");
        assert!(get(&Memory::sample(), path).headers().get(STRICT_TRANSPORT_SECURITY).is_none(), "on a laptop: {path}");
    }
}

fn erasure(phone: &str) -> Request {
    post("/api/subjects/erase", &json!({ "phone": phone }).to_string())
}

#[test]
fn only_the_scope_erase_erases_and_it_allows_nothing_else() {
    let memory = Memory::sample();
    let officer = with(&[Scope::Erase]);
    for others in [&[][..], &[Scope::Read, Scope::Search, Scope::Retract]] {
        assert_eq!(refused(&ask_as(&memory, erasure(PHONE), with(others)), 403).0, "not_allowed");
    }
    assert!(memory.erased.lock().unwrap().is_empty());
    for spelling in [PHONE, "+447700900123", "0044 7700-900-123", "tel:+44-7700-900123"] {
        let answer = ask_as(&memory, erasure(spelling), officer.clone());
        assert_eq!(answer.status(), 200, "{spelling}");
        assert_eq!(body(&answer)["complete"], true);
    }
    let erased = memory.erased.lock().unwrap().clone();
    assert!(erased.iter().all(|other| other.numbers == erased[0].numbers && !other.is_dry_run), "{erased:?}");
    drop(erased);
    assert_eq!(ask_as(&memory, search("447700900123"), officer.clone()).status(), 403);
    let get = Request::get("/api/subjects/erase");
    assert_eq!(refused(&ask_as(&memory, get, officer), 405).0, "method_not_allowed");
}

#[test]
fn an_erasure_is_recorded_with_who_and_how_much_and_without_the_number() {
    let memory = Memory::sample();
    let of = |request: Request| record(&ask_as(&memory, request, with(&[Scope::Erase])));
    let done = of(erasure(PHONE));
    assert_eq!((done.route, done.status, done.user.as_deref()), ("erase", 200, Some(USER)));
    assert_eq!(done.audit, Some(Audit::Erasure { journeys: 1, facts: 2, is_complete: true }));
    assert!(!format!("{done:?}").contains("900123"), "{done:?}");
    let begun = of(erasure(BUSY));
    assert_eq!(
        (begun.status, begun.audit),
        (202, Some(Audit::Erasure { journeys: 25, facts: 50, is_complete: false }))
    );
    assert_eq!(of(erasure(CENTRE)).status, 409);
    let sure = post("/api/subjects/erase", &json!({ "phone": CENTRE, "centre": true }).to_string());
    assert_eq!(of(sure).status, 200);
}

#[test]
fn an_erasure_counts_as_a_search_so_nobody_finds_a_number_by_erasing() {
    let memory = Memory::sample();
    let limits = SearchLimits { per_minute: 10, per_day: 200 };
    let settings = Settings { search_limits: limits, ..Settings::default() };
    let ask = |phone: String| ask_with(&memory, settings.clone(), erasure(&phone), with(&[Scope::Erase]));
    let made = (0..100).filter(|n| ask(format!("+447700{n:04}23")).status() == 200).count();
    assert_eq!(made, 10);
    assert_eq!(memory.erased.lock().unwrap().len(), 10, "what is refused erases nothing");
    let limited = ask("+447700999923".to_owned());
    assert_eq!(refused(&limited, 429).0, "too_many_searches");
    assert_eq!(record(&limited).audit, Some(Audit::PhoneSearchLimited));
    assert_eq!(ask("+447700000023".to_owned()).status(), 200, "the same number again");
}

#[test]
fn an_erasure_without_a_number_is_refused_and_repeats_nothing() {
    let memory = Memory::sample();
    let ask = |body: &str| ask_as(&memory, post("/api/subjects/erase", body), with(&[Scope::Erase]));
    for text in ["", "{}", "{\"phone\": 447700900123}", "{\"phone\": \"+447700900123\", \"who\": \"Ada\"}"] {
        let answer = ask(text);
        assert_eq!(refused(&answer, 400), ("invalid_body".to_owned(), Some("body".to_owned())));
        assert!(!String::from_utf8_lossy(answer.body()).contains("Ada"));
    }
    for phone in ["Ada Lovelace", "anonymous", "98"] {
        let answer = ask(&json!({ "phone": phone }).to_string());
        assert_eq!(refused(&answer, 400), ("invalid_parameter".to_owned(), Some("phone".to_owned())));
        assert!(!String::from_utf8_lossy(answer.body()).contains(phone));
    }
    assert!(memory.erased.lock().unwrap().is_empty());
}
