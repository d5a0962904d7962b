//! What the demo's two parts, the day and the journeys, have in common.

use cxtrace_settings::{Environment, registry};

use crate::commands::options::TableOptions;
use crate::failure::{Completion, describe};
use crate::twin::Replay;

/// What a part prints, and how complete it is.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) completion: Completion,
}

/// Removes a replay's tables from the server that `table` names. Tables in this process need no removal.
pub(super) async fn remove_tables(table: &TableOptions, replay: &Replay) {
    if table.dynamodb_endpoint.is_some()
        && let Err(error) = replay.twin.remove_tables().await
    {
        tracing::warn!(error = describe(&error), "the demo's tables could not be removed");
    }
}

/// The settings of an AWS client and of the export of traces, and no others: the demo is the same for everyone.
pub(super) fn environment() -> Environment {
    let all = Environment::of_process();
    let names = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let export = [
        registry::OTLP_ENDPOINT.spec.variable,
        registry::OTLP_HEADERS.spec.variable,
        registry::OTLP_ENCODING.spec.variable,
        registry::OTLP_RESOURCE_ATTRIBUTES.spec.variable,
    ];
    Environment::of(names.into_iter().chain(export).filter_map(|name| Some((name, all.get(name)?))))
}
