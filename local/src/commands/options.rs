//! Options that several commands share.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::twin::{TABLE, TableLocation};

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// A table for people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// Which server holds the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct TableOptions {
    /// Uses the DynamoDB-compatible server at URL, such as http://127.0.0.1:8000
    ///
    /// The command creates its tables there. It takes credentials and region from AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY and AWS_REGION; placeholders stand in for those that are not set.
    /// [default: an engine in this process]
    #[arg(long, value_name = "URL", display_order = 100)]
    pub(crate) dynamodb_endpoint: Option<String>,
}

impl TableOptions {
    /// The location of the tables. An embedded engine keeps them in `folder`, or else in memory.
    pub(crate) fn location(&self, folder: Option<PathBuf>) -> TableLocation {
        match (&self.dynamodb_endpoint, folder) {
            (Some(url), _) => TableLocation::Endpoint { url: url.clone(), table: TABLE.to_owned() },
            (None, Some(folder)) => TableLocation::Folder(folder),
            (None, None) => TableLocation::Memory,
        }
    }

    /// A location without the items of an earlier run.
    pub(crate) fn fresh_location(&self) -> TableLocation {
        match &self.dynamodb_endpoint {
            Some(url) => {
                TableLocation::Endpoint { url: url.clone(), table: format!("cxtrace-replay-{}", crate::twin::unique()) }
            }
            None => TableLocation::Memory,
        }
    }
}
