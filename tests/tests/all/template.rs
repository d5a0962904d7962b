//! The patterns that the template deploys, run by an engine that implements them: what must wake a function
//! does, and nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use cxtrace::engine::Change;
use quamina::Quamina;
use serde_json::{Value, json};
use serde_yaml_ng::Value as Yaml;

use crate::support::{Ingest, attribute, event, noon};

fn template() -> Yaml {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    serde_yaml_ng::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A part of the template as JSON, with each `!Ref` of a parameter replaced by its default.
fn resolved(template: &Yaml, part: &Yaml) -> Value {
    match part {
        Yaml::Tagged(tagged) => {
            let name = tagged.value.as_str().unwrap();
            resolved(template, &template["Parameters"][name]["Default"])
        }
        Yaml::Mapping(map) => {
            map.iter().map(|(k, v)| (k.as_str().unwrap().to_owned(), resolved(template, v))).collect()
        }
        Yaml::Sequence(list) => list.iter().map(|v| resolved(template, v)).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn engine(pattern: &str) -> Quamina<&'static str> {
    let mut engine = Quamina::new();
    engine.add_pattern("wanted", pattern).unwrap();
    engine
}

fn rule() -> Quamina<&'static str> {
    let template = template();
    engine(&resolved(&template, &template["Resources"]["AttributeEvents"]["Properties"]["EventPattern"]).to_string())
}

fn samples(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_rule_wants_every_attributes_sample_and_no_other_topic() {
    let rule = rule();
    let wanted = samples("genesys/attributes");
    assert!(wanted.len() > 10);
    for (path, sample) in wanted {
        assert!(rule.has_matches(sample.as_bytes()).unwrap(), "{path} does not match");
    }
    for (path, sample) in samples("genesys/foreign") {
        assert!(!rule.has_matches(sample.as_bytes()).unwrap(), "{path} matches");
    }
}

#[test]
fn the_rule_wants_nothing_of_another_source_or_of_a_topic_that_only_looks_alike() {
    let sample = json!({
        "source": "aws.partner/genesys.com/cloud/0d6f3bfc-1111-4222-8333-444455556666/cxtrace",
        "detail-type": "v2.detail.events.conversation.{id}.attributes",
    });
    let rule = rule();
    assert!(rule.has_matches(sample.to_string().as_bytes()).unwrap());
    for (field, value) in [
        ("source", "aws.partner/example.com/cloud/x"),
        ("source", "my.aws.partner/genesys.com/cloud/x"),
        ("detail-type", "v2.detail.events.conversation.12341234-1234-4234-8234-123412341234.attributes"),
        ("detail-type", "v2.detail.events.conversation.{id}.attributes.more"),
        ("detail-type", "V2.DETAIL.EVENTS.CONVERSATION.{ID}.ATTRIBUTES"),
    ] {
        let mut other = sample.clone();
        other[field] = json!(value);
        assert!(!rule.has_matches(other.to_string().as_bytes()).unwrap(), "{other} matches");
    }
}

/// The filter of the event source mapping lets through what the publisher reads, and the twin's wiring is
/// held to the same.
#[tokio::test]
async fn the_streams_filter_wants_new_occurrences_only() {
    let template = template();
    let filter = &template["Resources"]["OccurrenceStream"]["Properties"]["FilterCriteria"]["Filters"][0]["Pattern"];
    let filter = engine(filter.as_str().unwrap());
    let ingest = Ingest::with(&[]).await;
    let names = [attribute("A", "B", noon()), attribute("A", "C", noon() - chrono::TimeDelta::hours(5))];
    ingest.handler.handle(&event("c", noon(), names.iter().map(String::as_str))).await.unwrap();
    let changes = ingest.engine.take_changes(0, 1_000);
    let is_wanted = |change: &Change| filter.has_matches(change.record().to_string().as_bytes()).unwrap();
    let wanted: Vec<_> = changes.iter().filter(|c| is_wanted(c)).map(Change::sort_key).collect();
    assert_eq!(wanted.len(), 3, "two metrics and one skewed count: {wanted:?}");
    assert!(wanted.iter().all(|sk| sk.starts_with("occurrence#")));
    assert!(changes.len() > wanted.len(), "marks, seen sets and the budget are changes too");
    for change in &changes {
        let record = serde_json::from_value(change.record()).unwrap();
        assert_eq!(cxtrace_store::stream::inserted(&record).unwrap().is_some(), is_wanted(change));
    }
}
