//! What the name of a participant attribute says: a metric, an attempt at one, or neither.
//!
//! The form is `<Flow>Metric_<Metric>(<UTC>)`. The flow ends at the first `Metric_`; the time stands
//! inside the last parentheses, which end the name. Flow and metric may hold spaces, dots, dashes and
//! parentheses. An attribute's value is never read.

use chrono::{DateTime, Utc};

use super::timestamp;

/// What separates the flow from the metric.
pub const SEPARATOR: &str = "Metric_";

/// A well-formed metric attribute name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricName<'a> {
    /// What stands before the first `Metric_`, never empty.
    pub flow: &'a str,
    /// What stands between `Metric_` and the last parentheses, never empty.
    pub metric: &'a str,
    /// When the flow set it.
    pub at: DateTime<Utc>,
}

/// What an attribute's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// Not about metrics: almost every attribute there is.
    Ordinary,
    /// Meant as a metric, but its last parentheses hold no time, or flow or metric is empty.
    Malformed {
        /// The flow, when the name has one.
        flow: Option<&'a str>,
    },
    /// A metric.
    Metric(MetricName<'a>),
}

impl<'a> Attribute<'a> {
    /// Reads an attribute's name.
    #[must_use]
    pub fn read(name: &'a str) -> Self {
        // Both tests are needed; this one is the cheaper, and most names fail it.
        let Some(body) = name.strip_suffix(')') else {
            return Self::Ordinary;
        };
        let Some(split) = memchr::memmem::find(name.as_bytes(), SEPARATOR.as_bytes()) else {
            return Self::Ordinary;
        };
        let (flow, rest) = (&name[..split], split + SEPARATOR.len());
        // `FlowMetric_)` has no opening parenthesis after the separator: nothing there was meant as a time.
        let Some(open) = body.get(rest..).and_then(|tail| tail.rfind('(')) else {
            return Self::Ordinary;
        };
        let metric = &body[rest..rest + open];
        let flow_named = !flow.trim().is_empty();
        match timestamp::parse(&body[rest + open + 1..]) {
            Some(at) if flow_named && !metric.trim().is_empty() => Self::Metric(MetricName { flow, metric, at }),
            _ => Self::Malformed { flow: flow_named.then_some(flow) },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metric(name: &str) -> Option<(&str, &str)> {
        match Attribute::read(name) {
            Attribute::Metric(m) => Some((m.flow, m.metric)),
            _ => None,
        }
    }

    #[test]
    fn the_flow_ends_at_the_first_separator_and_the_time_is_in_the_last_parentheses() {
        let at = "(2023-03-05T08:18:04.568Z)";
        assert_eq!(metric(&format!("CustomerRoutingMetric_Unknown{at}")), Some(("CustomerRouting", "Unknown")));
        assert_eq!(metric(&format!("AMetric_BMetric_C{at}")), Some(("A", "BMetric_C")));
        assert_eq!(metric(&format!("Bill (EU)Metric_Paid (card) v1.2{at}")), Some(("Bill (EU)", "Paid (card) v1.2")));
        assert_eq!(metric(&format!("XMetric_Y(2020-01-01T00:00:00Z){at}")), Some(("X", "Y(2020-01-01T00:00:00Z)")));
    }

    #[test]
    fn ordinary_names_with_parentheses_are_ordinary() {
        for name in [
            "LLM (AW) question",
            " ani_in_identity_platform",
            "Metric",
            "Metric_",
            "FlowMetric_X",
            "(2023-03-05T08:18:04Z)",
            "FlowMetric_)",
            "a(Metric_b)",
        ] {
            assert_eq!(Attribute::read(name), Attribute::Ordinary, "{name:?}");
        }
    }

    #[test]
    fn an_attempt_at_a_metric_is_malformed_and_says_its_flow() {
        assert_eq!(Attribute::read("IvrMetric_Paid()"), Attribute::Malformed { flow: Some("Ivr") });
        assert_eq!(Attribute::read("IvrMetric_Paid(yesterday)"), Attribute::Malformed { flow: Some("Ivr") });
        assert_eq!(Attribute::read("IvrMetric_(2023-03-05T08:18:04Z)"), Attribute::Malformed { flow: Some("Ivr") });
        assert_eq!(Attribute::read("Metric_Paid(2023-03-05T08:18:04Z)"), Attribute::Malformed { flow: None });
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(name in any::<String>()) {
            let _ = Attribute::read(&name);
        }

        #[test]
        fn what_is_put_together_is_taken_apart_again(flow in "[^M]{1,20}", metric in "[^()]{1,20}", secs in 0_i64..4_000_000_000) {
            prop_assume!(!flow.trim().is_empty() && !metric.trim().is_empty());
            let at = DateTime::from_timestamp(secs, 0).unwrap();
            let name = format!("{flow}{SEPARATOR}{metric}({})", at.to_rfc3339());
            prop_assert_eq!(Attribute::read(&name), Attribute::Metric(MetricName { flow: &flow, metric: &metric, at }));
        }

        #[test]
        fn a_name_is_a_metric_only_with_separator_flow_metric_and_closing_time(name in ".{0,30}(Metric_)?.{0,10}\\(?.{0,30}\\)?") {
            if let Attribute::Metric(m) = Attribute::read(&name) {
                let start = format!("{}{SEPARATOR}{}(", m.flow, m.metric);
                prop_assert!(name.starts_with(&start));
                prop_assert!(name.ends_with(')'));
            }
        }
    }
}
