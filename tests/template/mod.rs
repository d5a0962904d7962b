//! Tests the template's event patterns with an engine that implements them: exactly the intended events wake a
//! function. Also tests that its parameters match the registry of settings.

mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cxtrace::engine::Change;
use cxtrace::wiring::{Handler, of_change, of_event};
use cxtrace_domain::journeys::Retraction;
use cxtrace_domain::metrics::{Bucket, Carry, Tag};
use cxtrace_settings::metrics::default_template;
use cxtrace_settings::{Form, Function, SetBy, parameters, registry};
use cxtrace_sources::{cxtrace_span, genesys};
use quamina::Quamina;
use regex::Regex;
use serde_json::{Value, json};
use serde_yaml_ng::Value as Yaml;

use crate::journeys::support::{JourneyFixture, fact, id, linked};
use crate::pipeline::support::{Ingest, attribute, event, noon};

pub(crate) fn file(name: &str) -> String {
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

pub(crate) fn engine(pattern: &str) -> Quamina<&'static str> {
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
fn the_rule_matches_every_attributes_sample_and_no_other_topic() {
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
fn the_rule_matches_no_other_source_and_no_similar_topic() {
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

/// The filter of the event source mapping passes the records that the publisher reads. The twin's wiring must agree.
#[tokio::test]
async fn the_streams_filter_passes_only_new_occurrences_and_carried_counts() {
    let template = template();
    let filters = &template["Resources"]["OccurrenceStream"]["Properties"]["FilterCriteria"]["Filters"];
    let filters: Vec<_> =
        filters.as_sequence().unwrap().iter().map(|filter| engine(filter["Pattern"].as_str().unwrap())).collect();
    let ingest = Ingest::with(&[]).await;
    let names = [attribute("A", "B", noon()), attribute("A", "C", noon() - chrono::TimeDelta::hours(5))];
    ingest.handler.handle(&event("c", noon(), names.iter().map(String::as_str))).await.unwrap();
    let series = default_template().series("A", "B", None).0;
    let carry = Carry { number: 1, to: Bucket::starting_at(noon().timestamp()), count: 3, uncertain: 1 };
    let counts = carry.counts(&series, Bucket::starting_at(0), 10, &default_template());
    ingest.table.put_carried_counts(&counts).await.unwrap();
    let changes = ingest.engine.take_changes(0, 1_000);
    let is_wanted = |change: &Change| {
        filters.iter().any(|filter| filter.has_matches(change.record().to_string().as_bytes()).unwrap())
    };
    let wanted: Vec<_> = changes.iter().filter(|c| is_wanted(c)).map(Change::sort_key).collect();
    assert_eq!(wanted.len(), 6, "two metrics, one skewed count, and three counts of a carry: {wanted:?}");
    assert!(wanted.iter().all(|sk| sk.starts_with("occurrence#") || sk.starts_with("carried#")));
    assert!(changes.len() > wanted.len(), "marks, seen sets and the budget are changes too");
    for change in &changes {
        let record = serde_json::from_value(change.record()).unwrap();
        assert_eq!(cxtrace_store::stream::inserted(&record).unwrap().is_some(), is_wanted(change));
    }
}

/// The rules pass the topics that the code reads, topic by topic. The twin's wiring must agree.
#[test]
fn the_rules_match_exactly_the_topics_of_their_functions() {
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
async fn the_fact_streams_filters_pass_only_new_facts_and_retractions() {
    let template = template();
    let filters = &template["Resources"]["FactStream"]["Properties"]["FilterCriteria"]["Filters"];
    let filters: Vec<_> =
        filters.as_sequence().unwrap().iter().map(|filter| engine(filter["Pattern"].as_str().unwrap())).collect();
    let fixture = JourneyFixture::new().await;
    let (case, call) = ("crm.case:c-1", "sbc.call:c-2");
    // Writes the items that the assembler writes for a journey.
    fixture.append_and_assemble(&[linked("crm", case, noon(), call)]).await;
    fixture.table.append(&[fact("sbc", call, noon())]).await.unwrap();
    fixture.table.retract(&Retraction::between(id(case), id(call), noon())).await.unwrap();
    let changes = fixture.engine.take_changes(0, usize::MAX);
    let is_wanted = |change: &Change| {
        let record = change.record().to_string();
        filters.iter().any(|filter| filter.has_matches(record.as_bytes()).unwrap())
    };
    for change in &changes {
        let wakes = of_change(change.event_name(), change.sort_key()) == Some(Handler::JourneyAssembler);
        assert_eq!(is_wanted(change), wakes, "{} {}", change.event_name(), change.sort_key());
    }
    let wanted: Vec<_> = changes.iter().filter(|change| is_wanted(change)).map(Change::sort_key).collect();
    for prefix in ["fact#", "decision#"] {
        assert!(wanted.iter().any(|sk| sk.starts_with(prefix)), "no {prefix} among {wanted:?}");
    }
    assert!(changes.len() > wanted.len(), "a journey's row is a change, too");
}

/// Totals must be sent in the order of the stream: see `docs/design.md`, section 5.
#[test]
fn one_publisher_at_a_time_works_on_a_shard() {
    let template = template();
    let stream = &template["Resources"]["OccurrenceStream"]["Properties"];
    assert_eq!(stream["ParallelizationFactor"].as_u64(), Some(1));
}

/// A name that CloudFormation does not make has a limit, and a stack's name can be longer.
#[test]
fn no_name_with_a_short_limit_contains_the_name_of_the_stack() {
    let template = template();
    let mut names = 0;
    for (id, resource) in template["Resources"].as_mapping().unwrap() {
        let limit = match resource["Type"].as_str().unwrap() {
            "AWS::Events::Rule" | "AWS::Serverless::Function" | "AWS::IAM::Role" => 64,
            "AWS::SQS::Queue" => 80,
            _ => continue,
        };
        for property in ["Name", "FunctionName", "RoleName", "QueueName"] {
            let name = &resource["Properties"][property];
            if name.is_null() {
                continue;
            }
            names += 1;
            let text = serde_yaml_ng::to_string(name).unwrap();
            assert!(!text.contains("StackName"), "{id:?}: {property} may have more than {limit} characters");
            // `!Sub [TEXT, {Id: ...}]`: the line of the text begins with a dash and a space.
            let written = text.lines().find_map(|line| line.strip_prefix("- ")).unwrap_or(text.trim());
            let length = written.replace("${Id}", &"0".repeat(36)).len();
            assert!(length <= limit, "{id:?}: {written} has {length} characters");
        }
    }
    assert!(names > 0);
}

/// The default of a parameter; empty when it has none.
fn default_of(parameter: &Yaml) -> String {
    match &parameter["Default"] {
        Yaml::String(text) => text.clone(),
        Yaml::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[test]
fn each_parameter_is_in_the_registry_with_its_default_and_range() {
    let template = template();
    let mut registered = BTreeMap::new();
    for spec in registry::ALL.iter().map(|setting| setting.spec()) {
        let SetBy::Parameter(name) = spec.set_by else { continue };
        registered.insert(name.to_owned(), spec.default.unwrap_or_default().to_owned());
        let parameter = &template["Parameters"][name];
        match spec.form {
            Form::Whole { min, max, .. } => {
                let range = (parameter["MinValue"].as_u64(), parameter["MaxValue"].as_u64());
                assert_eq!(range, (Some(min), Some(max)), "{name}");
            }
            Form::OneOf(words) => {
                let allowed = parameter["AllowedValues"].as_sequence().unwrap();
                assert_eq!(allowed.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>(), words, "{name}");
            }
            Form::Text(_) => assert!(parameter.get("MinValue").is_none(), "{name}"),
        }
    }
    registered.extend(parameters::ALL.iter().map(|other| (other.name.to_owned(), other.default.to_owned())));
    let parameters = template["Parameters"].as_mapping().unwrap().iter();
    let declared: BTreeMap<_, _> =
        parameters.map(|(name, parameter)| (name.as_str().unwrap().to_owned(), default_of(parameter))).collect();
    assert_eq!(registered, declared);
}

/// The variables of one function, with those that all functions have.
fn variables_of(template: &Yaml, function: Function) -> BTreeMap<String, Yaml> {
    let of = |place: &Yaml| {
        let variables = place["Environment"]["Variables"].as_mapping().cloned().unwrap_or_default();
        variables.into_iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), value)).collect::<Vec<_>>()
    };
    let own = of(&template["Resources"][function.logical_id()]["Properties"]);
    of(&template["Globals"]["Function"]).into_iter().chain(own).collect()
}

/// Every setting reaches the functions that read it, from the parameter in the registry.
#[test]
fn the_template_sets_each_setting_where_it_is_read() {
    let template = template();
    for spec in registry::ALL.iter().map(|setting| setting.spec()) {
        for function in Function::ALL {
            let variables = variables_of(&template, *function);
            let value = variables.get(spec.variable);
            let place = format!("{} of {}", spec.variable, function.name());
            if matches!(spec.set_by, SetBy::Twin | SetBy::Lambda) {
                assert!(value.is_none(), "{place} is set");
                continue;
            }
            if !spec.readers.contains(function) {
                continue;
            }
            let reference = match value.unwrap_or_else(|| panic!("{place} is not set")) {
                Yaml::Tagged(tagged) if tagged.tag == "Ref" => tagged.value.as_str().unwrap_or_default(),
                _ => "",
            };
            match spec.set_by {
                SetBy::Parameter(name) => assert_eq!(reference, name, "{place}"),
                _ => assert!(template["Parameters"].get(reference).is_none(), "{place} comes from a parameter"),
            }
        }
    }
}

/// Variables that only the Datadog Lambda extension reads.
const OF_THE_EXTENSION: [&str; 3] =
    ["DD_LAMBDA_CUSTOMER_METRICS_EXCLUDE_TAGS", "DD_SERVERLESS_FLUSH_STRATEGY", "DD_SERVERLESS_LOGS_ENABLED"];

#[test]
fn the_template_sets_nothing_that_is_not_in_the_registry() {
    let template = template();
    let known: BTreeSet<_> = registry::ALL.iter().map(|setting| setting.spec().variable).collect();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    let functions: Vec<_> = resources
        .filter(|(_, resource)| resource["Type"].as_str() == Some("AWS::Serverless::Function"))
        .map(|(name, _)| name.as_str().unwrap())
        .collect();
    assert_eq!(functions.len(), Function::ALL.len(), "{functions:?}");
    for function in Function::ALL {
        assert!(functions.contains(&function.logical_id()), "{}", function.name());
        for variable in variables_of(&template, *function).into_keys() {
            let is_known = known.contains(variable.as_str()) || OF_THE_EXTENSION.contains(&variable.as_str());
            assert!(is_known, "{variable} of {}", function.name());
        }
    }
}

/// Whether the pattern of `MetricTags` accepts one tag. The engine has no lookaheads; those of the pattern are all
/// negative, and precede the rest of a tag.
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
fn the_template_accepts_the_same_tags_as_the_functions() {
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
    // As docs/settings.md says, the template accepts only ASCII.
    assert!(Tag::parse("city:köln").is_ok() && !pattern_takes(pattern, "city:köln"));
}
