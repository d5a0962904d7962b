//! The results of lists, and the parameters that they refuse.

use chrono::TimeDelta;
use cxtrace_domain::journeys::document::{InsightRule, Status};
use cxtrace_domain::journeys::query::{ListQuery, SearchBy};
use cxtrace_privacy::{HashDomain, Telephone};
use serde_json::json;

use crate::memory::{Memory, PHONE};
use crate::samples::{conversation, full, journey_id, short};
use crate::support::{at, get, json as body, now, pseudonyms, refused};

/// The ids in a list of the sample.
fn found(query: &str) -> Vec<String> {
    found_in(&Memory::sample(), query)
}

fn found_in(memory: &Memory, query: &str) -> Vec<String> {
    let response = get(memory, &format!("/api/journeys?{query}"));
    assert_eq!(response.status(), 200, "{query}: {}", String::from_utf8_lossy(response.body()));
    body(&response)["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn ids(numbers: &[u32]) -> Vec<String> {
    numbers.iter().map(|n| journey_id(*n).to_string()).collect()
}

/// The query that reaches the store.
fn asked(query: &str) -> ListQuery {
    let memory = Memory::sample();
    assert_eq!(get(&memory, &format!("/api/journeys?{query}")).status(), 200, "{query}");
    let asked = memory.asked.lock().unwrap();
    asked[0].clone()
}

/// The field in the error of a refused query.
fn wrong(query: &str) -> (String, Option<String>) {
    let memory = Memory::sample();
    let refused = refused(&get(&memory, &format!("/api/journeys?{query}")), 400);
    assert!(memory.asked.lock().unwrap().is_empty(), "a refused query does not reach the store");
    refused
}

fn invalid(field: &str) -> (String, Option<String>) {
    ("invalid_parameter".to_owned(), Some(field.to_owned()))
}

#[test]
fn journeys_are_listed_newest_first() {
    assert_eq!(found(""), ids(&[2, 1]));
    let answer = body(&get(&Memory::sample(), "/api/journeys"));
    assert_eq!(answer["next"], json!(null));
    assert_eq!(answer["from"], "2026-11-19T12:00:00.000Z");
    assert_eq!(answer["to"], "2026-11-20T12:00:00.000Z");
    assert_eq!(answer["searched_to"], answer["from"]);
}

#[test]
fn a_phone_number_finds_its_journeys_in_any_notation() {
    for phone in ["%2B44+7700+900123", "+447700900123", "00447700900123", "tel%3A%2B44-7700-900123"] {
        assert_eq!(found(&format!("phone={phone}")), ids(&[1]), "{phone}");
    }
    assert!(found("phone=%2B447700900124").is_empty());
    for text in ["", "anonymous", "123456", "1234567890123456"] {
        assert_eq!(wrong(&format!("phone={text}")), invalid("phone"), "{text}");
    }
    let hash = Telephone::read(PHONE, &pseudonyms()).unwrap().hash;
    assert_eq!(asked("phone=%2B447700900123").by, SearchBy::Phone(vec![hash]));
}

#[test]
fn any_native_id_finds_its_journey() {
    let conversation = conversation(1);
    assert_eq!(found(&format!("id={conversation}")), ids(&[1]));
    assert_eq!(
        found(&format!(
            "id={}",
            conversation.to_string().to_uppercase().replace("GENESYS.CONVERSATION", "genesys.conversation")
        )),
        ids(&[1])
    );
    // A value alone is searched in every namespace.
    assert_eq!(found(&format!("id={}", conversation.value())), ids(&[1]));
    assert_eq!(found("id=s-0001"), ids(&[1]));
    assert_eq!(found("id=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ids(&[1]));
    assert!(found("id=s-0007").is_empty());
    assert_eq!(found("id=web.session:s-0001"), ids(&[1]));
    assert_eq!(found("id=trace:00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ids(&[1]));
    assert!(found("id=web.session:s-0007").is_empty());
    for text in ["", ":", "null", "phone:447700900123", "genesys.conversation:1", "web.session:"] {
        assert_eq!(wrong(&format!("id={text}")), invalid("id"), "{text}");
    }
    assert_eq!(wrong(&format!("id=crm.case:{}", "a1".repeat(129))), invalid("id"));
}

#[test]
fn an_id_that_could_be_personal_is_searched_by_its_hash() {
    let kept = format!("crm.case:~{}", pseudonyms().of(HashDomain::Id("crm.case"), "Ada Lovelace"));
    for text in ["crm.case:Ada+Lovelace", &kept] {
        let SearchBy::Id(ids, None) = asked(&format!("id={text}")).by else { panic!("not by id") };
        let [id] = ids.as_slice() else { panic!("one key, one id: {ids:?}") };
        assert_eq!(id.to_string(), kept);
    }
}

#[test]
fn a_search_is_by_phone_by_id_or_by_metric() {
    assert_eq!(wrong("phone=%2B447700900123&id=web.session:s-0001"), invalid("id"));
    assert_eq!(wrong("phone=%2B447700900123&metric=A.b"), invalid("metric"));
    assert_eq!(wrong("id=web.session:s-0001&metric=A.b"), invalid("id"));
}

/// How the first row of a search was found.
fn matched(query: &str) -> serde_json::Value {
    body(&get(&Memory::sample(), &format!("/api/journeys?{query}")))["rows"][0]["matched"].clone()
}

#[test]
fn a_flow_metric_finds_its_journeys() {
    for text in ["CustomerRouting.Unknown", "genesys.flow.customerrouting.unknown", "CustomerRoutingMetric_Unknown"] {
        assert_eq!(found(&format!("metric={text}")), ids(&[1]), "{text}");
    }
    assert!(found("metric=CustomerRouting.Paid").is_empty());
    for text in ["", "Unknown", "ada%40example.com"] {
        assert_eq!(wrong(&format!("metric={text}")), invalid("metric"), "{text}");
    }
}

#[test]
fn a_row_says_how_a_search_found_it() {
    assert_eq!(matched(""), json!(null));
    assert_eq!(matched("phone=%2B447700900123"), json!({ "by": "phone_number" }));
    assert_eq!(matched("id=s-0001"), json!({ "by": "native_id", "ids": ["web.session:s-0001"] }));
    assert_eq!(
        matched("id=0af7651916cd43dd8448eb211c80319c"),
        json!({ "by": "trace_id", "ids": ["trace:0af7651916cd43dd8448eb211c80319c"] })
    );
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(matched(&format!("id=traceparent:+{parent}"))["by"], "trace_id");
    assert_eq!(matched(&format!("id={}", journey_id(1))), json!({ "by": "journey_id" }));
    assert_eq!(matched("metric=CustomerRouting.Unknown"), json!({ "by": "flow_metric" }));
}

#[test]
fn a_national_number_belongs_to_the_default_country() {
    let memory = Memory::sample();
    let hashes = |country: Option<&str>| {
        let key = pseudonyms().with_default_country(country.and_then(|text| cxtrace_privacy::Country::read(text).ok()));
        let answer = crate::support::get_later(&memory, "/api/journeys?phone=07700+900123", &key, now());
        body(&answer)["rows"].as_array().unwrap().len()
    };
    assert_eq!((hashes(Some("GB")), hashes(Some("FR")), hashes(None)), (1, 0, 0));
}

#[test]
fn filters_narrow_a_list() {
    assert_eq!(found("platform=web"), ids(&[1]));
    assert_eq!(found("platform=genesys"), ids(&[2, 1]));
    assert!(found("platform=sbc").is_empty());
    assert_eq!(found("status=live"), ids(&[2]));
    assert_eq!(found("status=revised"), ids(&[1]));
    assert_eq!(found("insight=abandoned_in_queue"), ids(&[1]));
    assert!(found("insight=dropped_call&status=revised").is_empty());
    assert_eq!(found("limit=1"), ids(&[2]));
}

#[test]
fn every_insight_and_status_is_a_filter() {
    for rule in InsightRule::ALL {
        assert_eq!(asked(&format!("insight={}", rule.as_str())).insight, Some(rule));
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
    }
    for status in [Status::Live, Status::Provisional, Status::Settled, Status::Revised] {
        let name = serde_json::to_value(status).unwrap();
        assert_eq!(asked(&format!("status={}", name.as_str().unwrap())).status, Some(status));
    }
    assert_eq!(wrong("insight=Dropped_call"), invalid("insight"));
    assert_eq!(wrong("status="), invalid("status"));
    let message = body(&get(&Memory::sample(), "/api/journeys?status=gone"))["error"]["message"].clone();
    assert_eq!(message, "There is no such status. Use one of live, provisional, settled, revised.");
}

#[test]
fn a_range_includes_its_start_and_excludes_its_end() {
    assert_eq!(found("from=2026-11-20T09:10:00.123Z&to=2026-11-20T11:59:00Z"), ids(&[1]));
    assert_eq!(found("from=2026-11-20T09:10:00.124Z&to=2026-11-20T11:59:00.001Z"), ids(&[2]));
    assert!(found("to=2026-11-20T09:10:00.123Z").is_empty());
}

#[test]
fn a_time_is_read_in_any_notation() {
    let expected = at("2026-11-20T09:00:00Z");
    for text in [
        "2026-11-20T09:00:00Z",
        "2026-11-20T09:00:00.000Z",
        "2026-11-20T10:00:00%2B01:00",
        "2026-11-20T10:00:00+01:00",
        "2026-11-20+09:00:00",
        "2026-11-20T09:00:00",
    ] {
        assert_eq!(asked(&format!("from={text}")).from, expected, "{text}");
    }
    for text in [
        "",
        "now",
        "2026-11-20",
        "1763629200",
        "2026-13-01T00:00:00Z",
        "2026-11-20T09:00:00Zx",
        "99999-01-01T00:00:00Z",
    ] {
        assert_eq!(wrong(&format!("from={text}")), invalid("from"), "{text}");
        assert_eq!(wrong(&format!("to={text}")), invalid("to"), "{text}");
    }
}

#[test]
fn the_default_range_is_a_day_and_for_ids_a_year() {
    let day = TimeDelta::days(1);
    let of = |query: &str| {
        let ListQuery { from, to, .. } = asked(query);
        (from, to)
    };
    assert_eq!(of(""), (now() - day, now()));
    assert_eq!(of("phone=%2B447700900123"), (now() - day, now()));
    assert_eq!(of("id=web.session:s-0001"), (now() - TimeDelta::days(366), now()));
    assert_eq!(of("to=2026-01-02T00:00:00Z"), (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")));
    assert_eq!(of("from=2026-11-01T00:00:00Z"), (at("2026-11-01T00:00:00Z"), now()));
}

#[test]
fn a_range_that_is_backwards_or_too_long_is_refused() {
    let year = "from=2025-11-20T00:00:00Z&to=2026-11-21T00:00:00Z";
    assert_eq!(asked(year).to - asked(year).from, TimeDelta::days(366));
    assert_eq!(wrong("from=2025-11-20T00:00:00Z&to=2026-11-21T00:00:01Z"), invalid("from"));
    assert_eq!(wrong("from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z"), invalid("from"));
    assert_eq!(wrong("from=2026-11-20T12:00:01Z"), invalid("from"), "after now");
    assert_eq!(wrong("from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z"), invalid("from"));
    assert!(found("from=2026-11-20T00:00:00Z&to=2026-11-20T00:00:00Z").is_empty());
}

#[test]
fn a_limit_is_a_number_from_1_to_200() {
    assert_eq!(asked("").limit, 50);
    assert_eq!(asked("limit=200").limit, 200);
    for text in ["", "0", "201", "-1", "+1", "1.0", "1e2", "99999999999999999999", "%EF%BC%91"] {
        assert_eq!(wrong(&format!("limit={text}")), invalid("limit"), "{text}");
    }
}

#[test]
fn a_platform_must_be_a_name() {
    assert_eq!(asked("platform=voice+ai").platform.as_deref(), Some("voice ai"));
    for text in ["", "+", "447700900123", "a%40b", "a%00b", &"x".repeat(81), "%E2%80%AE"] {
        assert_eq!(wrong(&format!("platform={text}")), invalid("platform"), "{text}");
    }
}

#[test]
fn parameters_that_are_unknown_repeated_or_half_encoded_are_refused() {
    for query in ["phones=1", "Phone=%2B447700900123", "447700900123", "=1"] {
        assert_eq!(wrong(query), ("unknown_parameter".to_owned(), None), "{query}: no name is repeated");
    }
    assert_eq!(wrong("limit=1&limit=1"), ("repeated_parameter".to_owned(), Some("limit".to_owned())));
    assert_eq!(wrong("phone=%2"), ("invalid_query".to_owned(), None));
    assert_eq!(wrong("phone=%ff"), ("invalid_query".to_owned(), None));
}

#[test]
fn a_query_string_has_at_most_4_kilobytes() {
    let long = |bytes: usize| format!("/api/journeys?{}", "&".repeat(bytes));
    assert_eq!(get(&Memory::sample(), &long(4096)).status(), 200);
    assert_eq!(refused(&get(&Memory::sample(), &long(4097)), 414).0, "query_too_long");
}

#[test]
fn an_empty_page_may_not_be_the_last() {
    let mut memory = Memory::of((0..10).map(|n| short(n, now() - TimeDelta::minutes(i64::from(n) + 1))));
    memory.kept.push(crate::memory::Kept {
        journey: full(10, now() - TimeDelta::hours(1)),
        phone: None,
        evidence: None,
    });
    memory.most_looked_at = 4;
    let mut cursor = String::new();
    let mut pages = Vec::new();
    loop {
        let answer = body(&get(&memory, &format!("/api/journeys?status=revised{cursor}")));
        pages.push((answer["rows"].as_array().unwrap().len(), answer["searched_to"].as_str().unwrap().to_owned()));
        let Some(next) = answer["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let page = |rows: usize, searched_to: &str| (rows, searched_to.to_owned());
    assert_eq!(
        pages,
        [page(0, "2026-11-20T11:56:00.000Z"), page(0, "2026-11-20T11:52:00.000Z"), page(1, "2026-11-19T12:00:00.000Z")]
    );
}
