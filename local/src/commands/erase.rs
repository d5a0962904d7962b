//! `cxtrace erase`: erases the journeys of a phone number from the tables of a twin or of a stack. Without `--yes` it only
//! counts them. No output has the number or an id.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use cxtrace_clock::{Clock, SharedClock, SystemClock};
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport, ErasureStatus};
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_privacy::{Pseudonyms, Telephone};
use cxtrace_settings::{Environment, MetricSettings, registry};
use cxtrace_store::CorrelationTable;

use super::print::print;
use super::up::key;
use crate::engine::{Engine, EngineHttp, sdk_config};
use crate::failure::{CommandResult, Completion, Failure};
use crate::report::layout::several;
use crate::twin::{self, TABLE};

/// The forms of the command line.
pub(crate) const USAGE: &str = "\
cxtrace erase <NUMBER> --data <DIR> [--yes]
       cxtrace erase <NUMBER> --table <NAME> [--yes]
       cxtrace erase <NUMBER> --dynamodb-endpoint <URL> [--table <NAME>] [--yes]";

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The person's phone number in any usual spelling, or - to read it from standard input
    #[arg(value_name = "NUMBER", allow_hyphen_values = true)]
    number: String,

    /// Uses the state of `cxtrace up --data DIR`. End that command first
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["table", "dynamodb_endpoint"],
        required_unless_present_any = ["table", "dynamodb_endpoint"]
    )]
    data: Option<PathBuf>,

    /// Uses the correlation table NAME on AWS; PSEUDONYM_KEY_SECRET_ARN names the secret with the key of hashes
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// Uses a table on the DynamoDB-compatible server at URL; PSEUDONYM_KEY is the key of hashes
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,

    /// Erases. Without it, the command only counts
    #[arg(long)]
    yes: bool,

    /// Also erases journeys in which the number is only the contact centre's own
    #[arg(long)]
    centre: bool,
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let environment = Environment::of_process();
    let (table, pseudonyms) = open(&args, &environment).await?;
    let number = if args.number == "-" { from_standard_input()? } else { args.number };
    let numbers = Telephone::hashes(&number, &pseudonyms).map_err(|_| {
        Failure::usage("this is not a phone number. Write it with its country code, such as +44 7700 900123.")
    })?;
    let clock: SharedClock = Arc::new(SystemClock);
    let assembly = Assembly::new(table, cxtrace_sources::policy(), clock);
    let erasure = Erasure {
        numbers,
        at: SystemClock.now(),
        most_journeys: usize::MAX,
        with_centre: args.centre,
        is_dry_run: !args.yes,
    };
    let report = assembly.erase_journeys(&erasure).await?;
    print(&described(&report, erasure.is_dry_run))?;
    Ok(if report.status == ErasureStatus::Complete { Completion::All } else { Completion::Partial })
}

fn described(report: &ErasureReport, is_dry_run: bool) -> String {
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let journeys = several(number(report.journeys), "journey");
    let facts = several(number(report.facts), "fact");
    let mut text = if is_dry_run {
        format!("Found {journeys} of this number, with {facts}. Nothing is changed. Add --yes to erase them.\n")
    } else {
        let items = several(number(report.items), "item");
        format!("Erased {journeys} with {facts}: {items} of the table.\n")
    };
    text += match report.status {
        ErasureStatus::Complete if is_dry_run => "",
        ErasureStatus::Complete => {
            "A last read found nothing of the number. Events that are sent again within 30 days bring nothing back. Copies in \
             Datadog, on the journey bus and at receivers of traces cannot be recalled: erase them there.\n"
        }
        ErasureStatus::Partial => {
            "The table has more of the number, which arrived in the meantime. Run the command again.\n"
        }
        ErasureStatus::CentresOwn => {
            "In the next journey, this number is not the customer's but the contact centre's own. Check the number, or add \
             --centre to erase every journey that names it.\n"
        }
    };
    if report.too_large > 0 {
        let journeys = several(number(report.too_large), "journey");
        text += &format!(
            "A source links more ids to {journeys} than a walk follows. What only these links lead to is not erased.\n"
        );
    }
    text
}

fn from_standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(1_000).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("standard input cannot be read: {error}. Give the number there.")))?;
    Ok(text.trim().to_owned())
}

/// The table, and the key with which its numbers are hashed.
async fn open(args: &Args, environment: &Environment) -> Result<(CorrelationTable, Pseudonyms), Failure> {
    let settings = MetricSettings::read(environment).map_err(|error| Failure::usage_of(&error))?;
    let clock: SharedClock = Arc::new(SystemClock);
    let table = |client: Client, name: String| CorrelationTable::new(client, name, settings.retention, clock.clone());
    let country = registry::DEFAULT_COUNTRY.read_if_set(environment).map_err(|error| Failure::usage_of(&error))?;
    if let Some(folder) = &args.data {
        let file = folder.join(twin::JOURNEYS_FILE);
        let none = || {
            Failure::usage(format!(
                "the folder {} contains no state. Name the folder that you gave to `cxtrace up --data`.",
                folder.display()
            ))
        };
        let given = registry::PSEUDONYM_KEY.read_if_set(environment).map_err(|error| Failure::usage_of(&error))?;
        let stored = key::stored_in(folder).and_then(|key| Pseudonyms::try_new(&key).ok());
        let pseudonyms = given.or(stored).filter(|_| file.is_file()).ok_or_else(none)?;
        let engine = Engine::at(&file, clock.clone()).map_err(|error| Failure::usage_of(&error))?;
        let client = Client::new(&sdk_config(EngineHttp(engine)));
        return Ok((table(client, twin::correlation_table(TABLE)), pseudonyms.with_default_country(country)));
    }
    let (config, name) = match &args.dynamodb_endpoint {
        Some(url) => {
            let config = twin::endpoint_config(environment, url).map_err(|error| Failure::usage_of(&error))?;
            (config, args.table.clone().unwrap_or_else(|| twin::correlation_table(TABLE)))
        }
        None => (super::aws::config().await?, args.table.clone().unwrap_or_default()),
    };
    let key = PseudonymKey::read(environment, &config).map_err(|error| Failure::usage_of(&error))?;
    let pseudonyms = key.pseudonyms().await.map_err(|error| Failure::usage_of(&error))?.clone();
    Ok((table(Client::new(&config), name), pseudonyms))
}
