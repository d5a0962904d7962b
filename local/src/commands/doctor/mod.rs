//! `cxtrace doctor`: checks this machine's settings and the deployed stack, and says what to do about each problem.

mod aws;
mod check;
mod datadog;
mod settings;

use cxtrace_settings::Environment;

use super::print::print;
use crate::failure::{CommandResult, Completion, describe};
use crate::twin::{Ingested, Replay, TableLocation};
use check::Check;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also checks the deployed stack, with the credentials and region of your profile
    #[arg(long)]
    aws: bool,

    /// The event bus that receives the Genesys events: its name, not its ARN
    #[arg(long, value_name = "NAME", requires = "aws")]
    bus: Option<String>,

    /// The state table: the stack's output StateTableName [default: what STATE_TABLE is set to]
    #[arg(long, value_name = "NAME", requires = "aws")]
    table: Option<String>,
}

pub(crate) fn help(exit_codes: &str) -> String {
    format!(
        "\
Checks:
  settings         every variable of docs/settings.md that is set is valid
  embedded engine  it counts one event once
  Datadog key      the site accepts DD_API_KEY or, with --aws, DD_API_KEY_SECRET_ARN
  with --aws       credentials; the event bus, its partner event source and its rule; the
                   state table, its stream and its expiry

{exit_codes}"
    )
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let environment = Environment::of_process();
    let mut checks = settings::check(&environment);
    checks.push(engine().await);
    let sdk = match args.aws {
        true => super::aws::config().await.map_err(|failure| Check::failed("AWS", failure.to_string())),
        false => Err(Check::skipped("AWS", "add --aws to check it")),
    };
    checks.push(datadog::check(&environment, sdk.as_ref().ok()).await);
    match sdk {
        Ok(sdk) => {
            let table = args.table.as_deref().or_else(|| environment.get("STATE_TABLE"));
            checks.extend(aws::check(&sdk, args.bus.as_deref(), table).await);
        }
        Err(check) => checks.push(check),
    }
    print(&check::list(&checks))?;
    Ok(if checks.iter().any(Check::has_failed) { Completion::Partial } else { Completion::All })
}

const SAMPLE: &str = include_str!("../../../../events/genesys/attributes/regular.json");

/// Counts one event with the embedded engine.
async fn engine() -> Check {
    const WHAT: &str = "embedded engine";
    match count_sample().await {
        Ok(1) => Check::ok(WHAT, "it counts one event once"),
        Ok(n) => Check::failed(WHAT, format!("it counts one event {n} times. Please report this.")),
        Err(reason) => Check::failed(WHAT, reason),
    }
}

async fn count_sample() -> Result<u64, String> {
    let mut replay =
        Replay::open(TableLocation::Memory, Environment::default(), true).await.map_err(|error| describe(&error))?;
    let at = "2023-03-05T08:18:05Z".parse().ok();
    match replay.take(at, None, SAMPLE).await {
        Ok(Ingested::Processed { .. }) => {}
        Ok(other) => return Err(format!("the sample event was not counted ({other:?}). Please report this.")),
        Err(error) => return Err(describe(&error)),
    }
    let held = replay.finish().await.map_err(|error| describe(&error))?;
    Ok(held.iter().map(|held| held.value).sum())
}
