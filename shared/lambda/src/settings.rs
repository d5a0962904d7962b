//! The settings that say how metrics are counted: one reading of them for every function.

use chrono::TimeDelta;
use cxtrace_domain::metrics::{BucketWidth, SeriesTemplate, Tag};

use crate::environment::{Environment, InvalidSetting};

/// The default of `METRIC_NAME`.
pub const METRIC_NAME: &str = "genesys.flow.{flow}.{metric}";

/// The template of [`METRIC_NAME`], without tags.
#[must_use]
#[allow(clippy::missing_panics_doc, clippy::expect_used, reason = "a test builds this template of a constant")]
pub fn default_template() -> SeriesTemplate {
    SeriesTemplate::try_new(METRIC_NAME, Vec::new()).expect("the default of METRIC_NAME is a template")
}

/// How metrics are counted.
#[derive(Debug, Clone)]
pub struct MetricSettings {
    /// `METRIC_NAME` and `METRIC_TAGS`.
    pub template: SeriesTemplate,
    /// `MEDIA_TYPE_TAG`: whether series are split by the conversation's medium.
    pub media_type_tag: bool,
    /// `MAX_SERIES`: the cardinality budget.
    pub max_series: u32,
    /// `BUCKET_SECONDS`.
    pub width: BucketWidth,
    /// `HISTORICAL_METRICS`: whether Datadog takes points of any age.
    pub historical: bool,
    /// `RETENTION_DAYS`: how long the state table keeps its items.
    pub retention: TimeDelta,
}

impl MetricSettings {
    /// The greatest `MAX_SERIES`: the budget is one DynamoDB item, of 16 bytes a series.
    pub const MOST_SERIES: u32 = 10_000;

    /// Reads them.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        let tags = environment.read(
            "METRIC_TAGS",
            "tags separated by commas, such as env:prod,team:ivr",
            Vec::new(),
            |text| text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Tag::parse).collect(),
        )?;
        let what = "a metric name with the places {flow} and {metric}, such as genesys.flow.{flow}.{metric}";
        let template = environment
            .read("METRIC_NAME", what, None, |name| SeriesTemplate::try_new(name, tags.clone()).map(Some))?;
        let template = match template {
            Some(template) => template,
            None => default_template().with_tags(tags),
        };
        let seconds = environment.number(
            "BUCKET_SECONDS",
            "a whole number of seconds, 1 to 60",
            BucketWidth::default().seconds(),
            1..=BucketWidth::MAX_SECONDS,
        )?;
        Ok(Self {
            template,
            media_type_tag: environment.flag("MEDIA_TYPE_TAG")?,
            max_series: environment.number(
                "MAX_SERIES",
                "the most distinct series, 1 to 10000",
                1_000,
                1..=Self::MOST_SERIES,
            )?,
            width: BucketWidth::try_new(seconds).unwrap_or_default(),
            historical: environment.flag("HISTORICAL_METRICS")?,
            retention: retention(environment)?,
        })
    }
}

/// `RETENTION_DAYS`: how long both tables keep their items.
///
/// # Errors
/// When it cannot be used.
pub fn retention(environment: &Environment) -> Result<TimeDelta, InvalidSetting> {
    let days = environment.number("RETENTION_DAYS", "a whole number of days, 20 to 365", 30_u32, 20..=365)?;
    Ok(TimeDelta::days(i64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_set_means_the_documented_defaults() {
        let settings = MetricSettings::read(&Environment::default()).unwrap();
        assert_eq!((settings.max_series, settings.width.seconds(), settings.retention.num_days()), (1_000, 10, 30));
        assert!(!settings.media_type_tag && !settings.historical);
        let (series, _) = settings.template.series("A", "B", None);
        assert_eq!(series.name(), "genesys.flow.A.B");
    }

    #[test]
    fn tags_and_name_are_read_together() {
        let environment = Environment::of([("METRIC_NAME", "ivr.{metric}"), ("METRIC_TAGS", "env:prod, team:ivr,")]);
        let (series, _) = MetricSettings::read(&environment).unwrap().template.series("A", "B", None);
        assert_eq!(series.name(), "ivr.B");
        assert_eq!(series.tags().collect::<Vec<_>>(), vec!["env:prod", "flow:a", "metric:b", "team:ivr"]);
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_what_to_do() {
        let message =
            |name: &str, value: &str| MetricSettings::read(&Environment::of([(name, value)])).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                message("METRIC_NAME", "genesys.{flw}"),
                message("METRIC_TAGS", "env:prod,Team:ivr"),
                message("BUCKET_SECONDS", "0"),
                message("MAX_SERIES", "many"),
                message("RETENTION_DAYS", "3"),
                message("HISTORICAL_METRICS", "1"),
            ]
            .join("\n"),
            @r#"
        METRIC_NAME is "genesys.{flw}", which cannot be used: the only places are {flow} and {metric}. Set it to a metric name with the places {flow} and {metric}, such as genesys.flow.{flow}.{metric}.
        METRIC_TAGS is "env:prod,Team:ivr", which cannot be used: the tag "Team:ivr" is not Datadog's: it must start with a lower-case letter. Set it to tags separated by commas, such as env:prod,team:ivr.
        BUCKET_SECONDS is "0", which cannot be used: it must be 1 to 60. Set it to a whole number of seconds, 1 to 60.
        MAX_SERIES is "many", which cannot be used: invalid digit found in string. Set it to the most distinct series, 1 to 10000.
        RETENTION_DAYS is "3", which cannot be used: it must be 20 to 365. Set it to a whole number of days, 20 to 365.
        HISTORICAL_METRICS is "1", which cannot be used: it is neither true nor false. Set it to true or false.
        "#
        );
    }
}
