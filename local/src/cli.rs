//! The command line: its commands, and how the process ends.

use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::commands::{
    datadog, demo, doctor, erase, explain, generate, intake, privacy, redrive, replay, republish, send, source, up,
    verify,
};
use crate::failure::{CommandResult, Failure};
use crate::logging;

/// The end of every command's help.
const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  a part failed; standard error says which
  2  the command line is wrong, or it names a file that cannot be read";

/// The end of the first page of help.
const MORE: &str = "\
Commands read the settings of the deployed functions from the environment: METRIC_NAME,
METRIC_TAGS, MEDIA_TYPE_TAG, MAX_SERIES, BUCKET_SECONDS, HISTORICAL_METRICS, DD_METRICS_URL
and others. `cxtrace doctor` checks them. LOG_LEVEL=DEBUG logs as much as -vv.

Start with:
  cxtrace demo";

/// Counts Genesys Cloud flow metrics exactly and joins customer journeys, on this machine.
///
/// The command runs the functions that AWS Lambda runs. An embedded engine takes the place of DynamoDB, and an intake
/// that enforces Datadog's rules takes the place of Datadog. Nothing leaves this machine unless an option or a setting
/// says so.
#[derive(Debug, Parser)]
#[command(name = "cxtrace", version, max_term_width = 100, after_help = MORE)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Logs more to standard error: -v information, -vv details, -vvv everything
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 900)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Counts a generated day of a contact centre and shows customer journeys in a web page
    #[command(after_help = EXIT_CODES)]
    Demo(demo::Args),
    /// Runs the whole system on this machine until Ctrl-C: takes events over HTTP, counts, and shows journeys
    #[command(after_help = up::help(EXIT_CODES))]
    Up(up::Args),
    /// Counts recorded events and joins their journeys, using the times in the events
    #[command(after_help = replay::help(EXIT_CODES))]
    Replay(replay::Args),
    /// Explains any id: where its metrics are counted, and what its journey is made of
    #[command(after_help = EXIT_CODES, override_usage = explain::USAGE)]
    Explain(explain::Args),
    /// Checks the settings, the embedded engine, the Datadog key and, with --aws, the deployed stack
    #[command(after_help = doctor::help(EXIT_CODES))]
    Doctor(doctor::Args),
    /// Shows, creates and updates the dashboards, monitors and metric metadata in Datadog
    #[command(after_help = datadog::help(EXIT_CODES))]
    Datadog(datadog::Args),
    /// Compares the counts in the state table with Datadog's, and says why they differ
    #[command(after_help = verify::help(EXIT_CODES))]
    Verify(verify::Args),
    /// Sends sample or recorded events to an EventBridge bus
    #[command(after_help = EXIT_CODES)]
    Send(send::Args),
    /// Explains the messages of a dead-letter queue, and processes its events again
    #[command(after_help = EXIT_CODES)]
    Redrive(redrive::Args),
    /// Publishes counts that Datadog has not accepted within ten minutes
    #[command(after_help = EXIT_CODES)]
    Republish(republish::Args),
    /// Generates realistic events: the same options always give the same events
    #[command(after_help = EXIT_CODES)]
    Generate(generate::Args),
    /// Writes, checks and tries definitions of sources, and lists them
    #[command(after_help = EXIT_CODES)]
    Source(source::Args),
    /// Lists what is kept of each source, in which form, and for which purpose
    #[command(after_help = EXIT_CODES)]
    Privacy(privacy::Args),
    /// Erases what is stored about a person, who is known by a phone number
    #[command(after_help = EXIT_CODES, override_usage = erase::USAGE)]
    Erase(erase::Args),
    /// Runs a stand-in for Datadog's intake of metrics, for functions that run elsewhere
    #[command(after_help = EXIT_CODES)]
    Intake(intake::Args),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.verbose, std::env::var("LOG_LEVEL").ok().as_deref());
    let failure = match run(cli.command) {
        Ok(done) => return done.into(),
        Err(failure) => failure,
    };
    eprintln!("error: {failure}");
    failure.exit_code()
}

fn run(command: Command) -> CommandResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Failure::failed(format!("the process could not start: {error}. Free some file handles and try again."))
    })?;
    // The handlers' futures stay on this thread. They are boxed because the SDK's futures are nested too deep for the
    // compiler's layout of types.
    let result = tokio::task::LocalSet::new().block_on(&runtime, async {
        match command {
            Command::Demo(args) => Box::pin(demo::run(args)).await,
            Command::Up(args) => Box::pin(up::run(args)).await,
            Command::Replay(args) => Box::pin(replay::run(args)).await,
            Command::Explain(args) => Box::pin(explain::run(args)).await,
            Command::Doctor(args) => Box::pin(doctor::run(args)).await,
            Command::Datadog(args) => Box::pin(datadog::run(args)).await,
            Command::Verify(args) => Box::pin(verify::run(args)).await,
            Command::Send(args) => Box::pin(send::run(args)).await,
            Command::Republish(args) => Box::pin(republish::run(args)).await,
            Command::Redrive(args) => Box::pin(redrive::run(args)).await,
            Command::Generate(args) => generate::run(&args),
            Command::Privacy(args) => privacy::run(&args),
            Command::Source(args) => source::run(args),
            Command::Erase(args) => Box::pin(erase::run(args)).await,
            Command::Intake(args) => Box::pin(intake::run(args)).await,
        }
    });
    // The resolution of a name may still run on a thread of its own.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
