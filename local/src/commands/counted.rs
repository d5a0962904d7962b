//! The ledgers of a stack on AWS, or of a twin that runs.

use std::sync::Arc;

use cxtrace_clock::SystemClock;
use cxtrace_settings::{Environment, MetricSettings, registry};
use cxtrace_store::StateTable;

use super::aws;
use crate::failure::{Failure, describe};
use crate::verification::LedgerTotal;

/// Where the ledgers are.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Source {
    /// The state table on AWS: the stack's output StateTableName [default: what STATE_TABLE is set to]
    #[arg(long, value_name = "NAME", conflicts_with = "twin", display_order = 100)]
    pub(crate) table: Option<String>,

    /// A running twin, such as http://127.0.0.1:8080 (`cxtrace up`)
    #[arg(long, value_name = "URL", display_order = 101)]
    pub(crate) twin: Option<String>,
}

impl Source {
    /// The ledgers; `None` when neither a table nor a twin is named.
    pub(crate) async fn ledgers(&self, environment: &Environment) -> Result<Option<Vec<LedgerTotal>>, Failure> {
        if let Some(url) = &self.twin {
            return of_twin(url).await.map(Some);
        }
        let set = registry::STATE_TABLE.read_if_set(environment).map_err(|error| Failure::usage_of(&error))?;
        let Some(name) = self.table.clone().or(set) else { return Ok(None) };
        let settings = MetricSettings::read(environment).map_err(|error| Failure::usage_of(&error))?;
        let client = aws_sdk_dynamodb::Client::new(&aws::config().await?);
        let table = StateTable::new(client, name.clone(), settings.retention, Arc::new(SystemClock));
        let ledgers = LedgerTotal::all(&table).await.map_err(|error| {
            Failure::failed(format!(
                "the state table {name} cannot be read. Check its name, your region and your permissions. (Cause: {})",
                describe(&error)
            ))
        })?;
        Ok(Some(ledgers))
    }
}

async fn of_twin(url: &str) -> Result<Vec<LedgerTotal>, Failure> {
    let url = format!("{}/ledgers", url.trim_end_matches('/'));
    let fail = |reason: String| {
        Failure::failed(format!("the twin cannot be read at {url}: {reason}. Start it with `cxtrace up`."))
    };
    let response = cxtrace_lambda::http::client()?.get(&url).send().await;
    let response = response.map_err(|error| fail(describe(&error.without_url())))?;
    let status = response.status();
    let text = response.text().await.map_err(|error| fail(describe(&error.without_url())))?;
    if !status.is_success() {
        return Err(fail(format!("it answered {status}")));
    }
    serde_json::from_str(&text).map_err(|error| fail(format!("its answer is not a list of ledgers ({error})")))
}
