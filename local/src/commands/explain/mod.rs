//! `cxtrace explain`: the counts of the conversation that an id leads to with the reasons for their buckets, and its journey
//! with its facts and edges.

mod existing;
mod explanation;
mod journey;
mod text;
mod waterfall;

use std::path::PathBuf;

use cxtrace_domain::metrics::ConversationId;
use cxtrace_settings::{Environment, MetricSettings};

use super::options::Format;
use super::print::{print, print_json};
use super::replay::{replay_timeline, timeline};
use crate::failure::{CommandResult, Completion, Failure};
use crate::twin::{Replay, TableLocation};
use existing::{Existing, Place};
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

    /// Reads the state table NAME on AWS, with the credentials and region of your profile
    ///
    /// CORRELATION_TABLE names the table of journeys. PSEUDONYM_KEY_SECRET_ARN or PSEUDONYM_KEY is needed to find an id
    /// that is stored as a hash.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// Reads a table on the DynamoDB-compatible server at URL; its name is cxtrace-state unless --table names another
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,

    /// The format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

impl Args {
    /// Whether they say where to look. Without that, nothing is read, on AWS least of all.
    fn name_a_place(&self) -> bool {
        !self.paths.is_empty() || self.data.is_some() || self.table.is_some() || self.dynamodb_endpoint.is_some()
    }

    /// The place in words.
    fn searched(&self) -> String {
        let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
        let named = self.table.as_deref().map_or(String::new(), |name| format!(" of {name}"));
        match (&self.data, &self.dynamodb_endpoint) {
            _ if !paths.is_empty() => format!("the events of {}", paths.join(" ")),
            (Some(folder), _) => format!("the state in {}", folder.display()),
            (None, Some(url)) => format!("the tables{named} at {url}"),
            (None, None) => format!("the tables{named} on AWS"),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            folder: self.data.as_deref(),
            endpoint: self.dynamodb_endpoint.as_deref(),
            table: self.table.as_deref(),
        }
    }
}

pub(crate) async fn run(args: Args) -> CommandResult {
    if !args.name_a_place() {
        return Err(Failure::usage(NO_PLACE));
    }
    let environment = Environment::of_process();
    let settings = MetricSettings::read(&environment).map_err(|error| Failure::usage_of(&error))?;
    let mut completion = Completion::All;
    let (table, assembly, pseudonyms) = if args.paths.is_empty() {
        let Existing { table, assembly, pseudonyms } = Existing::open(args.place(), &environment, &settings).await?;
        (table, assembly, pseudonyms)
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
        Format::Table if explanation.is_empty() => {
            print(&text::nothing(&args.id, &args.searched(), assembly.is_some()))?;
        }
        Format::Table => print(&text::write(&explanation))?,
        Format::Json => print_json(&explanation)?,
    }
    if !explanation.is_empty() {
        return Ok(completion);
    }
    // What was not looked for must not seem to be missing.
    if assembly.is_none() {
        eprintln!("{NO_JOURNEYS}");
    } else if pseudonyms.is_none() {
        eprintln!("{NO_KEY}");
    }
    Ok(Completion::Partial)
}

const NO_PLACE: &str = "\
nothing says where to look. Name files or folders to replay, such as events/stories, or --data DIR of `cxtrace up`, or
--table NAME of a stack on AWS.";

const NO_JOURNEYS: &str = "\
Only counts were read, so only the id of a conversation can be found. Set CORRELATION_TABLE to the name of the table of
journeys (`aws cloudformation describe-stack-resource` with CorrelationTable shows it) to explain any id.";

const NO_KEY: &str = "\
Ids that could be personal are stored as a hash, and there is no key to compute it. Set PSEUDONYM_KEY_SECRET_ARN or
PSEUDONYM_KEY as the functions have it, or give the id as the page shows it: crm.case:~ and 32 digits.";
