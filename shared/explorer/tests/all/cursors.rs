//! Pages: every journey is on exactly one, and a cursor leads to the next page of its own search only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use cxtrace_privacy::{HashDomain, Pseudonyms, Telephone};
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
    let later = URL_SAFE_NO_PAD.encode(content.replacen("2.", "3.", 1));
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

/// A cursor with this content, and a hash that a sender can have made: the hash of an id.
fn forged(content: &str) -> String {
    // A namespace may be called `cursor`. The value of its id can be any text, and its hash is shown.
    let mark = pseudonyms().of(HashDomain::Id("cursor"), &format!("{content}\n\n\n\n"));
    URL_SAFE_NO_PAD.encode(format!("{content}~{mark}"))
}

/// A cursor with this content that the API itself has signed.
fn signed(content: &str) -> String {
    let mark = pseudonyms().of(HashDomain::Cursor, &format!("{content}\n\n\n\n"));
    URL_SAFE_NO_PAD.encode(format!("{content}~{mark}"))
}

#[test]
fn the_hash_of_an_id_signs_no_cursor() {
    let memory = many(9);
    let real = next(&memory, "limit=2");
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(&real).unwrap()).unwrap();
    let (content, _) = text.split_once('~').unwrap();
    assert_eq!(signed(content), real, "the forger knows how cursors are signed");
    assert!(is_refused(&memory, &format!("cursor={}", forged(content))));
}

#[test]
fn a_cursor_outside_of_what_can_be_searched_is_refused() {
    let memory = many(9);
    let id = "0".repeat(32);
    let at = |seconds: i64| format!("{seconds}_0");
    let content = |from: i64, to: i64, after: i64| format!("2.{}.{}.{}.{id}", at(from), at(to), at(after));
    let (day, year, now) = (86_400, 366 * 86_400, now().timestamp());
    assert!(!is_refused(&memory, &format!("cursor={}", signed(&content(now - day, now, now - 60)))));
    let year_5 = -62_009_366_400;
    for (from, to, after) in [
        (year_5, year_5 + day, year_5 + 60),
        (now - day, now, year_5),
        (now - day, now, now + 60),
        (now - day, now, now - day - 1),
        (now, now - day, now - 60),
        (now - year - 1, now, now - 60),
        (253_402_300_800, 253_402_300_860, 253_402_300_830),
    ] {
        assert!(is_refused(&memory, &format!("cursor={}", signed(&content(from, to, after)))), "{from} {to} {after}");
    }
    assert_eq!(refused(&get(&memory, "/api/journeys?from=0005-01-01T00:00:00Z"), 400).1.as_deref(), Some("from"));
}

#[test]
fn after_a_rotation_numbers_and_cursors_of_both_keys_are_understood() {
    let old = "the key of the first year";
    let before = Pseudonyms::read(old).unwrap();
    let after = Pseudonyms::read(&format!("cxtrace-keys\n1 the key of the second year\n0 {old}")).unwrap();
    let mut memory = many(9);
    for (at, kept) in memory.kept.iter_mut().enumerate() {
        let keys = if at % 2 == 0 { &before } else { &after };
        kept.phone = Some(Telephone::read(PHONE, keys).unwrap().hash);
    }
    let path = "/api/journeys?phone=%2B447700900123&limit=5";
    let first = body(&get_later(&memory, path, &after, now()));
    assert_eq!(first["rows"].as_array().unwrap().len(), 5);
    let cursor = first["next"].as_str().unwrap();
    let rest = body(&get_later(&memory, &format!("{path}&cursor={cursor}"), &after, now()));
    assert_eq!(rest["rows"].as_array().unwrap().len(), 4, "stored under either key");
}
