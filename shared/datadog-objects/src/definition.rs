//! The short form of dashboards and monitors, as the files in `infra/datadog` have it.
//!
//! A query is named by its place: the first is `a`, the second `b`. Formulas use these names. The template variables of a
//! dashboard filter every query whose metric has their tag, unless the query itself filters by that tag.

use serde::Deserialize;

/// The short form cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the definition {file} cannot be read")]
pub struct DefinitionError {
    pub(crate) file: &'static str,
    #[source]
    pub(crate) source: serde_yaml_ng::Error,
}

/// The dashboards: the name of the file, and its content.
const DASHBOARDS: [(&str, &str); 3] = [
    ("infra/datadog/flow-metrics.yaml", include_str!("../../../infra/datadog/flow-metrics.yaml")),
    ("infra/datadog/journeys.yaml", include_str!("../../../infra/datadog/journeys.yaml")),
    ("infra/datadog/cxtrace.yaml", include_str!("../../../infra/datadog/cxtrace.yaml")),
];

const MONITORS: (&str, &str) = ("infra/datadog/monitors.yaml", include_str!("../../../infra/datadog/monitors.yaml"));

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dashboard {
    /// Its name in marks and on the command line.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) variables: Vec<Variable>,
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// The key of the tag that it filters by.
    pub(crate) tag: String,
    #[serde(default = "any_value")]
    pub(crate) default: String,
    /// A variable that only the queries that name it use, such as one side of a comparison.
    #[serde(default)]
    pub(crate) explicit: bool,
}

fn any_value() -> String {
    "*".to_owned()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) title: String,
    /// Whether it needs Datadog's AWS integration.
    #[serde(default)]
    pub(crate) aws: bool,
    /// The tag that the metrics of flows must have.
    #[serde(default)]
    pub(crate) needs_tag: Option<String>,
    /// What a reader should know, in Markdown.
    #[serde(default)]
    pub(crate) note: Option<String>,
    pub(crate) widgets: Vec<Widget>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Widget {
    pub(crate) title: String,
    pub(crate) show: Show,
    #[serde(default)]
    pub(crate) queries: Vec<String>,
    /// Without one, each query is shown as it is.
    #[serde(default)]
    pub(crate) formulas: Vec<Formula>,
    /// For time series: `line`, `bars` or `area`.
    #[serde(default)]
    pub(crate) display: Option<String>,
    /// For lists: how many rows.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// For single values: how a value of more than 0 is coloured.
    #[serde(default)]
    pub(crate) above_zero: Option<Colour>,
    /// For changes: `hour_before`, `day_before`, `week_before` or `month_before`.
    #[serde(default)]
    pub(crate) compare_to: Option<String>,
    /// A query string of the Journey Explorer.
    #[serde(default)]
    pub(crate) journeys: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Show {
    Timeseries,
    Value,
    Toplist,
    Table,
    Change,
    Monitors,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Colour {
    Yellow,
    Red,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Formula {
    pub(crate) formula: String,
    #[serde(default)]
    pub(crate) alias: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Monitor {
    /// Its name in marks and on the command line.
    pub(crate) key: String,
    pub(crate) name: String,
    /// What it is made for each of; once for all without it.
    #[serde(default)]
    pub(crate) each: Option<Each>,
    /// Whether it needs Datadog's AWS integration.
    #[serde(default)]
    pub(crate) aws: bool,
    /// Whether it is made with anomaly detection (`true`) or without it (`false`).
    #[serde(default)]
    pub(crate) anomalies: Option<bool>,
    /// The expression. `{count}` stands for the count of what `each` names.
    pub(crate) query: String,
    pub(crate) critical: f64,
    #[serde(default)]
    pub(crate) critical_recovery: Option<f64>,
    /// For anomalies: the window that must be unusual, and the one that must be usual again.
    #[serde(default)]
    pub(crate) windows: Option<[String; 2]>,
    /// What Datadog does when nothing was sent (API reference, *Create a monitor*, `on_missing_data`).
    pub(crate) on_missing_data: String,
    /// From 1, the most important, to 5.
    pub(crate) priority: u8,
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Each {
    Flow,
    ErrorMetric,
}

/// The dashboards, in the order in which they are listed.
pub(crate) fn dashboards() -> Result<Vec<Dashboard>, DefinitionError> {
    DASHBOARDS.into_iter().map(read).collect()
}

/// The monitors, in the order in which they are listed.
pub(crate) fn monitors() -> Result<Vec<Monitor>, DefinitionError> {
    read(MONITORS)
}

fn read<T: for<'de> Deserialize<'de>>((file, text): (&'static str, &str)) -> Result<T, DefinitionError> {
    serde_yaml_ng::from_str(text).map_err(|source| DefinitionError { file, source })
}
