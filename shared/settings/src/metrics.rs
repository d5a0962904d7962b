//! The settings about counting, read together.

use chrono::TimeDelta;
use cxtrace_domain::metrics::{BucketWidth, SeriesTemplate};

use crate::environment::Environment;
use crate::registry;
use crate::setting::InvalidSetting;

/// How metrics are counted.
#[derive(Debug, Clone)]
pub struct MetricSettings {
    /// `METRIC_NAME`, `METRIC_TAGS` and `SERIES_PARTS`.
    pub template: SeriesTemplate,
    /// `MEDIA_TYPE_TAG`: whether series are split by the medium of the conversation.
    pub media_type_tag: bool,
    /// `MAX_SERIES`: the cardinality budget.
    pub max_series: u32,
    /// `BUCKET_SECONDS`.
    pub width: BucketWidth,
    /// `HISTORICAL_METRICS`: whether Datadog takes points of any age.
    pub historical: bool,
    /// `RETENTION_DAYS`.
    pub retention: TimeDelta,
}

impl MetricSettings {
    /// Reads them.
    ///
    /// # Errors
    /// The first invalid setting.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        let tags = registry::METRIC_TAGS.read(environment)?;
        let parts = registry::SERIES_PARTS.read(environment)?;
        Ok(Self {
            template: registry::METRIC_NAME.read(environment)?.with_tags(tags).with_parts(parts),
            media_type_tag: registry::MEDIA_TYPE_TAG.read(environment)?,
            max_series: registry::MAX_SERIES.read(environment)?,
            width: registry::BUCKET_SECONDS.read(environment)?,
            historical: registry::HISTORICAL_METRICS.read(environment)?,
            retention: registry::RETENTION_DAYS.read(environment)?,
        })
    }
}

/// The template of the default `METRIC_NAME`, without tags.
#[must_use]
#[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "a test of the registry reads every default")]
pub fn default_template() -> SeriesTemplate {
    registry::METRIC_NAME.read(&Environment::default()).expect("the default of METRIC_NAME is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_variables_the_defaults_hold() {
        let settings = MetricSettings::read(&Environment::default()).unwrap();
        assert_eq!((settings.max_series, settings.width.seconds(), settings.retention.num_days()), (1_000, 10, 30));
        assert_eq!(settings.width, BucketWidth::default());
        assert!(!settings.media_type_tag && !settings.historical);
        let (series, _) = settings.template.series("A", "B", None);
        assert_eq!(series.name(), "genesys.flow.A.B");
    }

    #[test]
    fn name_and_tags_are_read_together() {
        let environment = Environment::of([("METRIC_NAME", "ivr.{metric}"), ("METRIC_TAGS", "env:prod, team:ivr,")]);
        let (series, _) = MetricSettings::read(&environment).unwrap().template.series("A", "B", None);
        assert_eq!(series.name(), "ivr.B");
        assert_eq!(series.tags().collect::<Vec<_>>(), vec!["env:prod", "flow:a", "metric:b", "team:ivr"]);
    }
}
