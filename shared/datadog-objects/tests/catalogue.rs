//! The objects of several deployments: every query is of a metric that is sent, with tags that it has; every template
//! variable filters what it should; and every metric that is sent stands somewhere.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cxtrace_datadog_objects::query::{Filter, MetricQuery};
use cxtrace_datadog_objects::{Catalogue, Deployment, FlowMetric, Object, ObjectKind, outline, stack};
use cxtrace_domain::metrics::SelfMetric;
use serde_json::Value;

/// The metrics that need no widget, each with the reason.
const NO_WIDGET: [(&str, &str); 0] = [];

fn flow(flow: &str, metric: &str) -> FlowMetric {
    FlowMetric { flow: flow.to_owned(), metric: metric.to_owned(), name: format!("genesys.flow.{flow}.{metric}") }
}

/// By name and by tags, with every option and without.
fn deployments() -> Vec<Deployment> {
    let plain = Deployment::default();
    let flows: BTreeSet<_> = [flow("ivr", "paid"), flow("ivr", "payment_failed"), flow("bot", "paid")].into();
    let tags = vec!["env:prod".to_owned(), "version:7".to_owned()];
    let rich = Deployment {
        stack: "prod".to_owned(),
        static_tags: tags,
        media_type: true,
        explorer: Some("https://explorer.example".to_owned()),
        notify: vec!["@slack-contact-centre".to_owned()],
        anomalies: true,
        aws: true,
        ..Deployment::default()
    };
    vec![
        plain.clone(),
        Deployment { flows: flows.clone(), ..plain.clone() },
        Deployment { metric_name: "genesys.flow.metric".to_owned(), ..plain },
        Deployment { flows, ..rich.clone() },
        Deployment { metric_name: "genesys.flow.metric".to_owned(), ..rich },
    ]
}

/// Every text in `value`.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(all) => all.iter().for_each(|value| texts(value, found)),
        Value::Object(all) => all.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// Every metric query of an object.
fn queries(object: &Object) -> Vec<MetricQuery> {
    if object.kind == ObjectKind::Metadata {
        return Vec::new();
    }
    let mut found = Vec::new();
    texts(&object.body, &mut found);
    found.into_iter().flat_map(MetricQuery::find_all).map(|(_, query)| query).collect()
}

#[test]
fn every_query_is_of_a_metric_that_is_sent_with_tags_that_it_has() {
    for deployment in deployments() {
        let catalogue = Catalogue::of(&deployment).unwrap();
        for object in &catalogue.objects {
            let variables: BTreeMap<_, _> = object.body["template_variables"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|variable| (variable["name"].as_str().unwrap(), variable["prefix"].as_str().unwrap()))
                .collect();
            for query in queries(object) {
                let known = deployment.tags_of(&query.metric);
                let known = known.unwrap_or_else(|| panic!("{}: {query} is of a metric that is not sent", object.key));
                let filtered = query.filter.leaves().into_iter().filter_map(|leaf| match leaf {
                    Filter::Tag(key, _) => Some(key.as_str()),
                    Filter::Variable(name) => Some(variables[name.as_str()]),
                    _ => None,
                });
                for key in filtered.chain(query.by.iter().map(String::as_str)) {
                    assert!(known.contains(&key), "{}: {query} uses the tag {key}, and has {known:?}", object.key);
                }
            }
        }
    }
}

#[test]
fn template_variables_filter_every_widget_that_they_should() {
    for deployment in deployments() {
        let catalogue = Catalogue::of(&deployment).unwrap();
        for object in catalogue.of_kind(ObjectKind::Dashboard) {
            let variables: Vec<_> = object.body["template_variables"].as_array().unwrap().iter().collect();
            let mut used = BTreeSet::new();
            for query in queries(object) {
                let known = deployment.tags_of(&query.metric).unwrap();
                let by_tag = |variable: &&&Value| known.contains(&variable["prefix"].as_str().unwrap());
                for key in variables.iter().filter(by_tag).map(|variable| variable["prefix"].as_str().unwrap()) {
                    let filters = query.filter.leaves().into_iter().filter_map(|leaf| match leaf {
                        Filter::Variable(name) => Some(name.as_str()),
                        _ => None,
                    });
                    let of_key = |name: &&str| {
                        variables.iter().any(|variable| variable["name"] == **name && variable["prefix"] == key)
                    };
                    let names: Vec<_> = filters.filter(of_key).collect();
                    let is_explicit = variables
                        .iter()
                        .filter(|variable| variable["prefix"] == key)
                        .all(|variable| ["version_a", "version_b"].contains(&variable["name"].as_str().unwrap()));
                    assert!(
                        names.len() == 1 || is_explicit,
                        "{}: {query} is filtered by {key} through {names:?}",
                        object.key
                    );
                    used.extend(names.into_iter().map(str::to_owned));
                }
            }
            let all: BTreeSet<_> =
                variables.iter().map(|variable| variable["name"].as_str().unwrap().to_owned()).collect();
            assert_eq!(used, all, "{}: a variable filters nothing", object.key);
        }
    }
}

#[test]
fn every_metric_that_is_sent_stands_on_a_dashboard_or_in_the_list_of_those_that_need_none() {
    let deployment = &deployments()[2];
    let catalogue = Catalogue::of(deployment).unwrap();
    let shown: BTreeSet<_> =
        catalogue.of_kind(ObjectKind::Dashboard).flat_map(queries).map(|query| query.metric).collect();
    let sent = SelfMetric::ALL.iter().map(|own| own.name().to_owned()).chain([deployment.metric_name.clone()]);
    for metric in sent {
        let is_listed = NO_WIDGET.iter().any(|(name, _)| *name == metric);
        assert!(shown.contains(&metric) != is_listed, "{metric}");
    }
}

#[test]
fn every_monitor_says_what_to_do_and_when_it_is_over() {
    for deployment in deployments() {
        let catalogue = Catalogue::of(&deployment).unwrap();
        let mut keys = BTreeSet::new();
        for monitor in catalogue.of_kind(ObjectKind::Monitor) {
            assert!(keys.insert(&monitor.key), "{} exists twice", monitor.key);
            let message = monitor.body["message"].as_str().unwrap();
            for part in ["**Check first**", "1. ", "**Safe to do**", "**It is over**"] {
                assert!(message.contains(part), "{}: {message}", monitor.key);
            }
            assert_eq!(message.ends_with("@slack-contact-centre"), !deployment.notify.is_empty());
            let query = monitor.body["query"].as_str().unwrap();
            let critical = monitor.body["options"]["thresholds"]["critical"].as_f64().unwrap();
            assert!(query.ends_with(&format!(" {critical}")), "{query} has another threshold than {critical}");
        }
    }
}

#[test]
fn a_flow_and_an_error_metric_with_a_name_of_their_own_have_a_monitor_of_their_own() {
    let query = |deployment: &Deployment, key: &str| {
        let catalogue = Catalogue::of(deployment).unwrap();
        let monitor = catalogue.of_kind(ObjectKind::Monitor).find(|monitor| monitor.key == key).unwrap().clone();
        monitor.body["query"].as_str().unwrap().to_owned()
    };
    let [_, named, tagged, rich, _] = &deployments()[..] else { panic!() };
    assert_eq!(
        query(named, "flow-silent-ivr"),
        "sum(last_1h):default_zero(sum:genesys.flow.ivr.paid{*}.as_count()) + \
         default_zero(sum:genesys.flow.ivr.payment_failed{*}.as_count()) < 1"
    );
    assert_eq!(
        query(tagged, "flow-silent"),
        "sum(last_1h):default_zero(sum:genesys.flow.metric{*} by {flow}.as_count()) < 1"
    );
    assert_eq!(
        query(tagged, "error-metric-doubled"),
        "pct_change(sum(last_1h),1d_ago):sum:genesys.flow.metric{metric:*error* OR metric:*fail* OR metric:*exception* OR \
         metric:*timeout*} by {flow,metric}.as_count() > 100"
    );
    assert!(query(rich, "error-metric-rising-ivr-payment_failed").contains("{env:prod,version:7}"));
    assert_eq!(query(rich, "late"), "sum(last_15m):sum:cxtrace.occurrences.late{env:prod,version:7}.as_count() > 100");
}

#[test]
fn objects_read_well_as_an_outline() {
    for (name, deployment) in [("by_name", &deployments()[1]), ("by_tags", &deployments()[4])] {
        let catalogue = Catalogue::of(deployment).unwrap();
        let text: Vec<_> = catalogue.objects.iter().map(outline::outline).collect();
        insta::assert_snapshot!(name, text.join("\n"));
    }
    assert_eq!(Catalogue::of(&Deployment::default()).unwrap().left_out, ["flow-metrics"]);
}

#[test]
fn the_cloudformation_stack_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/datadog/stack.json");
    let template = stack::template(&Catalogue::of(&Deployment::default()).unwrap());
    let text = serde_json::to_string_pretty(&template).unwrap() + "\n";
    if std::env::var_os("CXTRACE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "infra/datadog/stack.json is not current. Run: CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-datadog-objects"
    );
}
