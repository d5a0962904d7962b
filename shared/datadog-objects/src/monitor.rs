//! From a monitor's short form to Datadog's JSON (API reference, *Create a monitor*, v1).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::definition::{Each, Monitor};
use crate::deployment::{Deployment, FlowMetric};
use crate::query::{Filter, MetricQuery};

/// The words in the name of an error metric.
pub(crate) const ERROR_WORDS: [&str; 4] = ["error", "fail", "exception", "timeout"];

/// The longest time after its bucket at which a count usually arrives, in seconds.
const EVALUATION_DELAY: u32 = 120;

/// The monitors of one definition: each with its key and its JSON, without a mark.
pub(crate) fn json(monitor: &Monitor, deployment: &Deployment) -> Vec<(String, Value)> {
    let is_wanted = monitor.anomalies.is_none_or(|anomalies| anomalies == deployment.anomalies);
    if !is_wanted || (monitor.aws && !deployment.aws) {
        return Vec::new();
    }
    match monitor.each {
        None => vec![one(monitor, None, deployment)],
        Some(each) => of_flows(monitor, each, deployment),
    }
}

/// What one monitor watches, where there is one for each flow or error metric.
struct Watched {
    /// What follows the key.
    suffix: String,
    flow: String,
    metric: String,
    /// The count.
    count: String,
}

fn of_flows(monitor: &Monitor, each: Each, deployment: &Deployment) -> Vec<(String, Value)> {
    let filter = operators(deployment);
    if deployment.has_one_name() {
        // One monitor, which alerts for each flow or error metric.
        let (filter, by) = match each {
            Each::Flow => (filter, vec!["flow".to_owned()]),
            Each::ErrorMetric => (errors().and(filter_parts(filter)), vec!["flow".to_owned(), "metric".to_owned()]),
        };
        let watched = Watched {
            suffix: String::new(),
            flow: "{{flow.name}}".to_owned(),
            metric: "{{metric.name}}".to_owned(),
            count: count(&deployment.metric_name, filter, by),
        };
        return vec![one(monitor, Some(&watched), deployment)];
    }
    let named = |flow: &FlowMetric| count(&flow.name, filter.clone(), Vec::new());
    let watched: Vec<_> = match each {
        Each::Flow => {
            let flows: BTreeSet<_> = deployment.flows.iter().map(|flow| flow.flow.as_str()).collect();
            let watched = flows.into_iter().map(|flow| {
                let own = deployment.flows.iter().filter(|other| other.flow == flow);
                let counts: Vec<_> = own.map(named).collect();
                // `{count}` stands inside of default_zero( ).
                let count = counts.join(") + default_zero(");
                Watched { suffix: format!("-{flow}"), flow: flow.to_owned(), metric: String::new(), count }
            });
            watched.collect()
        }
        Each::ErrorMetric => {
            let is_error = |flow: &&FlowMetric| errors().selects(&flow.tags());
            let watched = deployment.flows.iter().filter(is_error).map(|flow| Watched {
                suffix: format!("-{}-{}", flow.flow, flow.metric),
                flow: flow.flow.clone(),
                metric: flow.metric.clone(),
                count: named(flow),
            });
            watched.collect()
        }
    };
    watched.iter().map(|watched| one(monitor, Some(watched), deployment)).collect()
}

/// The metrics whose name holds an error word.
fn errors() -> Filter {
    Filter::Or(ERROR_WORDS.iter().map(|word| Filter::Tag("metric".to_owned(), format!("*{word}*"))).collect())
}

/// The operator's tags: the monitors of one stack do not watch the metrics of another.
fn operators(deployment: &Deployment) -> Filter {
    let tags = deployment.static_tags.iter().filter_map(|tag| tag.split_once(':'));
    Filter::All.and(tags.map(|(key, value)| Filter::Tag(key.to_owned(), value.to_owned())))
}

fn filter_parts(filter: Filter) -> Vec<Filter> {
    match filter {
        Filter::All => Vec::new(),
        Filter::And(all) => all,
        other => vec![other],
    }
}

fn count(metric: &str, filter: Filter, by: Vec<String>) -> String {
    let (aggregator, functions) = ("sum".to_owned(), ".as_count()".to_owned());
    MetricQuery { aggregator, metric: metric.to_owned(), filter, by, functions }.to_string()
}

fn one(monitor: &Monitor, watched: Option<&Watched>, deployment: &Deployment) -> (String, Value) {
    let (flow, metric) = watched.map_or(("", ""), |watched| (watched.flow.as_str(), watched.metric.as_str()));
    let name = monitor.name.replace("{flow}", flow).replace("{metric}", metric);
    let query = match watched {
        Some(watched) => monitor.query.replace("{count}", &watched.count),
        None => of_this_stack(&monitor.query, deployment),
    };
    let key = format!("{}{}", monitor.key, watched.map_or("", |watched| &watched.suffix));
    let mut message = monitor.message.clone();
    if !deployment.notify.is_empty() {
        message = format!("{message}\n{}", deployment.notify.join(" "));
    }
    let mut thresholds = json!({"critical": monitor.critical});
    if let Some(recovery) = monitor.critical_recovery {
        thresholds["critical_recovery"] = json!(recovery);
    }
    let mut options = json!({
        "thresholds": thresholds,
        "on_missing_data": monitor.on_missing_data,
        "require_full_window": false,
        "evaluation_delay": EVALUATION_DELAY,
        "include_tags": true,
        "renotify_interval": 0,
    });
    if query.contains(" by {") {
        options["new_group_delay"] = json!(300);
        // The longest time that Datadog allows: a flow that is gone for longer alerts no more.
        options["group_retention_duration"] = json!("72h");
    }
    if let Some([trigger, recovery]) = &monitor.windows {
        options["threshold_windows"] = json!({"trigger_window": trigger, "recovery_window": recovery});
    }
    let json = json!({
        "name": name,
        "type": "query alert",
        "query": query,
        "message": message,
        "priority": monitor.priority,
        "tags": [],
        "options": options,
    });
    (key, json)
}

/// The expression with the operator's tags in the filter of each metric that has them.
fn of_this_stack(expression: &str, deployment: &Deployment) -> String {
    let mut text = expression.to_owned();
    for (place, mut query) in MetricQuery::find_all(expression).into_iter().rev() {
        let keys = deployment.tags_of(&query.metric).unwrap_or_default();
        let own = filter_parts(operators(deployment)).into_iter();
        query.filter =
            query.filter.and(own.filter(|tag| matches!(tag, Filter::Tag(key, _) if keys.contains(&key.as_str()))));
        text.replace_range(place, &query.to_string());
    }
    text
}
