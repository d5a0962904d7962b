//! What `template.yaml` says of the functions.

use serde_yaml_ng::Value;

use crate::Failure;
use crate::binaries::workspace;

/// The figures of the template that measurements are composed with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    /// The functions' memory, in MB.
    pub(crate) memory_mb: u64,
    /// How long the table's stream is gathered before the publisher runs, in seconds.
    pub(crate) window_seconds: u64,
    /// The most records of a batch.
    pub(crate) batch: usize,
    /// Days that items are kept.
    pub(crate) retention_days: u64,
    /// How many alarms there are.
    pub(crate) alarms: usize,
}

impl Template {
    /// Reads it.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = workspace().join("template.yaml");
        let document: Value = serde_yaml_ng::from_str(&std::fs::read_to_string(path)?)?;
        let resources = document["Resources"].as_mapping().ok_or("the template has no resources")?;
        let alarms = resources.values().filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm").count();
        let number = |path: &[&str]| {
            let value = path.iter().try_fold(&document, |value, name| value.get(name));
            value.and_then(Value::as_u64).ok_or_else(|| format!("the template has no number {}", path.join(".")))
        };
        Ok(Self {
            memory_mb: number(&["Globals", "Function", "MemorySize"])?,
            window_seconds: number(&["Parameters", "BatchingWindowSeconds", "Default"])?,
            batch: usize::try_from(number(&["Resources", "OccurrenceStream", "Properties", "BatchSize"])?)?,
            retention_days: number(&["Parameters", "RetentionDays", "Default"])?,
            alarms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_says_what_is_needed() {
        let template = Template::read().unwrap();
        assert!(template.memory_mb > 0 && template.batch > 0 && template.alarms > 0);
    }
}
