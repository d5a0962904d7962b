//! Queries of all metrics of flows, where every flow and metric has a name of its own.
//!
//! Datadog cannot ask for several names in one query. So a query of `flow_metrics` becomes one query for each name, and a
//! formula that adds up those that belong together.

use std::collections::BTreeMap;

use crate::deployment::{Deployment, FLOW_METRICS, FlowMetric};
use crate::query::{Filter, MetricQuery};

/// The maximum number of queries of one widget. Datadog documents no limit; its page becomes slow beyond this.
pub(crate) const MAX_NAMES: usize = 50;

/// The queries that one widget asks, and the formulas that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Each with its name.
    pub(crate) queries: Vec<(String, MetricQuery)>,
    /// Each formula with what it is called, if it has a name of its own.
    pub(crate) formulas: Vec<(String, Option<String>)>,
    /// How many metrics of flows were left out.
    pub(crate) left_out: usize,
}

/// What a widget with `queries` (named `a`, `b` and so on) and `formulas` asks of `deployment`.
pub(crate) fn asked(queries: &[MetricQuery], formulas: &[(String, Option<String>)], deployment: &Deployment) -> Asked {
    let named = || (b'a'..).map(|name| char::from(name).to_string()).zip(queries.iter().cloned());
    if deployment.has_one_name() || queries.iter().all(|query| query.metric != FLOW_METRICS) {
        let rename = |mut query: MetricQuery| {
            if query.metric == FLOW_METRICS {
                query.metric = deployment.metric_name.clone();
            }
            query
        };
        let queries = named().map(|(name, query)| (name, rename(query))).collect();
        return Asked { queries, formulas: formulas.to_vec(), left_out: 0 };
    }
    let mut asked = Asked { queries: Vec::new(), formulas: Vec::new(), left_out: 0 };
    // Of each group of names: what each query of the widget becomes.
    let mut groups: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    let mut plain = Vec::new();
    for (letter, query) in named() {
        if query.metric != FLOW_METRICS {
            plain.push(letter.clone());
            asked.queries.push((letter, query));
            continue;
        }
        let selected: Vec<_> = deployment.flows.iter().filter(|flow| query.filter.selects(&flow.tags())).collect();
        asked.left_out = asked.left_out.max(selected.len().saturating_sub(MAX_NAMES));
        for (n, flow) in selected.into_iter().take(MAX_NAMES).enumerate() {
            let name = format!("{letter}{}", n + 1);
            let group = group(flow, &query.by);
            groups.entry(group).or_default().entry(letter.clone()).or_default().push(name.clone());
            let by = query.by.iter().filter(|key| *key != "flow" && *key != "metric").cloned().collect();
            let filter = query.filter.clone().without(&|leaf| is_of_name(leaf));
            asked.queries.push((name, MetricQuery { metric: flow.name.clone(), by, filter, ..query.clone() }));
        }
    }
    for (group, members) in &groups {
        for (formula, alias) in formulas {
            let alias = match (group.as_str(), alias) {
                ("", alias) => alias.clone(),
                (group, None) => Some(group.to_owned()),
                (group, Some(alias)) => Some(format!("{group}: {alias}")),
            };
            let is_whole =
                identifiers(formula).all(|name| plain.iter().any(|own| own == name) || members.contains_key(name));
            if is_whole {
                asked.formulas.push((replaced(formula, members), alias));
            }
        }
    }
    asked
}

/// Whether the name of a metric answers this part of a filter already.
fn is_of_name(leaf: &Filter) -> bool {
    matches!(leaf, Filter::Tag(key, _) if key == "flow" || key == "metric")
}

/// What the metrics that `by` does not tell apart have in common.
fn group(flow: &FlowMetric, by: &[String]) -> String {
    let parts = by.iter().filter_map(|key| match key.as_str() {
        "flow" => Some(flow.flow.as_str()),
        "metric" => Some(flow.metric.as_str()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// The names of queries in a formula: single letters.
fn identifiers(formula: &str) -> impl Iterator<Item = &str> {
    formula.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '\'')).filter(|word| {
        let mut letters = word.chars();
        letters.next().is_some_and(|c| c.is_ascii_lowercase()) && letters.next().is_none()
    })
}

/// `formula` with each letter replaced by the sum of its queries.
fn replaced(formula: &str, members: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    let mut word = String::new();
    for c in formula.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || c == '_' || c == '\'' {
            word.push(c);
            continue;
        }
        match members.get(&word) {
            Some(names) => text.push_str(&sum(names)),
            None => text.push_str(&word),
        }
        word.clear();
        text.extend((c != '\0').then_some(c));
    }
    text
}

/// A sum to which a metric that was not sent adds nothing.
fn sum(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        many => {
            let all: Vec<_> = many.iter().map(|name| format!("default_zero({name})")).collect();
            format!("({})", all.join(" + "))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn deployment() -> Deployment {
        let flow = |flow: &str, metric: &str| FlowMetric {
            flow: flow.to_owned(),
            metric: metric.to_owned(),
            name: format!("genesys.flow.{flow}.{metric}"),
        };
        let flows = [flow("ivr", "paid"), flow("ivr", "failed"), flow("bot", "paid")];
        Deployment { flows: flows.into_iter().collect(), ..Deployment::default() }
    }

    fn shown(query: &str, formula: &str, deployment: &Deployment) -> (Vec<String>, Vec<String>) {
        let query = MetricQuery::parse(query).unwrap();
        let asked = asked(&[query], &[(formula.to_owned(), None)], deployment);
        let queries = asked.queries.iter().map(|(name, query)| format!("{name} = {query}")).collect();
        let formulas = asked.formulas.iter().map(|(formula, alias)| match alias {
            Some(alias) => format!("{alias}: {formula}"),
            None => formula.clone(),
        });
        (queries, formulas.collect())
    }

    #[test]
    fn one_name_is_asked_once() {
        let deployment = Deployment { metric_name: "genesys.flow.metric".to_owned(), ..Deployment::default() };
        let (queries, formulas) = shown("sum:flow_metrics{$flow} by {flow}.as_count()", "a", &deployment);
        assert_eq!(queries, ["a = sum:genesys.flow.metric{$flow} by {flow}.as_count()"]);
        assert_eq!(formulas, ["a"]);
    }

    #[test]
    fn names_are_asked_each_and_added_up_by_what_splits_them() {
        let deployment = deployment();
        let (queries, formulas) =
            shown("sum:flow_metrics{$flow} by {flow}.as_count()", "anomalies(a, 'agile', 2)", &deployment);
        assert_eq!(
            queries,
            [
                "a1 = sum:genesys.flow.bot.paid{$flow}.as_count()",
                "a2 = sum:genesys.flow.ivr.failed{$flow}.as_count()",
                "a3 = sum:genesys.flow.ivr.paid{$flow}.as_count()",
            ]
        );
        assert_eq!(
            formulas,
            ["bot: anomalies(a1, 'agile', 2)", "ivr: anomalies((default_zero(a2) + default_zero(a3)), 'agile', 2)"]
        );
        let (_, formulas) = shown("sum:flow_metrics{}.as_count()", "a", &deployment);
        assert_eq!(formulas, ["(default_zero(a1) + default_zero(a2) + default_zero(a3))"]);
        let (queries, _) = shown("sum:flow_metrics{metric:*fail*} by {flow,metric}.as_count()", "a", &deployment);
        assert_eq!(queries, ["a1 = sum:genesys.flow.ivr.failed{*}.as_count()"]);
    }
}
