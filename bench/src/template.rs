//! What `template.yaml` says of the functions.

use std::time::Duration;

use serde_yaml_ng::Value;

use crate::Failure;
use crate::binaries::workspace;
use crate::functions::Function;

/// The figures of the template that measurements are composed with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    /// The functions' memory, in MB, in the order of [`Function::ALL`].
    memory_mb: [u64; Function::ALL.len()],
    /// How long the table's stream is gathered before the publisher runs, in seconds.
    pub(crate) window_seconds: u64,
    /// The most records of a batch.
    pub(crate) batch: usize,
    /// The same for the assembler.
    pub(crate) fact_batch: usize,
    /// How often the settler runs, in seconds.
    pub(crate) settle_seconds: u64,
    /// Days that items are kept.
    pub(crate) retention_days: u64,
    /// How many alarms there are.
    pub(crate) alarms: usize,
    /// How many secrets: those of the template, and the Datadog API key's, which it is given.
    pub(crate) secrets: usize,
}

impl Template {
    /// Reads it.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = workspace().join("template.yaml");
        let document: Value = serde_yaml_ng::from_str(&std::fs::read_to_string(path)?)?;
        let resources = document["Resources"].as_mapping().ok_or("the template has no resources")?;
        let count = |kind: &str| resources.values().filter(|resource| resource["Type"] == kind).count();
        let number = |path: &[&str]| {
            let value = path.iter().try_fold(&document, |value, name| value.get(name));
            value.and_then(Value::as_u64).ok_or_else(|| format!("the template has no number {}", path.join(".")))
        };
        let common = number(&["Globals", "Function", "MemorySize"])?;
        let schedule = document["Resources"]["SettleSchedule"]["Properties"]["ScheduleExpression"].as_str();
        let minutes = schedule.and_then(|rate| rate.strip_prefix("rate(")?.split(' ').next()?.parse::<u64>().ok());
        Ok(Self {
            memory_mb: Function::ALL.map(|function| {
                number(&["Resources", function.resource(), "Properties", "MemorySize"]).unwrap_or(common)
            }),
            window_seconds: number(&["Parameters", "BatchingWindowSeconds", "Default"])?,
            batch: usize::try_from(number(&["Resources", "OccurrenceStream", "Properties", "BatchSize"])?)?,
            fact_batch: usize::try_from(number(&["Resources", "FactStream", "Properties", "BatchSize"])?)?,
            settle_seconds: 60 * minutes.ok_or("the template's SettleSchedule has no rate in minutes")?,
            retention_days: number(&["Parameters", "RetentionDays", "Default"])?,
            alarms: count("AWS::CloudWatch::Alarm"),
            secrets: count("AWS::SecretsManager::Secret") + 1,
        })
    }

    /// How long a stream is gathered.
    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs(self.window_seconds)
    }

    /// The memory of `function`, in MB.
    pub(crate) fn memory_mb(&self, function: Function) -> u64 {
        let place = Function::ALL.iter().position(|other| *other == function);
        place.map_or(0, |place| self.memory_mb[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_says_what_is_needed() {
        let template = Template::read().unwrap();
        assert!(Function::ALL.iter().all(|function| template.memory_mb(*function) >= 128));
        assert!(template.batch > 0 && template.fact_batch > 0 && template.settle_seconds > 0);
        assert!(template.alarms > 0 && template.secrets > 1);
    }
}
