//! Pages: every journey is on exactly one, and a cursor leads to the next page of its own search only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use cxtrace_privacy::{Pseudonyms, Telephone};
use proptest::prelude::*;
use serde_json::Value;

use crate::memory::{Memory, PHONE};
use crate::samples::short;
use crate::support::{get, get_later, json as body, now, pseudonyms, refused};

/// Journeys. Three of them began at each time.
fn many(count: u32) -> Memory {
    Memory::of((0..count).map(|n| short(n, now() - TimeDelta::minutes(i64::from(n / 3) + 1))))
}

fn next(memory: &Memory, query: &str) -> String {
    body(&get(memory, &format!("/api/journeys?{query}")))["next"].as_str().unwrap().to_owned()
}

fn is_refused(memory: &Memory, query: &str) -> bool {
    let response = get(memory, &format!("/api/journeys?{query}"));
    response.status() != 200 && refused(&response, 400) == ("invalid_cursor".to_owned(), Some("cursor".to_owned()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_journey_is_on_one_page_and_in_order(count in 0..60_u32, limit in 1..20_usize) {
        let memory = many(count);
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let answer = body(&get(&memory, &format!("/api/journeys?limit={limit}{cursor}")));
            let rows = answer["rows"].as_array().unwrap();
            prop_assert!(rows.len() <= limit);
            let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
            seen.extend(rows.iter().map(|row| (text(row, "started_at"), text(row, "id"))));
            let Some(next) = answer["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        prop_assert_eq!(seen.len(), count as usize);
        prop_assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
    }
}

#[test]
fn a_cursor_that_was_changed_anywhere_is_refused() {
    let memory = many(9);
    let cursor = next(&memory, "limit=2");
    assert!(!is_refused(&memory, &format!("cursor={cursor}")));
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for at in 0..cursor.len() {
        for letter in letters.iter().filter(|letter| **letter != cursor.as_bytes()[at]) {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = *letter;
            let changed = String::from_utf8(changed).unwrap();
            assert!(is_refused(&memory, &format!("cursor={changed}")), "{changed}");
        }
        assert!(is_refused(&memory, &format!("cursor={}", &cursor[..at])));
        assert!(is_refused(&memory, &format!("cursor={}{}", &cursor[..at], &cursor[at + 1..])));
    }
    for other in
        [format!("{cursor}A"), format!("{cursor}="), format!("{cursor}%20"), cursor.repeat(10), "x".repeat(4000)]
    {
        assert!(is_refused(&memory, &format!("cursor={other}")), "{other}");
    }
}

#[test]
fn a_cursor_of_another_version_or_key_is_refused() {
    let memory = many(9);
    let cursor = next(&memory, "limit=2");
    let content = String::from_utf8(URL_SAFE_NO_PAD.decode(&cursor).unwrap()).unwrap();
    let later = URL_SAFE_NO_PAD.encode(content.replacen("1.", "2.", 1));
    assert!(is_refused(&memory, &format!("cursor={later}")));
    let key = Pseudonyms::try_new(&[8; 32]).unwrap();
    let response = get_later(&memory, &format!("/api/journeys?cursor={cursor}"), &key, now());
    assert_eq!(refused(&response, 400).0, "invalid_cursor");
}

#[test]
fn a_cursor_fits_only_the_search_that_gave_it() {
    let mut memory = many(9);
    let phone = Telephone::read(PHONE, &pseudonyms()).unwrap().hash;
    memory.kept.iter_mut().for_each(|kept| kept.phone = Some(phone));
    let range = "from=2026-11-20T00:00:00Z&to=2026-11-20T12:00:00Z";
    let searches = [
        String::new(),
        range.to_owned(),
        "status=live".to_owned(),
        "platform=genesys".to_owned(),
        "phone=%2B447700900123".to_owned(),
        "phone=%2B447700900123&platform=genesys".to_owned(),
    ];
    for search in &searches {
        let cursor = next(&memory, &format!("{search}&limit=2"));
        assert!(!is_refused(&memory, &format!("{search}&limit=7&cursor={cursor}")), "a limit may change");
        for other in searches.iter().filter(|other| *other != search) {
            // With a cursor, a range may be left out: the cursor has it.
            let same = search == range && other.is_empty();
            assert_eq!(is_refused(&memory, &format!("{other}&cursor={cursor}")), !same, "{search} {other}");
        }
    }
    let cursor = next(&memory, &format!("{range}&limit=2"));
    assert!(is_refused(&memory, &format!("from=2026-11-20T00:00:01Z&cursor={cursor}")));
    assert!(is_refused(&memory, &format!("to=2026-11-20T11:00:00Z&cursor={cursor}")));
}

#[test]
fn a_range_stays_that_of_the_first_page() {
    let memory = many(9);
    let cursor = next(&memory, "limit=2");
    let path = format!("/api/journeys?cursor={cursor}");
    let response = get_later(&memory, &path, &pseudonyms(), now() + TimeDelta::hours(1));
    assert_eq!(body(&response)["to"], "2026-11-20T12:00:00.000Z");
}
