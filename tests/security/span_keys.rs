//! The key of a span is made of an id and the sender's own key. No two pairs give one key.

use std::collections::BTreeSet;

use cxtrace_sources::Read;
use cxtrace_tests::sim::journeys::traffic::context;
use serde_json::json;

fn key(id: &str, key: &str) -> String {
    let event = json!({
        "detail-type": "Cxtrace Span",
        "source": "example.telemetry",
        "time": "2023-11-15T12:00:00Z",
        "detail": {
            "source": "crm",
            "id": id,
            "observed_at": "2023-11-15T12:00:00Z",
            "span": {"key": key, "type": "crm", "started_at": "2023-11-15T11:59:00Z"},
        },
    });
    let Read::Facts(facts) = cxtrace_sources::read(&event.to_string(), &context()).unwrap() else { panic!("no span") };
    facts[0].spans[0].key.as_str().to_owned()
}

#[test]
fn an_id_and_a_key_with_colons_are_not_another_pair() {
    let parts = ["a1", "b1", "c1", "d1%3A"];
    let mut keys = BTreeSet::new();
    let mut pairs = 0;
    for split in 1..parts.len() {
        keys.insert(key(&format!("crm.case:{}", parts[..split].join(":")), &parts[split..].join(":")));
        pairs += 1;
    }
    assert_ne!(key("crm.case:a1", "b1:c1"), key("crm.case:a1:b1", "c1"));
    assert_ne!(key("crm.case:a1", "b1:c1"), key("crm.case:a1", "b1%3Ac1"));
    assert_eq!(keys.len(), pairs, "{keys:?}");
}

#[test]
fn a_key_without_colons_is_stored_as_before() {
    assert_eq!(key("crm.case:500Hs00001abcde", "case"), "crm:crm.case:500Hs00001abcde:case");
}
