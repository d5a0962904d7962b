//! `cxtrace source`: writes, checks and tries definitions of sources.

mod check;
pub(super) mod definitions;
mod list;
mod new;
mod trying;

use std::path::PathBuf;

use clap::Subcommand;

use super::options::Format;
use crate::failure::CommandResult;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,

    /// A folder of definitions, on top of the built-in ones
    ///
    /// May be given more than once. [default: shared/sources/definitions and sources, if they exist here]
    #[arg(long, value_name = "DIR", global = true)]
    definitions: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a new definition with a mapping and a sample, to begin with
    New {
        /// The source's name: lower-case letters, digits, dashes and underscores
        name: String,
    },
    /// Checks definitions, their mappings and their samples
    Check {
        /// The source. All by default
        name: Option<String>,
        /// Writes what the samples become beside them. Read it before you keep it
        #[arg(long)]
        update: bool,
    },
    /// Shows what recorded deliveries or bare payloads become: ids, spans, and what was left out and why
    Try {
        /// The source
        name: String,
        /// Files with recorded deliveries (NDJSON or JSON), EventBridge events or one bare payload; - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The format of the result
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
        format: Format,
    },
    /// Lists the sources: how their events arrive, which are mapped, and what is not confirmed
    List {
        /// The format of the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
        format: Format,
    },
}

pub(crate) fn run(args: Args) -> CommandResult {
    match args.command {
        Command::New { name } => new::run(&name, &args.definitions),
        Command::Check { name, update } => check::run(name.as_deref(), update, &args.definitions),
        Command::Try { name, files, format } => trying::run(&name, &files, format, &args.definitions),
        Command::List { format } => list::run(format, &args.definitions),
    }
}
