//! The command line: what can be asked for, and how it is answered.

use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::commands::{demo, doctor, explain, generate, intake, replay, send, up};
use crate::failure::{Failure, Outcome};
use crate::logging;

/// What every command has below its options.
const EXIT_CODES: &str = "\
Exit codes:
  0  everything was done
  1  something could not be done; standard error says what
  2  the command line is wrong, or something it names cannot be read";

/// What the first page has below the commands.
const MORE: &str = "\
Settings of the deployed functions are read from the environment, where a command
needs them: METRIC_NAME, METRIC_TAGS, MEDIA_TYPE_TAG, MAX_SERIES, BUCKET_SECONDS,
HISTORICAL_METRICS, DD_METRICS_URL and others. `cxtrace doctor` checks them.

Try this first:
  cxtrace demo";

/// Exact counts of what Genesys Cloud Architect flows set as attributes, and customers' journeys from end to end.
///
/// This command runs the whole system on this machine: the functions that AWS Lambda runs, with an
/// embedded table in place of DynamoDB and an intake with Datadog's rules in place of Datadog. Nothing
/// leaves the machine unless an option or a setting says so.
#[derive(Debug, Parser)]
#[command(name = "cxtrace", version, max_term_width = 100, after_help = MORE)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Logs more on standard error: -v for information, -vv for details, -vvv for everything
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 900)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Replays a made-up day of a contact centre: exact counts, proved, and journeys worth opening
    #[command(after_help = EXIT_CODES)]
    Demo(demo::Args),
    /// Runs the whole system here, staying up: events in by HTTP, counts out by HTTP
    #[command(after_help = up::help(EXIT_CODES))]
    Up(up::Args),
    /// Counts recorded events, and joins their journeys, as it would have been when they happened
    #[command(after_help = replay::help(EXIT_CODES))]
    Replay(replay::Args),
    /// Shows every count of one conversation and the journey it is part of, and why
    #[command(after_help = EXIT_CODES, override_usage = explain::USAGE)]
    Explain(explain::Args),
    /// Checks settings, the embedded engine, the Datadog key and, with --aws, what is deployed
    #[command(after_help = doctor::help(EXIT_CODES))]
    Doctor(doctor::Args),
    /// Puts sample events on a real event bus
    #[command(after_help = EXIT_CODES)]
    Send(send::Args),
    /// Makes up realistic events: the same ones for the same options, for ever
    #[command(after_help = EXIT_CODES)]
    Generate(generate::Args),
    /// Runs only the intake with Datadog's rules, for functions that run elsewhere
    #[command(after_help = EXIT_CODES)]
    Intake(intake::Args),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.verbose);
    let failure = match run(cli.command) {
        Ok(done) => return done.into(),
        Err(failure) => failure,
    };
    eprintln!("error: {failure}");
    failure.exit_code()
}

fn run(command: Command) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Failure::failed(format!("the process could not be set up: {error}. Free some file handles and try again."))
    })?;
    // The handlers' futures stay on this thread. They are boxed because the SDK's nest too deep for the
    // compiler to lay out in one piece.
    tokio::task::LocalSet::new().block_on(&runtime, async {
        match command {
            Command::Demo(args) => Box::pin(demo::run(args)).await,
            Command::Up(args) => Box::pin(up::run(args)).await,
            Command::Replay(args) => Box::pin(replay::run(args)).await,
            Command::Explain(args) => Box::pin(explain::run(args)).await,
            Command::Doctor(args) => Box::pin(doctor::run(args)).await,
            Command::Send(args) => Box::pin(send::run(args)).await,
            Command::Generate(args) => generate::run(&args),
            Command::Intake(args) => Box::pin(intake::run(args)).await,
        }
    })
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
