//! Tests the properties of generated traffic in the events themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::TimeDelta;
use cxtrace_domain::metrics::diff::candidates;
use cxtrace_domain::metrics::{ConversationId, Finding, MetricName};
use serde_json::Value;

use super::*;

fn traffic(conversations: u32) -> Traffic {
    Traffic { seed: 1, conversations, hours: 8, start: "2026-03-02T06:00:00Z".parse().unwrap() }
}

/// The events of 200 conversations, parsed.
fn events() -> Vec<(Value, GeneratedEvent)> {
    traffic(200).events().map(|event| (serde_json::from_str(&event.json).unwrap(), event)).collect()
}

fn text<'a>(json: &'a Value, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {json}"))
}

fn attributes(json: &Value) -> impl Iterator<Item = &str> {
    json["detail"]["eventBody"]["attributes"].as_object().unwrap().keys().map(String::as_str)
}

/// FNV-1a: short, and the same in every version.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    let lines = |traffic: Traffic| traffic.events().map(|event| event.json + "\n").collect::<String>();
    let run = lines(traffic(20));
    assert_eq!(run, lines(traffic(20)));
    assert_ne!(run, lines(Traffic { seed: 2, ..traffic(20) }));
    // If this changes, all traffic that was ever generated from a seed changes.
    assert_eq!((run.lines().count(), run.len(), hash(run.as_bytes())), (228, 363_979, 7_302_313_520_814_311_031));
}

#[test]
fn the_domain_reads_back_what_was_expected() {
    let expected = traffic(200).expected();
    let (mut metrics, mut malformed) = (BTreeMap::new(), BTreeSet::new());
    let mut count = 0;
    for (json, _) in events() {
        count += 1;
        let id = text(&json, "/detail/eventBody/conversationId");
        let conversation = ConversationId::try_new(id).unwrap();
        for name in attributes(&json) {
            for candidate in candidates(&conversation, [name]) {
                let key = (id.to_owned(), name.to_owned());
                match candidate.finding {
                    Finding::Metric(MetricName { flow, metric, at }) => {
                        metrics.insert(key, (flow.to_owned(), metric.to_owned(), at));
                    }
                    Finding::Malformed { .. } | Finding::Unreadable { .. } | Finding::Meaningless { .. } => {
                        malformed.insert(key);
                    }
                }
            }
        }
    }
    let wanted: BTreeMap<_, _> = expected
        .metrics
        .into_iter()
        .map(|(key, ExpectedMetric { flow, metric, at })| (key, (flow.to_owned(), metric.to_owned(), at)))
        .collect();
    assert_eq!(metrics, wanted);
    assert_eq!(malformed, expected.malformed);
    assert_eq!(count, expected.events);
}

#[test]
fn about_four_in_ten_events_carry_a_new_metric() {
    let mut seen = HashSet::new();
    let (mut carrying, mut all) = (0, 0);
    for (json, _) in events() {
        let conversation = ConversationId::try_new(text(&json, "/detail/eventBody/conversationId")).unwrap();
        let found = candidates(&conversation, attributes(&json));
        let new = found.iter().filter(|c| matches!(c.finding, Finding::Metric(_)) && seen.insert(c.id)).count();
        carrying += usize::from(new > 0);
        all += 1;
    }
    assert!((3..=5).contains(&((carrying * 10 + all / 2) / all)), "{carrying} of {all}");
}

#[test]
fn every_oddity_occurs_among_two_hundred_conversations() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut envelopes, mut contents) = (HashSet::new(), HashSet::new());
    let mut under: HashMap<(String, String), HashSet<String>> = HashMap::new();
    let mut newest = DateTime::<Utc>::MIN_UTC;
    let expected = traffic(200).expected();
    for (json, event) in events() {
        let mut note = |what, occurs| *counts.entry(what).or_default() += usize::from(occurs);
        let body = &json["detail"]["eventBody"];

        let redelivered = !envelopes.insert(text(&json, "/id").to_owned());
        let resent = !contents.insert(json["detail"].to_string()) && !redelivered;
        note("redelivered", redelivered);
        note("re-sent", resent);
        let behind = newest - event.published;
        let first = !redelivered && !resent;
        note("overtaken by seconds", first && behind > TimeDelta::zero() && behind <= TimeDelta::seconds(10));
        note("overtaken by minutes", first && behind > TimeDelta::minutes(1));
        newest = newest.max(event.published);

        note("eventTime as a number", body["eventTime"].is_i64());
        note("eventTime as a text", body["eventTime"].is_string());
        let made = match body["eventTime"].as_i64() {
            Some(millis) => DateTime::from_timestamp_millis(millis).unwrap(),
            None => text(body, "/eventTime").parse().unwrap(),
        };
        note("published hours late", event.published - made >= TimeDelta::hours(1));
        note("external contacts", body["conversationExternalContactIds"].is_array());
        note("no communications", body["communications"].is_null());
        note("communications", body["communications"].is_array());
        note("no media type", body["communications"].is_array() && body["communications"][0]["mediaType"].is_null());

        let (conversation, participant) =
            (text(&json, "/detail/eventBody/conversationId"), text(&json, "/detail/eventBody/participantId"));
        let mut new = 0;
        for name in attributes(&json) {
            let occurrence = (conversation.to_owned(), name.to_owned());
            if expected.malformed.contains(&occurrence) {
                note("malformed", true);
            }
            if let Some(meaning) = expected.metrics.get(&occurrence) {
                let participants = under.entry(occurrence).or_default();
                let first_seen = participants.is_empty();
                new += usize::from(first_seen);
                participants.insert(participant.to_owned());
                note("under two participants", participants.len() > 1);
                let ahead = meaning.at - made;
                note("in its own time", ahead.abs() < TimeDelta::minutes(3));
                note(
                    "in the wrong zone",
                    first_seen && (1..=11).contains(&(ahead.abs() + TimeDelta::minutes(4)).num_hours()),
                );
                note("about a minute ahead", (20..100).contains(&ahead.num_seconds()));
            }
        }
        note("several new metrics at once", new > 1);
    }
    assert!(counts.values().all(|count| *count > 0), "{counts:#?}");
    assert_eq!(counts["redelivered"] as u64, expected.redelivered);
    assert_eq!(counts["re-sent"] as u64, expected.resent);
}

#[test]
fn conversations_have_one_to_six_participants_and_several_flows() {
    let mut participants: HashMap<String, HashSet<String>> = HashMap::new();
    for (json, _) in events() {
        let body = |field: &str| text(&json, &format!("/detail/eventBody/{field}")).to_owned();
        participants.entry(body("conversationId")).or_default().insert(body("participantId"));
    }
    assert_eq!(participants.len(), 200);
    let sizes: BTreeSet<_> = participants.values().map(HashSet::len).collect();
    assert_eq!(sizes, (1..=6).collect());
    let flows: HashSet<_> = traffic(200).expected().totals().into_keys().map(|(flow, _)| flow).collect();
    assert!(flows.len() >= 6, "{flows:?}");
}

#[test]
fn envelopes_have_the_shape_of_the_regular_sample() {
    let sample: Value = serde_json::from_str(include_str!("../../../events/genesys/attributes/regular.json")).unwrap();
    let (json, event) = events().swap_remove(0);
    let keys = |json: &Value| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), keys(&sample));
    assert_eq!(keys(&json["detail"]), keys(&sample["detail"]));
    for pointer in ["/version", "/detail-type", "/source", "/account", "/region", "/detail/version"] {
        assert_eq!(text(&json, pointer), text(&sample, pointer));
    }
    assert_eq!(text(&json, "/detail/timestamp").parse::<DateTime<Utc>>().unwrap(), event.published);
    assert_eq!(text(&json, "/time"), text(&json, "/detail/timestamp").split('.').next().unwrap().to_owned() + "Z");
    assert!(!event.json.contains('\n'));
}

#[test]
fn another_source_prefix_changes_nothing_but_the_source() {
    let partner = traffic(3).events().map(|event| event.json);
    let custom = traffic(3).events_from("cxtrace.samples").map(|event| event.json);
    for (partner, custom) in partner.zip(custom) {
        assert_eq!(custom.replace("cxtrace.samples/", "aws.partner/genesys.com/cloud/"), partner);
    }
}

#[test]
fn a_run_of_any_size_gives_its_first_events_at_once() {
    let endless = Traffic { conversations: u32::MAX, hours: u32::MAX, ..traffic(0) };
    let first: Vec<_> = endless.events().take(100).collect();
    assert_eq!(first.len(), 100);
    assert!(first[0].published >= endless.start);
}

#[test]
fn no_conversations_make_no_events() {
    assert_eq!(traffic(0).events().count(), 0);
    assert_eq!(traffic(0).expected(), ExpectedCounts::default());
}
