//! Makes a collector by the settings of a function. Two functions collect: one from EventBridge, one from HTTP.

use cxtrace_lambda::function::{Context, Failure};
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_settings::{MetricSettings, registry};
use cxtrace_store::{CorrelationTable, StateTable};

use crate::{SpanCollector, UnreadableFields};

/// The collector by the settings in the environment.
///
/// # Errors
/// The first setting that is missing or invalid.
pub fn collector(context: &Context) -> Result<SpanCollector, Failure> {
    let Context { environment, aws, clock, .. } = context;
    let client = aws_sdk_dynamodb::Client::new(aws);
    let table = registry::CORRELATION_TABLE.read(environment)?;
    let settings = MetricSettings::read(environment)?;
    let table = CorrelationTable::new(client.clone(), table, settings.retention, clock.clone());
    let state = registry::STATE_TABLE.read(environment)?;
    let state = StateTable::new(client, state, settings.retention, clock.clone());
    let attributes = registry::SPAN_ATTRIBUTES.read(environment)?;
    let collector = SpanCollector::new(table, PseudonymKey::read(environment, aws)?, attributes)
        .with_undeclared(registry::UNDECLARED_SENDERS.read(environment)?)
        .with_examples(registry::EXAMPLE_SENDERS.read(environment)?)
        .with_interactions(registry::OTLP_INTERACTION_IDS.read(environment)?);
    Ok(collector.with_counts(UnreadableFields::new(state, settings, clock.clone())))
}
