//! `cxtrace explain`: every count of one conversation, and why it counts where it does; and its journey, with every
//! fact and every reason for what it was joined with.

mod journey;
mod story;
mod text;

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
use crate::failure::{Done, Failure, Outcome};
use crate::twin::{self, Place, Replay, TABLE};
use journey::Derivation;
use story::Story;

/// What the command line looks like.
pub(crate) const USAGE: &str = "\
cxtrace explain [OPTIONS] <CONVERSATION> <PATH>...
       cxtrace explain [OPTIONS] <CONVERSATION> --data <DIR>
       cxtrace explain [OPTIONS] <CONVERSATION> --table <NAME>
       cxtrace explain [OPTIONS] <CONVERSATION> --dynamodb-endpoint <URL> [--table <NAME>]";

/// The options.
#[derive(Debug, clap::Args)]
#[group(id = "source", required = true, multiple = true, args = ["paths", "data", "table", "dynamodb_endpoint"])]
pub(crate) struct Args {
    /// The conversation's id, as in the events' `conversationId`
    #[arg(value_name = "CONVERSATION")]
    conversation: String,

    /// Replays these files, folders or - (standard input) first, and explains what came of it
    #[arg(value_name = "PATH", conflicts_with_all = ["data", "table", "dynamodb_endpoint"])]
    paths: Vec<PathBuf>,

    /// Explains from the state that `cxtrace up --data DIR` keeps, which may be running
    #[arg(long, value_name = "DIR", conflicts_with_all = ["table", "dynamodb_endpoint"])]
    data: Option<PathBuf>,

    /// Explains from the state table NAME on AWS, with the credentials and region of your profile; the
    /// journey from the table in CORRELATION_TABLE
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// Explains from a table on the DynamoDB-compatible server at URL, called cxtrace-state unless --table
    /// names it
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,

    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let conversation = ConversationId::try_new(args.conversation.clone())
        .map_err(|error| Failure::usage(format!("{error}. Give the id as the events have it.")))?;
    let environment = Environment::of_process();
    let settings = MetricSettings::read(&environment).map_err(|error| Failure::usage_of(&error))?;
    let mut done = Done::All;
    let (table, assembly) = if args.paths.is_empty() {
        existing(&args, &environment, &settings).await?
    } else {
        let timeline = timeline(&args.paths)?;
        let mut replay =
            Replay::open(Place::Memory, environment, true).await.map_err(|error| Failure::usage_of(&error))?;
        done = replay_timeline(&mut replay, timeline).await?.done();
        replay.finish().await?;
        let assembly = replay.twin.journeys.assembly().clone();
        (replay.twin.table, Some(assembly))
    };
    let mut story = Story::read(&table, &settings.template, &conversation).await?;
    if let Some(assembly) = assembly {
        story.journey = Derivation::of(&assembly, &args.conversation).await?;
    }
    match args.format {
        Format::Table => print(&text::write(&story))?,
        Format::Json => print_json(&story)?,
    }
    Ok(if story.is_empty() { Done::Some } else { done })
}

/// The tables that are there. Where nobody says what the correlation table is called, there is none.
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
                        "{} holds no state. Name the folder that `cxtrace up --data` was given.",
                        folder.display()
                    )));
                }
                let engine = Engine::at(&file, clock.clone()).map_err(|error| Failure::usage_of(&error))?;
                Ok(aws_sdk_dynamodb::Client::new(&sdk_config(EngineHttp(engine))))
            };
            let table = state(open(twin::FILE)?);
            let journeys = open(twin::CORRELATION_FILE).ok();
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
