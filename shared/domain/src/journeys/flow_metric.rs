//! The name of a flow metric as people search for it: `CustomerRouting.Unknown`. It knows neither series nor settings.

use crate::metrics::attribute::{Attribute, AttributeName, SEPARATOR};
use crate::metrics::normalise;

/// A flow metric that somebody searches for. Case, and the difference between spaces and underscores, do not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowMetric(String);

impl FlowMetric {
    /// The longest text that is read, in bytes.
    pub const MAX_BYTES: usize = 300;

    /// Reads `Flow.Metric`, the name of the attribute that sets it (`FlowMetric_Name`, with or without a time), or its
    /// name in Datadog, such as `genesys.flow.CustomerRouting.Unknown`. `None` for any other text.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES || text.contains(['@', '/']) {
            return None;
        }
        let name = AttributeName::new(text);
        let dotted = match (Attribute::read(name.as_str()), name.as_str().split_once(SEPARATOR)) {
            (Attribute::Metric(read), _) => Self::name(read.flow, read.metric),
            (_, Some((flow, metric))) => Self::name(flow, metric),
            (_, None) => name.as_str().to_owned(),
        };
        let folded = folded(&dotted);
        let (flow, metric) = folded.split_once('.')?;
        (!flow.is_empty() && !metric.is_empty()).then_some(Self(folded))
    }

    /// The name of a metric of a flow, as journeys list it.
    #[must_use]
    pub fn name(flow: &str, metric: &str) -> String {
        format!("{}.{}", flow.trim(), metric.trim())
    }

    /// Whether it is the metric of this [`Self::name`].
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        let name = folded(name);
        // In Datadog, a name has a prefix.
        self.0 == name || self.0.strip_suffix(&name).is_some_and(|prefix| prefix.ends_with('.'))
    }

    /// A text that is equal for equal metrics.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn folded(text: &str) -> String {
    normalise::name_part(text).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_each_of_its_names() {
        let name = FlowMetric::name("CustomerRouting", "Unknown");
        for text in [
            "CustomerRouting.Unknown",
            " customerrouting.unknown ",
            "centre.flow.CustomerRouting.Unknown",
            "CustomerRoutingMetric_Unknown",
            "CustomerRoutingMetric_Unknown(2023-03-05T08:18:04.568Z)",
        ] {
            assert!(FlowMetric::read(text).unwrap().is(&name), "{text}");
        }
        for text in ["CustomerRouting.Unknow", "Routing.Unknown", "CustomerRouting.Unknown.x"] {
            assert!(!FlowMetric::read(text).unwrap().is(&name), "{text}");
        }
    }

    #[test]
    fn spaces_and_underscores_are_equal() {
        assert!(FlowMetric::read("Main_Menu.Opt_out").unwrap().is(&FlowMetric::name("Main Menu", "Opt out")));
    }

    #[test]
    fn a_text_without_a_flow_and_a_metric_is_none() {
        for text in ["", "Unknown", ".Unknown", "CustomerRouting.", "Metric_", "ada@example.com", "example.com/a"] {
            assert_eq!(FlowMetric::read(text), None, "{text}");
        }
        assert_eq!(FlowMetric::read(&format!("a.{}", "b".repeat(300))), None);
    }
}
