//! Compares what the demo's day counted with what its generator knows.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::series::SELF_METRIC_PREFIX;

use crate::generate::ExpectedCounts;
use crate::report::layout::{columns, number};
use crate::twin::DatadogPoint;

/// The generated metrics beside the counted ones.
pub(super) struct Comparison {
    generated: u64,
    counted: u64,
    malformed_generated: u64,
    malformed_counted: u64,
    /// The series whose totals differ: name, generated, counted.
    wrong: Vec<(String, u64, u64)>,
}

impl Comparison {
    pub(super) fn of(expected: &ExpectedCounts, points: &[DatadogPoint]) -> Self {
        let template = cxtrace_settings::metrics::default_template();
        let mut generated = BTreeMap::<String, u64>::new();
        for ((flow, metric), total) in expected.totals() {
            *generated.entry(template.series(flow, metric, None).0.name().to_owned()).or_default() += total;
        }
        let (self_metrics, flows): (Vec<_>, Vec<_>) =
            points.iter().partition(|point| point.metric.starts_with(SELF_METRIC_PREFIX));
        let mut counted = BTreeMap::<String, u64>::new();
        for point in flows {
            *counted.entry(point.metric.clone()).or_default() += point.value;
        }
        let names: BTreeSet<_> = generated.keys().chain(counted.keys()).collect();
        let total = |totals: &BTreeMap<String, u64>, name: &String| totals.get(name).copied().unwrap_or(0);
        let wrong = names
            .into_iter()
            .map(|name| (name.clone(), total(&generated, name), total(&counted, name)))
            .filter(|(_, generated, counted)| generated != counted)
            .collect();
        Self {
            generated: generated.values().sum(),
            counted: counted.values().sum(),
            malformed_generated: expected.malformed.len() as u64,
            malformed_counted: self_metrics
                .iter()
                .filter(|point| point.metric == SelfMetric::Malformed.name())
                .map(|point| point.value)
                .sum(),
            wrong,
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.wrong.is_empty() && self.malformed_generated == self.malformed_counted
    }

    pub(super) fn text(&self) -> String {
        let row = |what: &str, metrics: u64, malformed: u64| [format!("  {what}"), number(metrics), number(malformed)];
        let rows = [
            ["Comparison", "metrics", "malformed"].map(str::to_owned),
            row("distinct attributes generated", self.generated, self.malformed_generated),
            row("counted in Datadog", self.counted, self.malformed_counted),
        ];
        let mut text = columns(&rows, &[1, 2]);
        if self.is_exact() {
            text += "  Exact: no attribute is missing or counted twice, in any series.\n";
        } else {
            text += "  NOT exact. Please report this.\n";
            for (name, generated, counted) in &self.wrong {
                text += &format!("  {name}: generated {generated}, counted {counted}\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(metric: &str, value: u64) -> DatadogPoint {
        DatadogPoint { metric: metric.to_owned(), tags: Vec::new(), timestamp: 0, value }
    }

    #[test]
    fn counts_are_exact_only_when_every_series_is_right() {
        let expected = super::super::day::traffic().unwrap().expected();
        let template = cxtrace_settings::metrics::default_template();
        let mut right: Vec<_> = expected
            .totals()
            .into_iter()
            .map(|((flow, metric), total)| point(template.series(flow, metric, None).0.name(), total))
            .collect();
        right.push(point(SelfMetric::Malformed.name(), expected.malformed.len() as u64));
        assert!(Comparison::of(&expected, &right).is_exact());

        let mut one_moved = right.clone();
        one_moved[0].value -= 1;
        one_moved[1].value += 1;
        let comparison = Comparison::of(&expected, &one_moved);
        assert_eq!(
            (comparison.generated == comparison.counted, comparison.is_exact(), comparison.wrong.len()),
            (true, false, 2)
        );
        assert!(comparison.text().contains("NOT exact"));

        right.push(point("genesys.flow.never.made", 1));
        assert!(!Comparison::of(&expected, &right).is_exact());
    }
}
