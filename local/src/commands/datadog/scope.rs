//! Which stack the objects are for, and what is known of its flows.

use cxtrace_datadog_objects::{Catalogue, Deployment, FlowMetric};
use cxtrace_settings::{Environment, InvalidSetting, MetricSettings, registry};

use crate::commands::counted::Source;
use crate::failure::Failure;

/// The stack whose objects are meant if none is named.
pub(super) const STACK: &str = "cxtrace";

/// The options that decide what the objects are.
#[derive(Debug, clap::Args)]
pub(super) struct Scope {
    /// The stack that the objects belong to. It is part of their mark
    #[arg(long, value_name = "NAME", default_value = STACK, value_parser = stack)]
    pub(super) stack: String,

    #[command(flatten)]
    source: Source,

    /// The address of the Journey Explorer, for links to journeys: the stack's output ExplorerUrl
    #[arg(long, value_name = "URL")]
    explorer_url: Option<String>,

    /// Who is notified by monitors, such as @slack-contact-centre. It can be given several times
    #[arg(long, value_name = "HANDLE", value_parser = handle)]
    notify: Vec<String>,

    /// Watches error metrics by anomaly detection. Datadog makes such monitors on its enterprise plan only
    #[arg(long)]
    anomalies: bool,

    /// Adds what Datadog's AWS integration collects: functions, queues and tables
    #[arg(long)]
    aws_integration: bool,
}

/// The name of a stack is part of a tag.
fn stack(text: &str) -> Result<String, String> {
    let is_valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 100 || !text.chars().all(is_valid) {
        return Err("a stack's name has lower-case letters, digits, - and _, and at most 100 of them".to_owned());
    }
    Ok(text.to_owned())
}

fn handle(text: &str) -> Result<String, String> {
    if text.starts_with('@') && !text.contains(char::is_whitespace) {
        Ok(text.to_owned())
    } else {
        Err("a handle starts with @ and has no space, such as @slack-contact-centre".to_owned())
    }
}

impl Scope {
    /// What the objects are made for.
    pub(super) async fn deployment(&self, environment: &Environment) -> Result<Deployment, Failure> {
        let usage = |error: InvalidSetting| Failure::usage_of(&error);
        // The template must be valid; its text says how metrics are named.
        MetricSettings::read(environment).map_err(usage)?;
        let variable = registry::METRIC_NAME.spec.variable;
        let metric_name =
            environment.get(variable).or(registry::METRIC_NAME.spec.default).unwrap_or_default().to_owned();
        let static_tags = registry::METRIC_TAGS.read(environment).map_err(usage)?;
        let ledgers = self.source.ledgers(environment).await?.unwrap_or_default();
        let flows = ledgers
            .iter()
            .filter_map(|ledger| FlowMetric::of_series(&ledger.metric, ledger.tags.iter().map(String::as_str)));
        Ok(Deployment {
            stack: self.stack.clone(),
            metric_name,
            static_tags: static_tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            media_type: registry::MEDIA_TYPE_TAG.read(environment).map_err(usage)?,
            flows: flows.collect(),
            explorer: self.explorer_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            notify: self.notify.clone(),
            anomalies: self.anomalies,
            aws: self.aws_integration,
        })
    }

    pub(super) async fn catalogue(&self, environment: &Environment) -> Result<Catalogue, Failure> {
        Ok(Catalogue::of(&self.deployment(environment).await?)?)
    }
}
