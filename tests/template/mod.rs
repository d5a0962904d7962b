//! The patterns that the template deploys, run by an engine that implements them: what must wake a function
//! does, and nothing else. And its parameters: what the README tells of them, and what the functions make of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cxtrace::engine::Change;
use cxtrace::wiring::{Handler, of_change, of_event};
use cxtrace_domain::journeys::{Policy, Retraction};
use cxtrace_domain::metrics::Tag;
use cxtrace_sources::{cxtrace_span, genesys};
use quamina::Quamina;
use regex::Regex;
use serde_json::{Value, json};
use serde_yaml_ng::Value as Yaml;

use crate::journeys::support::{Room, fact, id, linked};
use crate::pipeline::support::{Ingest, attribute, event, noon};

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

fn template() -> Yaml {
    serde_yaml_ng::from_str(&file("template.yaml")).unwrap()
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

/// The rules let through what the code takes, topic by topic, and the twin's wiring is held to the same.
#[test]
fn the_rules_want_exactly_the_topics_that_their_functions_take() {
    let template = template();
    let topics = |rule: &str| -> BTreeSet<String> {
        let wanted = &template["Resources"][rule]["Properties"]["EventPattern"]["detail-type"];
        wanted.as_sequence().unwrap().iter().map(|topic| topic.as_str().unwrap().to_owned()).collect()
    };
    let taken = |handler: Handler, all: &[&str]| -> BTreeSet<String> {
        let is_taken = |topic: &&&str| of_event(Some(**topic)) == Some(handler);
        all.iter().filter(is_taken).map(|topic| (*topic).to_owned()).collect()
    };
    assert_eq!(topics("AttributeEvents"), taken(Handler::FlowMetrics, &genesys::TOPICS));
    assert_eq!(topics("ConversationEvents"), taken(Handler::SpanCollector, &genesys::TOPICS));
    assert_eq!(topics("SpanEvents"), taken(Handler::SpanCollector, &[cxtrace_span::DETAIL_TYPE]));
    assert_eq!(topics("AttributeEvents").len() + topics("ConversationEvents").len(), genesys::TOPICS.len());
}

/// The same for the assembler: its filters and the twin's wiring agree on every change of a table in use.
#[tokio::test]
async fn the_fact_streams_filters_want_new_facts_and_retractions_only() {
    let template = template();
    let filters = &template["Resources"]["FactStream"]["Properties"]["FilterCriteria"]["Filters"];
    let filters: Vec<_> =
        filters.as_sequence().unwrap().iter().map(|filter| engine(filter["Pattern"].as_str().unwrap())).collect();
    let room = Room::new().await;
    let (case, call) = ("crm.case:c-1", "sbc.call:c-2");
    // Leaves behind what the assembler writes of a journey.
    room.tell(&[linked("crm", case, noon(), call)]).await;
    room.table.append(&[fact("sbc", call, noon())]).await.unwrap();
    room.table.retract(&Retraction::between(id(case), id(call), noon())).await.unwrap();
    let changes = room.engine.take_changes(0, usize::MAX);
    let is_wanted = |change: &Change| {
        let record = change.record().to_string();
        filters.iter().any(|filter| filter.has_matches(record.as_bytes()).unwrap())
    };
    for change in &changes {
        let wakes = of_change(change.event_name(), change.sort_key()) == Some(Handler::JourneyAssembler);
        assert_eq!(is_wanted(change), wakes, "{} {}", change.event_name(), change.sort_key());
    }
    let wanted: Vec<_> = changes.iter().filter(|change| is_wanted(change)).map(Change::sort_key).collect();
    for prefix in ["fact#", "cut#"] {
        assert!(wanted.iter().any(|sk| sk.starts_with(prefix)), "no {prefix} among {wanted:?}");
    }
    assert!(changes.len() > wanted.len(), "a journey's row is a change, too");
}

/// Totals are sent in the order of the stream: see `docs/design.md`, section 5.
#[test]
fn one_publisher_at_a_time_works_on_a_shard() {
    let template = template();
    let stream = &template["Resources"]["OccurrenceStream"]["Properties"];
    assert_eq!(stream["ParallelizationFactor"].as_u64(), Some(1));
}

/// The cells of the README's table whose first column is headed `head`, row by row.
fn told(head: &str) -> Vec<Vec<String>> {
    let readme = file("README.md");
    let head = format!("| {head} |");
    let rows = readme.lines().skip_while(|line| !line.starts_with(&head)).skip(2);
    let cells = |row: &str| -> Vec<String> {
        row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()
    };
    let rows: Vec<_> = rows.take_while(|row| row.starts_with('|')).map(cells).collect();
    assert!(!rows.is_empty(), "the README has no table {head}");
    rows
}

#[test]
fn the_readme_tells_of_every_parameter_with_its_default() {
    let template = template();
    let settings = told("variable").into_iter().map(|row| (row[1].clone(), row[2].clone()));
    let others = told("parameter").into_iter().map(|row| (row[0].clone(), row[1].clone()));
    let told: BTreeMap<_, _> = settings.filter(|(parameter, _)| !parameter.is_empty()).chain(others).collect();
    let default = |parameter: &Yaml| match &parameter["Default"] {
        Yaml::String(text) if !text.is_empty() => text.clone(),
        Yaml::Number(number) => number.to_string(),
        _ => "none".to_owned(),
    };
    let parameters = template["Parameters"].as_mapping().unwrap().iter();
    let there: BTreeMap<_, _> =
        parameters.map(|(name, parameter)| (name.as_str().unwrap().to_owned(), default(parameter))).collect();
    assert_eq!(told, there);
}

#[test]
fn the_templates_defaults_are_the_codes() {
    let template = template();
    let default = |parameter: &str| template["Parameters"][parameter]["Default"].as_i64().unwrap();
    let policy = cxtrace_sources::policy();
    assert_eq!(default("SettleSeconds"), policy.delay.num_seconds());
    assert_eq!(default("LongQueueSeconds"), policy.long_queue.num_seconds());
    assert_eq!(default("LongGapSeconds"), policy.long_gap.num_seconds());
    assert_eq!(default("SlowBackendMs"), policy.slow_backend.num_milliseconds());
}

const EVERY: &[&str] = &["LOG_LEVEL", "RETENTION_DAYS"];
const COUNTING: &[&str] = &["STATE_TABLE", "METRIC_NAME", "METRIC_TAGS", "BUCKET_SECONDS"];
const DATADOG: &[&str] = &["DD_SITE", "DD_API_KEY_SECRET_ARN", "DD_METRICS_URL"];
const ASSEMBLING: &[&str] = &[
    "CORRELATION_TABLE",
    "SETTLE_SECONDS",
    "SOURCE_DELAYS",
    "LONG_QUEUE_SECONDS",
    "LONG_GAP_SECONDS",
    "SLOW_BACKEND_MS",
];
const EXPLORING: &[&str] =
    &["PSEUDONYM_KEY_SECRET_ARN", "SIGN_IN_ISSUER", "SIGN_IN_AUDIENCE", "SIGN_IN_CLIENT_ID", "SIGN_IN_ORIGINS"];

/// What each function reads: its `main.rs`.
fn reads() -> BTreeMap<&'static str, Vec<&'static str>> {
    let naming: &[&str] = &["MEDIA_TYPE_TAG", "MAX_SERIES", "CORRELATION_TABLE", "CORRELATION_ATTRIBUTES"];
    let concealing: &[&str] = &["PSEUDONYM_KEY_SECRET_ARN"];
    let publishing: &[&str] = &["HISTORICAL_METRICS", "METRICS_TRANSPORT", "DEAD_LETTER_QUEUE_URL"];
    let collecting: &[&str] = &["CORRELATION_TABLE", "SPAN_ATTRIBUTES"];
    let telling: &[&str] = &["STATE_TABLE", "BUCKET_SECONDS", "JOURNEY_BUS"];
    BTreeMap::from([
        ("FlowMetrics", [EVERY, COUNTING, naming, concealing].concat()),
        ("MetricsPublisher", [EVERY, COUNTING, DATADOG, publishing].concat()),
        ("SpanCollector", [EVERY, collecting, concealing].concat()),
        ("JourneyAssembler", [EVERY, ASSEMBLING].concat()),
        ("JourneySettler", [EVERY, ASSEMBLING, DATADOG, telling].concat()),
        ("JourneyExplorer", [EVERY, ASSEMBLING, EXPLORING].concat()),
    ])
}

/// Every setting reaches the functions that read it, from the parameter that the README names; one that the README
/// says is for the twin reaches none.
#[test]
fn the_template_sets_each_setting_of_the_readme_where_it_is_read() {
    let template = template();
    let set = |function: &str, variable: &str| -> Option<Yaml> {
        let of = |place: &Yaml| place["Environment"]["Variables"].get(variable).cloned();
        of(&template["Resources"][function]["Properties"]).or_else(|| of(&template["Globals"]["Function"]))
    };
    let reads = reads();
    let mut documented = BTreeSet::new();
    for row in told("variable") {
        let [variable, parameter, _, meaning] = row.as_slice() else { panic!("{row:?} has not four cells") };
        documented.insert(variable.clone());
        let readers: Vec<_> = reads.iter().filter(|(_, read)| read.contains(&variable.as_str())).collect();
        if meaning.contains("for the twin") {
            let setting = reads.keys().find(|function| set(function, variable).is_some());
            assert!(setting.is_none() && readers.is_empty() && parameter.is_empty(), "{variable}");
            continue;
        }
        assert!(!readers.is_empty(), "no function reads {variable}");
        for (function, _) in readers {
            let value =
                set(function, variable).unwrap_or_else(|| panic!("{function} reads {variable}, which is not set"));
            let reference = match &value {
                Yaml::Tagged(tagged) if tagged.tag == "Ref" => tagged.value.as_str().unwrap_or_default(),
                _ => "",
            };
            // What has no parameter is what the stack makes.
            let is_parameter = template["Parameters"].get(reference).is_some();
            let expected = if is_parameter { reference } else { "" };
            assert_eq!(parameter, expected, "{variable} of {function}");
        }
    }
    let read: BTreeSet<_> = reads.into_values().flatten().map(str::to_owned).collect();
    assert!(read.is_subset(&documented), "not in the README: {:?}", read.difference(&documented));
}

/// Whether the pattern of `MetricTags` lets one tag through. The engine has no lookaheads; the pattern's are all
/// negative, and stand before the rest of a tag.
fn pattern_takes(pattern: &str, tag: &str) -> bool {
    let mut rest = pattern.strip_prefix("^(").unwrap().strip_suffix("(, ?|$))*$").unwrap();
    while let Some(after) = rest.strip_prefix("(?!") {
        let mut open = 1;
        let is_end = |c: char| {
            open += i32::from(c == '(') - i32::from(c == ')');
            open == 0
        };
        let (forbidden, others) = after.split_at(after.find(is_end).unwrap());
        if Regex::new(&format!("^(?:{forbidden})")).unwrap().is_match(tag) {
            return false;
        }
        rest = &others[1..];
    }
    Regex::new(&format!("^(?:{rest})$")).unwrap().is_match(tag)
}

#[test]
fn the_template_takes_the_tags_that_the_functions_take() {
    let template = template();
    let pattern = template["Parameters"]["MetricTags"]["AllowedPattern"].as_str().unwrap();
    let (longest, longer) = ("x".repeat(200), "x".repeat(201));
    let taken =
        ["env:prod", "a", "flow", "flows:x", "hostess:x", "a::b", "k:v:w", "team:a-b_c.d/e", "x:1", longest.as_str()];
    let reserved = ["flow:x", "metric:x", "media_type:x", "host:web1", "device:x", "source:x", "host:"];
    let refused =
        ["", ":x", "1a", "_a", "env:", "a:b:", "Env:prod", "env:Prod", "a b", "a|b", "a=b", "a\tb", longer.as_str()];
    for tag in taken.iter().chain(&reserved).chain(&refused) {
        assert_eq!(pattern_takes(pattern, tag), Tag::parse(tag).is_ok(), "{tag:?}");
        assert_eq!(pattern_takes(pattern, tag), taken.contains(tag), "{tag:?}");
    }
    // As the README says: letters beyond ASCII are the functions' alone.
    assert!(Tag::parse("city:köln").is_ok() && !pattern_takes(pattern, "city:köln"));
}
