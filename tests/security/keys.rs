//! The key of hashes is rotated: what the old key hashed still joins and is still found.

use cxtrace_domain::journeys::{Clocks, Id, Namespace};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::cxtrace_span::Allowlist;
use serde_json::json;
use span_collector::SpanCollector;

use crate::journeys::support::JourneyFixture;

const OLD: &str = "the key of the first year";
const NEW: &str = "the key of the second year";
const PERSON: &str = "crm.contact:Ada Lovelace";

fn rotated() -> String {
    format!("cxtrace-keys\n1 {NEW}\n0 {OLD}\n")
}

fn collector(fixture: &JourneyFixture, key: &str) -> SpanCollector {
    let key = PseudonymKey::Known(Box::new(Pseudonyms::read(key).unwrap()));
    SpanCollector::new(fixture.table.clone(), key, Allowlist::default()).with_examples(true)
}

/// A span of `id` with a link to a concealed id.
fn event(source: &str, id: &str) -> String {
    json!({
        "detail-type": "Cxtrace Span",
        "source": "example.telemetry",
        "time": "2023-11-15T12:00:00Z",
        "detail": {
            "source": source,
            "id": id,
            "observed_at": "2023-11-15T12:00:00Z",
            "span": {"key": "k1", "type": "crm", "started_at": "2023-11-15T11:59:00Z"},
            "links": [{"id": PERSON}],
        },
    })
    .to_string()
}

#[tokio::test]
async fn spans_before_and_after_a_rotation_are_one_journey() {
    let fixture = JourneyFixture::new().await;
    collector(&fixture, OLD).handle(&event("crm", "crm.case:c-1001")).await.unwrap();
    collector(&fixture, &rotated()).handle(&event("web", "web.session:s-81f2")).await.unwrap();
    let seed: Id = "web.session:s-81f2".parse().unwrap();
    let gathered = fixture.table.gather(seed, Clocks::default()).await.unwrap();
    assert_eq!(gathered.anchors.len(), 2, "{:?}", gathered.anchors);
    let under = |key: &str| {
        let (namespace, value) = PERSON.split_once(':').unwrap();
        cxtrace_sources::ids::read(Namespace::read(namespace).unwrap(), value, &Pseudonyms::read(key).unwrap()).unwrap()
    };
    for key in [OLD, rotated().as_str()] {
        assert!(gathered.ids.contains_key(&under(key)), "the id under each key");
    }
}

#[tokio::test]
async fn without_the_old_key_they_would_be_two() {
    let fixture = JourneyFixture::new().await;
    collector(&fixture, OLD).handle(&event("crm", "crm.case:c-1001")).await.unwrap();
    collector(&fixture, NEW).handle(&event("web", "web.session:s-81f2")).await.unwrap();
    let seed: Id = "web.session:s-81f2".parse().unwrap();
    assert_eq!(fixture.table.gather(seed, Clocks::default()).await.unwrap().anchors.len(), 1);
}
