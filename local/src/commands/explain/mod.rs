//! `cxtrace explain`: the counts of one conversation with the reasons for their buckets, and its journey with its facts
//! and edges.

mod explanation;
mod journey;
mod text;
mod waterfall;

use std::path::PathBuf;
use std::sync::Arc;

use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_domain::metrics::ConversationId;
use cxtrace_journeys::Assembly;
use cxtrace_settings::journeys::policy;
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_store::{CorrelationTable, StateTable};

use super::options::Format;
use super::print::{print, print_json};
use super::replay::{replay_timeline, timeline};
use crate::engine::{Engine, EngineHttp, sdk_config};
use crate::failure::{CommandResult, Completion, Failure};
use crate::twin::{self, Replay, TABLE, TableLocation};
use explanation::Explanation;
use journey::Derivation;

/// The forms of the command line.
pub(crate) const USAGE: &str = "\
cxtrace explain [OPTIONS] <ID> <PATH>...
       cxtrace explain [OPTIONS] <ID> --data <DIR>
       cxtrace explain [OPTIONS] <ID> --table <NAME>
       cxtrace explain [OPTIONS] <ID> --dynamodb-endpoint <URL> [--table <NAME>]";

/// The options.
#[derive(Debug, clap::Args)]
#[group(id = "source", required = true, multiple = true, args = ["paths", "data", "table", "dynamodb_endpoint"])]
pub(crate) struct Args {
    /// Any id: a conversation's (`conversationId` in its events), a journey's, a trace's, or an id of another system
    ///
    /// An id of another system may have its namespace, as in crm.case:500Hs00001abcde.
    #[arg(value_name = "ID")]
    id: String,

    /// Replays these files, folders or - (standard input) first, and explains the result
    #[arg(value_name = "PATH", conflicts_with_all = ["data", "table", "dynamodb_endpoint"])]
    paths: Vec<PathBuf>,

    /// Reads the state of `cxtrace up --data DIR`, which may be running
    #[arg(long, value_name = "DIR", conflicts_with_all = ["table", "dynamodb_endpoint"])]
    data: Option<PathBuf>,

    /// Reads the state table NAME on AWS, with the credentials and region of your profile; CORRELATION_TABLE names the
    /// table of journeys
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// Reads a table on the DynamoDB-compatible server at URL; its name is cxtrace-state unless --table names another
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,

    /// The format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let environment = Environment::of_process();
    let settings = MetricSettings::read(&environment).map_err(|error| Failure::usage_of(&error))?;
    let mut completion = Completion::All;
    let (table, assembly, pseudonyms) = if args.paths.is_empty() {
        let (table, assembly) = existing(&args, &environment, &settings).await?;
        (table, assembly, None)
    } else {
        let timeline = timeline(&args.paths)?;
        let mut replay =
            Replay::open(TableLocation::Memory, environment, true).await.map_err(|error| Failure::usage_of(&error))?;
        completion = replay_timeline(&mut replay, timeline).await?.completion();
        replay.finish().await?;
        let assembly = replay.twin.journeys.assembly().clone();
        (replay.twin.table, Some(assembly), Some(replay.twin.pseudonyms))
    };
    let journey = match &assembly {
        Some(assembly) => Derivation::of(assembly, &args.id, pseudonyms.as_ref()).await?,
        None => None,
    };
    // An id of another system leads to the conversation of its journey.
    let conversation = journey.as_ref().and_then(Derivation::conversation).unwrap_or_else(|| args.id.clone());
    let conversation = ConversationId::try_new(conversation)
        .map_err(|error| Failure::usage(format!("{error}. Give an id, such as the `conversationId` of its events.")))?;
    let mut explanation = Explanation::read(&table, &settings.template, &conversation).await?;
    explanation.journey = journey;
    match args.format {
        Format::Table => print(&text::write(&explanation))?,
        Format::Json => print_json(&explanation)?,
    }
    Ok(if explanation.is_empty() { Completion::Partial } else { completion })
}

/// The existing tables. Without a name for the correlation table, there is no journey.
async fn existing(
    args: &Args,
    environment: &Environment,
    settings: &MetricSettings,
) -> Result<(StateTable, Option<Assembly>), Failure> {
    let clock: SharedClock = Arc::new(SystemClock);
    let name = args.table.clone().unwrap_or_else(|| TABLE.to_owned());
    let policy = policy(environment).map_err(|error| Failure::usage_of(&error))?;
    let assembly = |client, name: String| {
        let table = CorrelationTable::new(client, name, settings.retention, clock.clone());
        Assembly::new(table, policy.clone(), clock.clone())
    };
    let state = |client| StateTable::new(client, name.clone(), settings.retention, clock.clone());
    match (&args.data, &args.dynamodb_endpoint) {
        (Some(folder), _) => {
            let open = |file: &str| {
                let file = folder.join(file);
                if !file.is_file() {
                    return Err(Failure::usage(format!(
                        "the folder {} contains no state. Name the folder that you gave to `cxtrace up --data`.",
                        folder.display()
                    )));
                }
                let engine = Engine::at(&file, clock.clone()).map_err(|error| Failure::usage_of(&error))?;
                Ok(aws_sdk_dynamodb::Client::new(&sdk_config(EngineHttp(engine))))
            };
            let table = state(open(twin::STATE_FILE)?);
            let journeys = open(twin::JOURNEYS_FILE).ok();
            Ok((table, journeys.map(|client| assembly(client, twin::correlation_table(TABLE)))))
        }
        (None, Some(url)) => {
            let config = twin::endpoint_config(environment, url).map_err(|error| Failure::usage_of(&error))?;
            let client = aws_sdk_dynamodb::Client::new(&config);
            Ok((state(client.clone()), Some(assembly(client, twin::correlation_table(&name)))))
        }
        (None, None) => {
            let client = aws_sdk_dynamodb::Client::new(&super::aws::config().await?);
            let journeys = environment.get("CORRELATION_TABLE").map(str::to_owned);
            Ok((state(client.clone()), journeys.map(|name| assembly(client, name))))
        }
    }
}
