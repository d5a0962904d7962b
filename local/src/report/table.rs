//! The points that Datadog holds, as a table: flow metrics by flow, then Cxtrace's own metrics.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::metrics::series::SELF_METRIC_PREFIX;

use super::document::{Document, Events};
use super::journeys;
use super::layout::{columns, number, several};
use crate::twin::DatadogPoint;

/// The maximum number of series in the table. The JSON has all of them.
const MAX_SERIES: usize = 50;

/// The total of one series over all buckets.
struct Total<'a> {
    name: &'a str,
    tags: BTreeSet<&'a str>,
    count: u64,
}

/// A replay's report, with `all` journeys or with the first of them.
pub(crate) fn report(document: &Document, all: bool) -> String {
    let mut text = format!("{}\n\n{}", events(document.events), metrics(&document.metrics));
    if !document.journeys.is_empty() {
        text += &format!("\n{}", journeys::list(&document.journeys, all));
    }
    text
}

/// The numbers of events by result, in one line.
pub(crate) fn events(events: Events) -> String {
    let Events { read, processed, ignored, failed } = events;
    let mut text = format!("{}: {} processed", several(read, "event"), number(processed));
    for (count, what) in [(ignored, "of other topics ignored"), (failed, "failed")] {
        if count > 0 {
            text += &format!(", {} {what}", number(count));
        }
    }
    text
}

/// The totals of the series that Datadog holds.
pub(crate) fn metrics(held: &[DatadogPoint]) -> String {
    let mut totals = totals(held);
    let shared = match totals.as_slice() {
        [_] => BTreeSet::new(),
        totals => common_tags(totals).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
    };
    let (own, mut flows): (Vec<_>, Vec<_>) =
        totals.drain(..).partition(|total| total.name.starts_with(SELF_METRIC_PREFIX));
    let mut text = flow_metrics(&mut flows);
    if !own.is_empty() {
        text += "\nCxtrace's own metrics\n";
        text += &own_counts(own, &shared);
    }
    text
}

/// One total for each series, the greatest first.
fn totals(held: &[DatadogPoint]) -> Vec<Total<'_>> {
    let mut sums = BTreeMap::<_, u64>::new();
    for DatadogPoint { metric, tags, value, .. } in held {
        let tags: BTreeSet<_> = tags.iter().map(String::as_str).collect();
        *sums.entry((metric.as_str(), tags)).or_default() += value;
    }
    let mut totals: Vec<_> = sums.into_iter().map(|((name, tags), count)| Total { name, tags, count }).collect();
    totals.sort_by_key(|total| std::cmp::Reverse(total.count));
    totals
}

fn flow_metrics(totals: &mut Vec<Total<'_>>) -> String {
    let all = totals.iter().map(|total| total.count).sum();
    let series = totals.len() as u64;
    let mut text = format!("Flow metrics: {} in {} series\n", several(all, "occurrence"), number(series));
    // Tags that all series have are shown once.
    let common = common_tags(totals);
    if !common.is_empty() {
        text += &format!("Common tags: {}\n", list(&common));
    }
    let left_out: u64 = totals.iter().skip(MAX_SERIES).map(|total| total.count).sum();
    let series_left_out = totals.len().saturating_sub(MAX_SERIES) as u64;
    totals.truncate(MAX_SERIES);

    let mut flows: Vec<(&str, Vec<&Total<'_>>)> = Vec::new();
    for total in &*totals {
        let flow = tag(total, "flow:").unwrap_or(total.name);
        match flows.iter_mut().find(|(known, _)| *known == flow) {
            Some((_, totals)) => totals.push(total),
            None => flows.push((flow, vec![total])),
        }
    }
    let sum = |totals: &[&Total<'_>]| totals.iter().map(|total| total.count).sum();
    flows.sort_by_key(|(_, totals)| std::cmp::Reverse::<u64>(sum(totals)));
    let mut rows = vec![["flow, metric", "name in Datadog", "total"].map(str::to_owned)];
    for (flow, totals) in flows {
        rows.push([flow.to_owned(), String::new(), number(sum(&totals))]);
        for total in totals {
            let metric = tag(total, "metric:").unwrap_or(total.name);
            let others = total.tags.iter().filter(|tag| !common.contains(*tag) && !is_own_tag(tag));
            let metric = std::iter::once(metric).chain(others.copied()).collect::<Vec<_>>().join(" ");
            rows.push([format!("  {metric}"), total.name.to_owned(), number(total.count)]);
        }
    }
    if rows.len() > 1 {
        text += "\n";
        text += &columns(&rows, &[2]);
    }
    if series_left_out > 0 {
        text += &format!(
            "and {} more series with {}; --format json shows all\n",
            number(series_left_out),
            several(left_out, "occurrence")
        );
    }
    text
}

/// Cxtrace's own counts, with the tags that are not `shared` by all series.
fn own_counts(mut totals: Vec<Total<'_>>, shared: &BTreeSet<String>) -> String {
    totals.sort_by_key(|total| (total.name, std::cmp::Reverse(total.count)));
    let rows = totals.iter().map(|total| {
        let tags: Vec<_> = total.tags.iter().copied().filter(|tag| !shared.contains(*tag)).collect();
        [format!("  {}", total.name), tags.join(" "), number(total.count)]
    });
    columns(&rows.collect::<Vec<_>>(), &[2])
}

fn common_tags<'a>(totals: &[Total<'a>]) -> BTreeSet<&'a str> {
    let Some((first, rest)) = totals.split_first() else { return BTreeSet::new() };
    let in_all = |tag: &&&str| !is_own_tag(tag) && rest.iter().all(|total| total.tags.contains(*tag));
    first.tags.iter().filter(in_all).copied().collect()
}

fn is_own_tag(tag: &str) -> bool {
    tag.starts_with("flow:") || tag.starts_with("metric:")
}

fn tag<'a>(total: &Total<'a>, key: &str) -> Option<&'a str> {
    total.tags.iter().find_map(|tag| tag.strip_prefix(key))
}

fn list(tags: &BTreeSet<&str>) -> String {
    tags.iter().copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(metric: &str, tags: &[&str], timestamp: i64, value: u64) -> DatadogPoint {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        DatadogPoint { metric: metric.to_owned(), tags, timestamp, value }
    }

    #[test]
    fn series_are_grouped_by_flow_and_buckets_are_summed() {
        let metrics = vec![
            held("genesys.flow.Billing.Paid", &["env:prod", "flow:billing", "metric:paid"], 10, 1_200),
            held("genesys.flow.Billing.Paid", &["env:prod", "flow:billing", "metric:paid"], 20, 34),
            held("genesys.flow.Billing.Lost", &["env:prod", "flow:billing", "metric:lost"], 10, 3),
            held("genesys.flow.Auth.ok", &["env:prod", "flow:auth", "metric:ok", "media_type:voice"], 10, 70),
            held("cxtrace.attributes.malformed", &["env:prod", "flow:auth"], 10, 2),
            held("cxtrace.occurrences.late", &["env:prod"], 10, 5),
        ];
        let events = Events { read: 12_000, processed: 11_990, ignored: 9, failed: 1 };
        insta::assert_snapshot!(report(&Document { events, metrics, journeys: Vec::new() }, false));
    }

    #[test]
    fn an_empty_result_is_stated_without_a_table() {
        insta::assert_snapshot!(report(&Document::default(), false), @r"
        0 events: 0 processed

        Flow metrics: 0 occurrences in 0 series
        ");
    }

    #[test]
    fn the_greatest_series_are_shown_when_there_are_too_many() {
        let name = |n: u64| format!("genesys.flow.A.m{n}");
        let all: Vec<_> = (1..=60).map(|n| held(&name(n), &["flow:a", &format!("metric:m{n}")], 10, n)).collect();
        let text = metrics(&all);
        assert!(text.contains("and 10 more series with 55 occurrences"), "{text}");
        assert!(text.contains(&name(60)) && !text.contains(&format!("{} ", name(10))));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let long = "x".repeat(200);
        let text =
            metrics(&[held(&format!("genesys.flow.{long}.{long}"), &[&format!("flow:{long}")], 10, 1_234_567_890)]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("1,234,567,890"));
    }
}
