//! The deployed functions, and their properties in `template.yaml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_yaml_ng::Value;

use crate::run::Failure;

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A function: the name of its crate and binary, and of its resource in the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) resource: &'static str,
}

impl Function {
    pub(crate) const FLOW_METRICS: Self = Self { name: "flow-metrics", resource: "FlowMetrics" };
    pub(crate) const METRICS_PUBLISHER: Self = Self { name: "metrics-publisher", resource: "MetricsPublisher" };
    pub(crate) const SPAN_COLLECTOR: Self = Self { name: "span-collector", resource: "SpanCollector" };
    pub(crate) const JOURNEY_ASSEMBLER: Self = Self { name: "journey-assembler", resource: "JourneyAssembler" };
    pub(crate) const JOURNEY_SETTLER: Self = Self { name: "journey-settler", resource: "JourneySettler" };
    pub(crate) const JOURNEY_EXPLORER: Self = Self { name: "journey-explorer", resource: "JourneyExplorer" };
    pub(crate) const WEBHOOK_RECEIVER: Self = Self { name: "webhook-receiver", resource: "WebhookReceiver" };

    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::FLOW_METRICS,
        Self::METRICS_PUBLISHER,
        Self::SPAN_COLLECTOR,
        Self::JOURNEY_ASSEMBLER,
        Self::JOURNEY_SETTLER,
        Self::JOURNEY_EXPLORER,
        Self::WEBHOOK_RECEIVER,
    ];
}

/// `template.yaml`.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    document: Value,
    /// The settler's interval, in seconds.
    pub(crate) settle_seconds: u64,
}

impl Template {
    /// Reads it.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = workspace().join("template.yaml");
        let document: Value = serde_yaml_ng::from_str(&std::fs::read_to_string(path)?)?;
        let schedule = document["Resources"]["SettleSchedule"]["Properties"]["ScheduleExpression"].as_str();
        let minutes = schedule.and_then(|rate| rate.strip_prefix("rate(")?.split(' ').next()?.parse::<u64>().ok());
        let settle_seconds = 60 * minutes.ok_or("the template's SettleSchedule has no rate in minutes")?;
        Ok(Self { document, settle_seconds })
    }

    fn number(&self, path: &[&str]) -> Result<u64, Failure> {
        let value = path.iter().try_fold(&self.document, |value, name| value.get(name));
        Ok(value.and_then(Value::as_u64).ok_or_else(|| format!("the template has no number {}", path.join(".")))?)
    }

    fn count(&self, kind: &str) -> usize {
        let resources = self.document["Resources"].as_mapping().into_iter().flatten();
        resources.filter(|(_, resource)| resource["Type"] == kind).count()
    }

    /// The parameter of the publisher's batching window.
    pub(crate) const PUBLISHER_WINDOW: &str = "BatchingWindowSeconds";

    /// The parameter of the assembler's batching window.
    pub(crate) const ASSEMBLER_WINDOW: &str = "JourneyBatchingWindowSeconds";

    /// The batching window of a stream, which `parameter` sets.
    pub(crate) fn window(&self, parameter: &str) -> Result<Duration, Failure> {
        Ok(Duration::from_secs(self.number(&["Parameters", parameter, "Default"])?))
    }

    /// The maximum number of records in a batch of an event source mapping.
    pub(crate) fn batch(&self, mapping: &str) -> Result<usize, Failure> {
        Ok(usize::try_from(self.number(&["Resources", mapping, "Properties", "BatchSize"])?)?)
    }

    /// The memory of `function`, in MB.
    pub(crate) fn memory_mb(&self, function: Function) -> Result<u64, Failure> {
        let own = self.number(&["Resources", function.resource, "Properties", "MemorySize"]);
        own.or_else(|_| self.number(&["Globals", "Function", "MemorySize"]))
    }

    /// The retention of items, in days.
    pub(crate) fn retention_days(&self) -> Result<u64, Failure> {
        self.number(&["Parameters", "RetentionDays", "Default"])
    }

    /// The numbers of alarms and secrets: those of the template, and the Datadog API key's.
    pub(crate) fn alarms_and_secrets(&self) -> [usize; 2] {
        [self.count("AWS::CloudWatch::Alarm"), self.count("AWS::SecretsManager::Secret") + 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_the_needed_numbers() {
        let template = Template::read().unwrap();
        assert!(Function::ALL.iter().all(|function| template.memory_mb(*function).unwrap() >= 128));
        assert!(template.batch("OccurrenceStream").unwrap() > 0 && template.batch("FactStream").unwrap() > 0);
        assert!(template.settle_seconds > 0 && template.retention_days().unwrap() > 0);
        assert!(template.alarms_and_secrets().iter().all(|count| *count > 1));
    }
}
