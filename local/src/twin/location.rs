//! The location of the twin's tables: in this process, or on a DynamoDB-compatible server.

use std::path::PathBuf;

use aws_sdk_dynamodb::Client;
use aws_types::SdkConfig;
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::http::HttpSetupError;
use cxtrace_settings::{Environment, InvalidSetting};
use cxtrace_store::{StoreError, correlation, schema};

use super::changes::{ChangeFeed, Changes};
use super::stream::{StreamChanges, StreamError};
use crate::engine::{self, Engine, EngineHttp, YieldingEngineHttp};
use crate::private_file;
use crate::wiring::Handler;

/// The default name of a twin's state table.
pub const TABLE: &str = "cxtrace-state";

/// The name of the correlation table beside the state table `table`.
#[must_use]
pub fn correlation_table(table: &str) -> String {
    format!("{table}-journeys")
}

/// The file of the state table's engine, in the twin's folder.
pub const STATE_FILE: &str = "state.db";

/// The file of a folder with the key of its pseudonyms.
pub const KEY_FILE: &str = "pseudonym.key";

/// The file of the correlation table's engine. Each table has an engine, because each has its own changes.
pub const JOURNEYS_FILE: &str = "journeys.db";

/// The location of the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableLocation {
    /// In this process, until it ends.
    Memory,
    /// In this process, stored in the files [`STATE_FILE`] and [`JOURNEYS_FILE`] of this folder.
    Folder(PathBuf),
    /// On a server.
    Endpoint {
        /// Its URL.
        url: String,
        /// The state table's name. It is created if it does not exist. [`correlation_table`] names the other table.
        table: String,
    },
}

/// The tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The engine's file cannot be opened.
    #[error(transparent)]
    Engine(#[from] engine::OpenError),
    /// The engine's file cannot be written.
    #[error("the file {} cannot be opened. Check its permissions, or name another folder.", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// A table could not be created or read.
    #[error("the tables cannot be created. Check the URL, and that a DynamoDB-compatible server listens there.")]
    Store(#[from] StoreError),
    /// A credential or region is missing.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// HTTP cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
    /// The stream cannot be used.
    #[error(transparent)]
    Stream(#[from] StreamError),
}

/// A table that can be used.
pub(super) struct OpenedTable {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) changes: Changes,
}

/// Both tables.
pub(super) struct Opened {
    pub(super) state: OpenedTable,
    pub(super) correlation: OpenedTable,
}

impl TableLocation {
    pub(super) async fn open(&self, environment: &Environment, clock: SharedClock) -> Result<Opened, TableError> {
        match self {
            Self::Memory => embedded(Engine::in_memory(clock.clone())?, Engine::in_memory(clock)?).await,
            Self::Folder(folder) => {
                for file in [STATE_FILE, JOURNEYS_FILE] {
                    let path = folder.join(file);
                    private_file::prepare_database(&path).map_err(|source| TableError::File { path, source })?;
                }
                let state = Engine::at(&folder.join(STATE_FILE), clock.clone())?;
                embedded(state, Engine::at(&folder.join(JOURNEYS_FILE), clock)?).await
            }
            Self::Endpoint { url, table } => {
                let config = endpoint_config(environment, url)?;
                let client = Client::new(&config);
                let correlation = correlation_table(table);
                schema::create(&client, table, true).await?;
                correlation::schema::create(&client, &correlation, true).await?;
                Ok(Opened {
                    state: streamed(&config, &client, table, Handler::MetricsPublisher).await?,
                    correlation: streamed(&config, &client, &correlation, Handler::JourneyAssembler).await?,
                })
            }
        }
    }
}

async fn embedded(state: Engine, correlation: Engine) -> Result<Opened, TableError> {
    let open = |engine: Engine, name: String, wakes| OpenedTable {
        client: Client::new(&engine::sdk_config(YieldingEngineHttp(EngineHttp(engine.clone())))),
        name,
        changes: Changes::new(wakes, ChangeFeed::Engine(engine)),
    };
    let opened = Opened {
        state: open(state, TABLE.to_owned(), Handler::MetricsPublisher),
        correlation: open(correlation, correlation_table(TABLE), Handler::JourneyAssembler),
    };
    // The library's own streams are not used: they slow down as their records accumulate.
    schema::create(&opened.state.client, &opened.state.name, false).await?;
    correlation::schema::create(&opened.correlation.client, &opened.correlation.name, false).await?;
    Ok(opened)
}

async fn streamed(config: &SdkConfig, client: &Client, name: &str, wakes: Handler) -> Result<OpenedTable, TableError> {
    let stream = stream(client, name).await?;
    let streams = aws_sdk_dynamodbstreams::Client::new(config);
    let feed = ChangeFeed::Stream(Box::new(StreamChanges::new(streams, name.to_owned(), stream)));
    Ok(OpenedTable { client: client.clone(), name: name.to_owned(), changes: Changes::new(wakes, feed) })
}

/// The stream of `table`, once the server has one.
async fn stream(client: &Client, table: &str) -> Result<String, StreamError> {
    for _ in 0..100 {
        let answer = client.describe_table().table_name(table).send().await.map_err(|error| StreamError::Request {
            operation: "DescribeTable",
            table: table.to_owned(),
            code: error_chain(&error),
            source: error.into(),
        })?;
        let description = answer.table;
        let active =
            description.as_ref().and_then(|table| table.table_status()).map(|status| status.as_str() == "ACTIVE");
        match description.and_then(|table| table.latest_stream_arn) {
            Some(arn) if active != Some(false) => return Ok(arn),
            None if active != Some(false) => break,
            // The server is still creating the table.
            _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    Err(StreamError::None { table: table.to_owned() })
}

/// The SDK's configuration for a server at `url`, with the environment's credentials or placeholders.
pub(crate) fn endpoint_config(environment: &Environment, url: &str) -> Result<SdkConfig, TableError> {
    let get = |name: &str, otherwise: &str| environment.get(name).unwrap_or(otherwise).to_owned();
    let region = get("AWS_REGION", &get("AWS_DEFAULT_REGION", "us-east-1"));
    let mut variables = vec![("AWS_REGION", region), ("AWS_ENDPOINT_URL", url.to_owned())];
    variables.push(("AWS_ACCESS_KEY_ID", get("AWS_ACCESS_KEY_ID", "local")));
    variables.push(("AWS_SECRET_ACCESS_KEY", get("AWS_SECRET_ACCESS_KEY", "local")));
    variables.push(("AWS_SESSION_TOKEN", get("AWS_SESSION_TOKEN", "")));
    let http = cxtrace_lambda::http::client()?;
    Ok(cxtrace_lambda::aws::from_environment(&Environment::of(variables), http)?)
}
