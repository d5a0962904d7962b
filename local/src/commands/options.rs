//! Options that several commands share.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::twin::{Place, TABLE};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// Which table is used in place of the embedded one.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct TableOptions {
    /// Uses the DynamoDB-compatible server at URL, such as http://127.0.0.1:8000
    ///
    /// The table is made there. Credentials and region are those of AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY and AWS_REGION or, where these are not set, made-up ones.
    /// [default: an engine in this process]
    #[arg(long, value_name = "URL", display_order = 100)]
    pub(crate) dynamodb_endpoint: Option<String>,
}

impl TableOptions {
    /// The place that was asked for; `folder` is where an embedded engine keeps its state.
    pub(crate) fn place(&self, folder: Option<PathBuf>) -> Place {
        match (&self.dynamodb_endpoint, folder) {
            (Some(url), _) => Place::Endpoint { url: url.clone(), table: TABLE.to_owned() },
            (None, Some(folder)) => Place::Folder(folder),
            (None, None) => Place::Memory,
        }
    }

    /// The place of a run that must find nothing of earlier ones.
    pub(crate) fn fresh_place(&self) -> Place {
        match &self.dynamodb_endpoint {
            Some(url) => {
                Place::Endpoint { url: url.clone(), table: format!("cxtrace-replay-{}", crate::twin::unique()) }
            }
            None => Place::Memory,
        }
    }
}
