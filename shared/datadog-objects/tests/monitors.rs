//! The monitors over recorded series: each disturbance raises exactly its own monitor.
//!
//! The evaluator below knows the forms that the definitions use, by Datadog's documentation of metric monitors: a window's
//! `sum`, `max` or `min`, a change against a day ago, and `default_zero`. It does not know anomaly detection, which
//! Datadog does not publish.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_datadog_objects::query::MetricQuery;
use cxtrace_datadog_objects::{Catalogue, Deployment, FlowMetric, ObjectKind};
use serde_json::Value;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The end of every recording.
const NOW: i64 = 1_700_049_600;

/// How long a group without data is remembered: the longest time that Datadog allows.
const RETENTION: i64 = 72 * HOUR;

/// A point of a recorded series.
#[derive(Debug, Clone)]
struct Point {
    metric: String,
    tags: Vec<String>,
    at: i64,
    value: f64,
}

/// What a monitor says, and of which group.
type Alert = (String, String);

/// The values of each group of a query between two times.
fn read(query: &MetricQuery, points: &[Point], from: i64, to: i64) -> BTreeMap<String, BTreeMap<i64, Vec<f64>>> {
    let mut groups: BTreeMap<String, BTreeMap<i64, Vec<f64>>> = BTreeMap::new();
    for point in points.iter().filter(|point| point.metric == query.metric && query.filter.selects(&point.tags)) {
        let of = |key: &String| {
            point.tags.iter().find(|tag| tag.starts_with(&format!("{key}:"))).cloned().unwrap_or_default()
        };
        let group = query.by.iter().map(of).collect::<Vec<_>>().join(",");
        let times = groups.entry(group).or_default();
        if (from..to).contains(&point.at) {
            times.entry(point.at).or_default().push(point.value);
        }
    }
    groups
}

/// One value of a window, or `None` without data.
fn reduce(how: &str, values: impl Iterator<Item = f64>) -> Option<f64> {
    match how {
        "sum" => values.reduce(|a, b| a + b),
        "max" => values.reduce(f64::max),
        "min" => values.reduce(f64::min),
        other => panic!("{other} is not evaluated"),
    }
}

fn seconds(window: &str) -> i64 {
    let (number, unit) = window.split_at(window.len() - 1);
    let unit = match unit {
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        other => panic!("{other}"),
    };
    number.parse::<i64>().unwrap() * unit
}

/// The groups for which `monitor` alerts at [`NOW`], with `Alert` or `No Data`.
fn evaluate(monitor: &Value, points: &[Point]) -> BTreeMap<String, &'static str> {
    let text = monitor["query"].as_str().unwrap();
    let (condition, threshold) = text.rsplit_once(' ').unwrap();
    let (condition, comparator) = condition.rsplit_once(' ').unwrap();
    let threshold: f64 = threshold.parse().unwrap();
    let (head, expression) = condition.split_once("):").unwrap();
    let (change, window) = match head.strip_prefix("pct_change(") {
        // pct_change(sum(last_1h),1d_ago)
        Some(inner) => {
            let (window, ago) = inner.split_once("),").unwrap();
            (Some(seconds(ago.strip_suffix("_ago").unwrap())), window)
        }
        None => (None, head),
    };
    let (how, last) = window.split_once("(last_").unwrap();
    let length = seconds(last);

    let parts: Vec<_> = expression.split(" + ").collect();
    let mut values: BTreeMap<String, Option<f64>> = BTreeMap::new();
    for part in parts {
        let zero = part.strip_prefix("default_zero(").map(|part| part.strip_suffix(')').unwrap());
        let query = MetricQuery::parse(zero.unwrap_or(part)).unwrap();
        let of = |from: i64, to: i64| -> BTreeMap<String, Option<f64>> {
            let mut groups = read(&query, points, from, to);
            if query.by.is_empty() {
                groups.entry(String::new()).or_default();
            }
            let reduced = groups.into_iter().map(|(group, times)| {
                let each = times.values().filter_map(|values| reduce(&query.aggregator, values.iter().copied()));
                (group, reduce(how, each).or(zero.map(|_| 0.0)))
            });
            reduced.collect()
        };
        let now = of(NOW - length, NOW);
        let before = change.map(|ago| of(NOW - ago - length, NOW - ago));
        for (group, value) in now {
            let value = match &before {
                None => value,
                Some(before) => match (value, before[&group]) {
                    (Some(value), Some(before)) if before != 0.0 => Some((value - before) / before * 100.0),
                    _ => None,
                },
            };
            let sum = values.entry(group).or_default();
            *sum = value.map(|value| sum.unwrap_or_default() + value).or(*sum);
        }
    }
    let missing = monitor["options"]["on_missing_data"].as_str().unwrap();
    let alerts = |value: f64| match comparator {
        "<" => value < threshold,
        ">" => value > threshold,
        ">=" => value >= threshold,
        other => panic!("{other}"),
    };
    let judged = values.into_iter().filter_map(|(group, value)| match (value, missing) {
        (Some(value), _) => alerts(value).then_some((group, "Alert")),
        (None, "show_and_notify_no_data") => Some((group, "No Data")),
        // A sum of nothing is 0; every other window keeps its last status.
        (None, "default") if how == "sum" => alerts(0.0).then_some((group, "Alert")),
        (None, _) => None,
    });
    judged.collect()
}

fn point(metric: &str, tags: &[&str], at: i64, value: f64) -> Point {
    Point { metric: metric.to_owned(), tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), at, value }
}

fn name(deployment: &Deployment, flow: &str, metric: &str) -> String {
    match deployment.has_one_name() {
        true => deployment.metric_name.clone(),
        false => format!("genesys.flow.{flow}.{metric}"),
    }
}

/// Three days on which nothing is wrong: two flows with an error metric, a settler that keeps up, and empty queues.
fn calm(deployment: &Deployment) -> Vec<Point> {
    let mut points = Vec::new();
    for at in (NOW - RETENTION..NOW).step_by(10 * MINUTE as usize) {
        for (flow, metric, count) in [("ivr", "paid", 20.0), ("ivr", "payment_failed", 2.0), ("bot", "answered", 5.0)] {
            let tags = [format!("flow:{flow}"), format!("metric:{metric}")];
            points.push(point(&name(deployment, flow, metric), &[&tags[0], &tags[1]], at, count));
        }
    }
    for at in (NOW - 2 * HOUR..NOW).step_by(MINUTE as usize) {
        points.push(point("cxtrace.journey.overdue", &[], at, 0.0));
        points.push(point(
            "aws.sqs.approximate_number_of_messages_visible",
            &["queuename:cxtrace-eventsdeadletters-1"],
            at,
            0.0,
        ));
        points.push(point("aws.lambda.iterator_age", &["functionname:cxtrace-metricspublisher-1"], at, 2_000.0));
    }
    points
}

fn deployments() -> [Deployment; 2] {
    let flow = |flow: &str, metric: &str| FlowMetric {
        flow: flow.to_owned(),
        metric: metric.to_owned(),
        name: format!("genesys.flow.{flow}.{metric}"),
    };
    let flows: BTreeSet<_> = [flow("ivr", "paid"), flow("ivr", "payment_failed"), flow("bot", "answered")].into();
    [
        Deployment { aws: true, flows, ..Deployment::default() },
        Deployment { aws: true, metric_name: "genesys.flow.metric".to_owned(), ..Deployment::default() },
    ]
}

/// Every alert of every monitor: its key, without the name of a flow, and its state.
fn alerts(deployment: &Deployment, points: &[Point]) -> BTreeSet<Alert> {
    let catalogue = Catalogue::of(deployment).unwrap();
    let mut alerts = BTreeSet::new();
    for monitor in catalogue.of_kind(ObjectKind::Monitor) {
        for (group, state) in evaluate(&monitor.body, points) {
            let what = if group.is_empty() { monitor.key.clone() } else { format!("{}-{group}", monitor.key) };
            alerts.insert((what.replace("flow:", "").replace(",metric:", "-"), state.to_owned()));
        }
    }
    alerts
}

fn check(wanted: &[(&str, &str)], disturb: impl Fn(&Deployment, &mut Vec<Point>)) {
    for deployment in deployments() {
        let mut points = calm(&deployment);
        disturb(&deployment, &mut points);
        let wanted: BTreeSet<_> =
            wanted.iter().map(|(what, state)| ((*what).to_owned(), (*state).to_owned())).collect();
        assert_eq!(alerts(&deployment, &points), wanted, "with {}", deployment.metric_name);
    }
}

/// Adds `count` in the last ten minutes.
fn count(metric: &'static str, count: f64) -> impl Fn(&Deployment, &mut Vec<Point>) {
    move |_, points| points.push(point(metric, &[], NOW - 5 * MINUTE, count))
}

#[test]
fn when_all_is_well_nobody_is_called() {
    check(&[], |_, _| {});
    check(&[], count("cxtrace.occurrences.late", 100.0));
}

#[test]
fn a_flow_that_goes_silent_raises_its_own_alert() {
    check(&[("flow-silent-bot", "Alert")], |_, points| {
        points.retain(|point| !(point.tags.contains(&"flow:bot".to_owned()) && point.at >= NOW - HOUR));
    });
}

#[test]
fn an_error_metric_that_rises_raises_its_own_alert() {
    let times = |factor: f64| {
        move |_: &Deployment, points: &mut Vec<Point>| {
            let is_error =
                |point: &&mut Point| point.tags.contains(&"metric:payment_failed".to_owned()) && point.at >= NOW - HOUR;
            points.iter_mut().filter(is_error).for_each(|point| point.value *= factor);
        }
    };
    check(&[("error-metric-doubled-ivr-payment_failed", "Alert")], times(2.5));
    check(&[], times(2.0));
}

#[test]
fn a_backlog_raises_the_alert_of_what_is_behind() {
    check(&[("late", "Alert")], count("cxtrace.occurrences.late", 101.0));
    check(&[("overdue", "Alert")], |_, points| {
        let settler = points.iter_mut().filter(|point| point.metric == "cxtrace.journey.overdue");
        settler.filter(|point| point.at >= NOW - 15 * MINUTE).for_each(|point| point.value = 601.0);
    });
    check(&[("overdue", "No Data")], |_, points| points.retain(|point| point.metric != "cxtrace.journey.overdue"));
    check(&[("stream-age", "Alert")], |_, points| {
        points.push(point(
            "aws.lambda.iterator_age",
            &["functionname:cxtrace-metricspublisher-1"],
            NOW - MINUTE,
            300_001.0,
        ));
    });
}

#[test]
fn a_dead_letter_raises_the_alert_of_its_queue() {
    let queue = "queuename:cxtrace-eventsdeadletters-1";
    let alert = format!("dead-letters-{queue}");
    check(&[(&alert, "Alert")], |_, points| {
        points.push(point("aws.sqs.approximate_number_of_messages_visible", &[queue], NOW - MINUTE, 1.0));
    });
    check(&[("set-aside", "Alert")], count("cxtrace.items.unreadable", 1.0));
}

#[test]
fn what_is_not_exact_raises_its_own_alert() {
    check(&[("uncertain", "Alert")], count("cxtrace.occurrences.uncertain", 1.0));
    check(&[("overflow", "Alert")], count("cxtrace.series.overflow", 1.0));
}
