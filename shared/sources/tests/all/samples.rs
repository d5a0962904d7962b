//! Every sample file, and its facts.

use std::collections::BTreeSet;

use cxtrace_sources::{Read, cxtrace_span, genesys, read};
use serde_json::Value;

use crate::support::{context, sample};

fn files(folder: &str) -> Vec<String> {
    let all = std::fs::read_dir(format!("{}/../../events/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let names = all.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn snapshots(folder: &str) -> BTreeSet<String> {
    let mut topics = BTreeSet::new();
    for path in files(folder) {
        let text = sample(&path);
        topics.insert(serde_json::from_str::<Value>(&text).unwrap()["detail-type"].as_str().unwrap().to_owned());
        let Read::Facts(facts) = read(&text, &context()).unwrap() else { panic!("{path} is foreign") };
        insta::assert_json_snapshot!(path.replace('/', "__").replace(".json", ""), facts);
    }
    topics
}

#[test]
fn samples_of_genesys_become_facts_and_cover_every_topic() {
    let mut topics = snapshots("genesys/conversation");
    topics.extend(snapshots("genesys/foreign"));
    topics.insert("v2.detail.events.conversation.{id}.attributes".to_owned());
    assert_eq!(topics, genesys::TOPICS.map(str::to_owned).into());
}

#[test]
fn samples_of_spans_become_facts() {
    assert_eq!(snapshots("cxtrace"), [cxtrace_span::DETAIL_TYPE.to_owned()].into());
}

#[test]
fn participant_attributes_are_left_to_flow_metrics() {
    for path in files("genesys/attributes") {
        assert_eq!(read(&sample(&path), &context()), Ok(Read::Facts(Vec::new())), "{path}");
    }
}

#[test]
fn another_topic_is_ignored_and_its_name_is_shown_if_it_is_safe() {
    for (topic, shown) in [
        ("v2.users.{id}.activity", "v2.users.{id}.activity"),
        ("call of +44 7700 900123", "a topic whose name is not shown"),
    ] {
        let json = serde_json::json!({"detail-type": topic, "detail": {"eventBody": 7}}).to_string();
        assert_eq!(read(&json, &context()), Ok(Read::Foreign { topic: shown.to_owned() }));
    }
}
