//! What a stack sends: its settings of metrics, and the flows that are known.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::self_metrics::MetricType;

/// The metric in definitions that stands for all metrics of flows.
pub const FLOW_METRICS: &str = "flow_metrics";

/// A metric of a flow, as Datadog has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowMetric {
    /// The value of the tag `flow`.
    pub flow: String,
    /// The value of the tag `metric`.
    pub metric: String,
    /// The metric's name.
    pub name: String,
}

impl FlowMetric {
    /// The metric of a series with this name and these tags; `None` when it is not a metric of a flow.
    #[must_use]
    pub fn of_series<'a>(name: &str, tags: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        if name.starts_with("cxtrace.") {
            return None;
        }
        let tags: BTreeMap<_, _> = tags.into_iter().filter_map(|tag| tag.split_once(':')).collect();
        let tag = |key| tags.get(key).map(|value| (*value).to_owned());
        Some(Self { flow: tag("flow")?, metric: tag("metric")?, name: name.to_owned() })
    }

    /// Its tags.
    #[must_use]
    pub fn tags(&self) -> [String; 2] {
        [format!("flow:{}", self.flow), format!("metric:{}", self.metric)]
    }
}

/// What the objects are made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The name of the stack. It is part of the mark of every object.
    pub stack: String,
    /// `METRIC_NAME`.
    pub metric_name: String,
    /// `METRIC_TAGS`.
    pub static_tags: Vec<String>,
    /// `MEDIA_TYPE_TAG`.
    pub media_type: bool,
    /// The metrics of flows that are known.
    pub flows: BTreeSet<FlowMetric>,
    /// The address of the Journey Explorer, without a slash at the end.
    pub explorer: Option<String>,
    /// Who is notified by monitors, such as `@slack-contact-centre`.
    pub notify: Vec<String>,
    /// Whether error metrics are watched by anomaly detection. Monitors of that kind can be made on Datadog's enterprise
    /// plan only.
    pub anomalies: bool,
    /// Whether Datadog's AWS integration collects the stack's CloudWatch metrics.
    pub aws: bool,
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            stack: "cxtrace".to_owned(),
            metric_name: "genesys.flow.{flow}.{metric}".to_owned(),
            static_tags: Vec::new(),
            media_type: false,
            flows: BTreeSet::new(),
            explorer: None,
            notify: Vec::new(),
            anomalies: false,
            aws: false,
        }
    }
}

/// The metrics of Datadog's AWS integration that the dashboards use, each with the tags that it has.
pub const AWS_METRICS: &[(&str, &[&str])] = &[
    ("aws.lambda.duration", &["functionname"]),
    ("aws.lambda.errors", &["functionname"]),
    ("aws.lambda.invocations", &["functionname"]),
    ("aws.lambda.iterator_age", &["functionname"]),
    ("aws.lambda.throttles", &["functionname"]),
    ("aws.sqs.approximate_age_of_oldest_message", &["queuename"]),
    ("aws.sqs.approximate_number_of_messages_visible", &["queuename"]),
    ("aws.dynamodb.consumed_read_capacity_units", &["tablename"]),
    ("aws.dynamodb.consumed_write_capacity_units", &["tablename"]),
];

impl Deployment {
    /// Whether all metrics of flows have one name, and only tags tell them apart.
    #[must_use]
    pub fn has_one_name(&self) -> bool {
        !self.metric_name.contains('{')
    }

    /// The keys of the operator's tags.
    #[must_use]
    pub fn static_keys(&self) -> Vec<&str> {
        self.static_tags.iter().filter_map(|tag| Some(tag.split_once(':')?.0)).collect()
    }

    /// The keys of the tags that `metric` has; `None` when this stack does not send it.
    #[must_use]
    pub fn tags_of(&self, metric: &str) -> Option<Vec<&str>> {
        if let Some(own) = SelfMetric::ALL.iter().map(|own| own.definition()).find(|own| own.name == metric) {
            // Metrics of journeys do not have the operator's tags.
            let is_plain = own.metric_type == MetricType::Distribution || metric.starts_with("cxtrace.journey.");
            let more = if is_plain { Vec::new() } else { self.static_keys() };
            return Some(own.tags.iter().copied().chain(more).collect());
        }
        if self.aws
            && let Some((_, tags)) = AWS_METRICS.iter().find(|(name, _)| *name == metric)
        {
            return Some(tags.to_vec());
        }
        let is_of_flow = match self.has_one_name() {
            true => metric == self.metric_name,
            false => self.flows.iter().any(|flow| flow.name == metric),
        };
        let is_of_flow = is_of_flow || metric == FLOW_METRICS;
        let media = self.media_type.then_some("media_type");
        is_of_flow.then(|| ["flow", "metric"].into_iter().chain(media).chain(self.static_keys()).collect())
    }
}
