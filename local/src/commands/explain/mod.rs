//! `cxtrace explain`: every count of one conversation, and why it counts where it does.

mod story;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use cxtrace_domain::metrics::ConversationId;
use cxtrace_runtime::environment::Environment;
use cxtrace_runtime::settings::MetricSettings;
use cxtrace_runtime::time::SystemClock;
use cxtrace_store::StateTable;

use super::options::Format;
use super::print::{print, print_json};
use super::replay::{replay_timeline, timeline};
use crate::engine::{Engine, EngineHttp, sdk_config};
use crate::failure::{Done, Failure, Outcome};
use crate::twin::{self, Place, Replay, TABLE};
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

    /// Explains from the state table NAME on AWS, with the credentials and region of your profile
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
    let table = if args.paths.is_empty() {
        existing_table(&args, &environment, &settings).await?
    } else {
        let timeline = timeline(&args.paths)?;
        let mut replay =
            Replay::open(Place::Memory, environment, true).await.map_err(|error| Failure::usage_of(&error))?;
        done = replay_timeline(&mut replay, timeline).await?.done();
        replay.finish().await?;
        replay.twin.table
    };
    let story = Story::read(&table, &settings.template, &conversation).await?;
    match args.format {
        Format::Table => print(&text::write(&story))?,
        Format::Json => print_json(&story)?,
    }
    Ok(if story.is_empty() { Done::Some } else { done })
}

async fn existing_table(
    args: &Args,
    environment: &Environment,
    settings: &MetricSettings,
) -> Result<StateTable, Failure> {
    let clock = Arc::new(SystemClock);
    let name = args.table.clone().unwrap_or_else(|| TABLE.to_owned());
    let config = match (&args.data, &args.dynamodb_endpoint) {
        (Some(folder), _) => {
            let file = folder.join(twin::FILE);
            if !file.is_file() {
                return Err(Failure::usage(format!(
                    "{} holds no state. Name the folder that `cxtrace up --data` was given.",
                    folder.display()
                )));
            }
            let engine = Engine::at(&file, clock.clone()).map_err(|error| Failure::usage_of(&error))?;
            sdk_config(EngineHttp(engine))
        }
        (None, Some(url)) => twin::endpoint_config(environment, url).map_err(|error| Failure::usage_of(&error))?,
        (None, None) => super::aws::config().await?,
    };
    let client = aws_sdk_dynamodb::Client::new(&config);
    Ok(StateTable::new(client, name, settings.retention, clock))
}
