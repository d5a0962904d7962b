//! `openapi.json` matches the API: every path, status, field and error code in it occurs in responses, and no others
//! occur.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cxtrace_domain::journeys::access::{Scope, Scopes};
use cxtrace_domain::journeys::document::InsightRule;
use cxtrace_domain::journeys::query::SearchLimits;
use cxtrace_explorer::{Caller, Request, Settings, SignIn};
use http::Method;
use serde_json::{Value, json};

use crate::memory::{BUSY, CENTRE, Memory, PHONE};
use crate::samples::{edge_id, huge, journey_id};
use crate::schema::Document;
use crate::support::{ask_with, get, header, json as body, now, post};

const TEXT: &str = include_str!("../../openapi.json");

/// A request for the path `template`, and the expected status.
struct Case {
    template: &'static str,
    request: Request,
    caller: Caller,
    down: bool,
    settings: Settings,
    status: u16,
}

fn case(template: &'static str, request: Request, status: u16) -> Case {
    Case { template, request, caller: Caller::Local, down: false, settings: Settings::default(), status }
}

/// Statuses that every path under `/api/` can return.
fn common(template: &'static str, request: &Request) -> Vec<Case> {
    let long = Request { query: Some("&".repeat(5000)), ..request.clone() };
    let large = Request { body: vec![b' '; 70_000], ..request.clone() };
    let unknown = Request { query: Some("what=1".to_owned()), ..request.clone() };
    let little = Settings { max_response_bytes: Some(1), ..Settings::default() };
    vec![
        case(template, long, 414),
        case(template, large, 413),
        case(template, unknown, 400),
        case(template, header(request.clone(), "host", "evil.com"), 421),
        Case { caller: Caller::None, ..case(template, request.clone(), 401) },
        Case { settings: little, ..case(template, request.clone(), 507) },
    ]
}

fn as_clerk(case: Case, scopes: Scopes) -> Case {
    Case { caller: Caller::verified(Some("a-clerk"), scopes), ..case }
}

fn down(template: &'static str, request: &Request) -> Case {
    Case { down: true, ..case(template, request.clone(), 503) }
}

fn cases() -> Vec<Case> {
    let list = "/api/journeys";
    let journey = "/api/journeys/{id}";
    let evidence = "/api/journeys/{id}/evidence";
    let retract = "/api/edges/{id}/retract";
    let document = "/api/openapi.json";
    let get = |path: &str| Request::get(path);
    let of = |n: u32, more: &str| get(&format!("/api/journeys/{}{more}", journey_id(n)));
    let retraction = |n: u32| {
        post(
            &format!("/api/edges/{}/retract", edge_id(1)),
            &json!({ "journey": journey_id(n), "reason": "other" }).to_string(),
        )
    };
    let restoration = |n: u32| Request { path: retraction(n).path.replace("retract", "restore"), ..retraction(n) };
    let restore = "/api/edges/{id}/restore";
    let mut plain = retraction(1);
    plain.headers.clear();
    let mut plain_restoration = restoration(1);
    plain_restoration.headers.clear();
    let erase = "/api/subjects/erase";
    let erasure = |phone: &str| post(erase, &json!({ "phone": phone }).to_string());
    let sign_in = SignIn::try_new("https://id.example.com", "client", Some("cxtrace"), &[]).ok();
    let mut cases = vec![
        case(list, get("/api/journeys"), 200),
        case(list, get("/api/journeys?limit=1"), 200),
        case(list, get("/api/journeys?phone=%2B447700900123"), 200),
        case(list, get("/api/journeys?id=web.session:s-0001"), 200),
        case(list, get("/api/journeys?metric=CustomerRouting.Unknown"), 200),
        case(list, get("/api/journeys?limit=1&limit=1"), 400),
        case(list, get("/api/journeys?limit=x"), 400),
        case(list, get("/api/journeys?cursor=x"), 400),
        case(list, get("/api/journeys?phone=%"), 400),
        case(journey, of(1, ""), 200),
        case(journey, of(2, ""), 200),
        case(journey, of(3, ""), 308),
        case(journey, of(99, ""), 404),
        case(journey, of(LARGE, ""), 507),
        case(retract, retraction(LARGE), 507),
        case(journey, get("/api/journeys/1"), 400),
        case(journey, get("/api/journeys/%31"), 400),
        case(evidence, of(1, "/evidence"), 200),
        case(evidence, of(3, "/evidence"), 308),
        case(evidence, of(99, "/evidence"), 404),
        case(retract, retraction(1), 200),
        case(retract, retraction(2), 404),
        case(retract, Request { body: Vec::new(), ..retraction(1) }, 400),
        case(retract, plain, 415),
        case(restore, restoration(1), 200),
        case(restore, restoration(2), 404),
        case(restore, restoration(LARGE), 507),
        case(restore, Request { body: Vec::new(), ..restoration(1) }, 400),
        case(restore, plain_restoration, 415),
        down(restore, &restoration(1)),
        as_clerk(case(list, get("/api/journeys"), 403), Scopes::default()),
        as_clerk(case(list, get("/api/journeys?phone=%2B447700900123"), 403), Scopes::from_iter([Scope::Read])),
        as_clerk(case(journey, of(1, ""), 403), Scopes::default()),
        as_clerk(case(evidence, of(1, "/evidence"), 403), Scopes::default()),
        as_clerk(case(retract, retraction(1), 403), Scopes::from_iter([Scope::Read])),
        as_clerk(case(restore, restoration(1), 403), Scopes::from_iter([Scope::Read])),
        Case {
            settings: Settings { search_limits: SearchLimits { per_minute: 0, per_day: 0 }, ..Settings::default() },
            ..as_clerk(case(list, get("/api/journeys?phone=%2B447700900123"), 429), Scopes::all())
        },
        case(document, get(document), 200),
        case("/config.json", get("/config.json"), 200),
        Case {
            settings: Settings { sign_in, ..Settings::default() },
            ..case("/config.json", get("/config.json"), 200)
        },
        case("/healthz", get("/healthz"), 200),
        down(list, &get(list)),
        down(journey, &of(1, "")),
        down(evidence, &of(1, "/evidence")),
        down(retract, &retraction(1)),
        case(erase, erasure(PHONE), 200),
        case(erase, erasure(BUSY), 202),
        case(erase, erasure(CENTRE), 409),
        case(erase, Request { body: Vec::new(), ..erasure(PHONE) }, 400),
        case(erase, Request { headers: http::HeaderMap::new(), ..erasure(PHONE) }, 415),
        as_clerk(case(erase, erasure(PHONE), 403), Scopes::from_iter([Scope::Read, Scope::Search])),
        Case {
            settings: Settings { search_limits: SearchLimits { per_minute: 0, per_day: 0 }, ..Settings::default() },
            ..as_clerk(case(erase, erasure(PHONE), 429), Scopes::all())
        },
        down(erase, &erasure(PHONE)),
    ];
    cases.extend(common(list, &get(list)));
    cases.extend(common(journey, &of(1, "")));
    cases.extend(common(evidence, &of(1, "/evidence")));
    cases.extend(common(retract, &retraction(1)));
    cases.extend(common(restore, &restoration(1)));
    cases.extend(common(erase, &erasure(PHONE)));
    cases.extend(common(document, &get(document)));
    cases
}

/// The number of the journey that is too large to be read.
const LARGE: u32 = 8;

/// The sample, one journey that exceeds a row, and one that is too large to be read.
fn memory(down: bool) -> Memory {
    let mut memory = Memory::sample();
    memory.kept.extend(Memory::of([huge(7, now() - TimeDelta::hours(1), "x")]).kept);
    Memory { down, large: Some(journey_id(LARGE)), ..memory }
}

#[test]
fn every_response_is_described_and_every_description_occurs() {
    let mut document = Document::read(TEXT);
    let mut answered = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for Case { template, request, caller, down, settings, status } in cases() {
        let method = request.method.as_str().to_lowercase();
        let shown = format!("{method} {}?{:?}", request.path, request.query);
        let response = ask_with(&memory(down), settings, request, caller);
        assert_eq!(response.status(), status, "{shown}: {}", String::from_utf8_lossy(response.body()));
        let responses = document.root["paths"][template][&method]["responses"].clone();
        let name = if responses.get(status.to_string()).is_some() { status.to_string() } else { "default".to_owned() };
        let (_, described) = document.resolved(&responses[&name]);
        assert!(described.is_object(), "{status} of {shown} is not described");
        for (header, _) in described["headers"].as_object().into_iter().flatten() {
            assert!(response.headers().contains_key(header), "{shown}: {header}");
        }
        let answer = body(&response);
        let schema = described["content"]["application/json"]["schema"].clone();
        document.check(&schema, &answer, &shown).unwrap_or_else(|why| panic!("{shown}: {why}"));
        codes.extend(answer["error"]["code"].as_str().map(str::to_owned));
        answered.insert((template.to_owned(), method, name));
    }
    // No path of the document finds it.
    codes.extend(["method_not_allowed".to_owned()]);
    assert_eq!(answered, described(&document.root), "the described statuses, and the returned ones");
    assert_eq!(
        codes,
        texts(&document.root["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"])
    );
    let unseen: Vec<_> = properties(&document.root).difference(&document.seen).cloned().collect();
    // These belong to a request, not to a response.
    assert_eq!(
        unseen,
        ["DecisionRequest.journey", "DecisionRequest.reason", "ErasureRequest.centre", "ErasureRequest.phone"]
    );
}

/// Every path, method and status of the document.
fn described(root: &Value) -> BTreeSet<(String, String, String)> {
    let mut all = BTreeSet::new();
    for (path, methods) in root["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            all.extend(statuses.map(|status| (path.clone(), method.clone(), status.clone())));
        }
    }
    all
}

/// Every property of the document's named schemas.
fn properties(root: &Value) -> BTreeSet<String> {
    let schemas = root["components"]["schemas"].as_object().unwrap();
    let names = schemas.iter().flat_map(|(schema, rules)| {
        rules["properties"].as_object().into_iter().flatten().map(move |(name, _)| format!("{schema}.{name}"))
    });
    names.collect()
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_parameters_of_a_list_match_the_document() {
    let document = Document::read(TEXT);
    let parameters = document.root["paths"]["/api/journeys"]["get"]["parameters"].as_array().unwrap().clone();
    let described: Vec<_> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    let message =
        body(&get(&Memory::sample(), "/api/journeys?what=1"))["error"]["message"].as_str().unwrap().to_owned();
    let taken = message.rsplit_once("Use ").unwrap().1.trim_end_matches('.').split(", ").map(str::to_owned);
    let mut taken: Vec<_> = taken.collect();
    let mut sorted = described.clone();
    taken.sort();
    sorted.sort_unstable();
    assert_eq!(taken, sorted);
    let limit = parameters.iter().find(|parameter| parameter["name"] == "limit").unwrap()["schema"].clone();
    assert_eq!((&limit["minimum"], &limit["maximum"], &limit["default"]), (&json!(1), &json!(200), &json!(50)));
}

/// Files that list the insight rules, each with the text before the list and after it, and the notation of a rule.
const LISTS: [(&str, &str, &str, &str); 2] = [
    (
        "openapi.json",
        "\"InsightRule\": {\n        \"type\": \"string\",\n        \"enum\": [\n",
        "\n        ]",
        "          ",
    ),
    ("page/client/vocabulary.js", "INSIGHT_RULES = /** @type {const} */ ([\n", ",\n]);", "  "),
];

/// The registry of rules is in the domain. With `CXTRACE_WRITE_DOCS=1` this test writes the lists that depend on it.
#[test]
fn the_lists_of_insight_rules_match_the_registry() {
    for (file, before, after, indent) in LISTS {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, rest) = text.split_once(before).unwrap_or_else(|| panic!("{file} has no list of insight rules"));
        let (_, tail) = rest.split_once(after).unwrap();
        let rules = InsightRule::ALL.map(|rule| format!("{indent}\"{}\"", rule.as_str())).join(",\n");
        let expected = format!("{head}{before}{rules}{after}{tail}");
        if std::env::var_os("CXTRACE_WRITE_DOCS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        assert!(
            text == expected,
            "{file} does not list the rules of the registry: run this test with CXTRACE_WRITE_DOCS=1"
        );
    }
}

#[test]
fn the_document_is_served_unchanged_and_its_references_exist() {
    let response = get(&Memory::sample(), "/api/openapi.json");
    assert_eq!(response.body(), TEXT.as_bytes());
    let document = Document::read(TEXT);
    assert_eq!(document.root["openapi"], "3.1.0");
    let mut open = vec![document.root.clone()];
    while let Some(value) = open.pop() {
        document.resolved(&value);
        match value {
            Value::Object(entries) => open.extend(entries.into_iter().map(|(_, value)| value)),
            Value::Array(entries) => open.extend(entries),
            _ => {}
        }
    }
    assert_eq!(Request::get("/").method, Method::GET);
}
