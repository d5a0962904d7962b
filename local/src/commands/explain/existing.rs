//! The tables of a running system, and the key of its pseudonyms.

use std::path::Path;
use std::sync::Arc;

use aws_types::SdkConfig;
use cxtrace_clock::{SharedClock, SystemClock};
use cxtrace_journeys::Assembly;
use cxtrace_lambda::pseudonyms::PseudonymKey;
use cxtrace_privacy::Pseudonyms;
use cxtrace_settings::journeys::policy;
use cxtrace_settings::{Environment, MetricSettings, registry};
use cxtrace_store::{CorrelationTable, StateTable};

use crate::commands::aws;
use crate::engine::{Engine, EngineHttp, sdk_config};
use crate::failure::Failure;
use crate::twin::{self, KEY_FILE, TABLE};

/// Which tables: those of a folder, of a server, or of AWS.
pub(super) struct Place<'a> {
    pub(super) folder: Option<&'a Path>,
    pub(super) endpoint: Option<&'a str>,
    /// The name of the state table.
    pub(super) table: Option<&'a str>,
}

/// Existing tables.
pub(super) struct Existing {
    pub(super) table: StateTable,
    /// Without a name for the correlation table, there are no journeys.
    pub(super) assembly: Option<Assembly>,
    /// The key by which its ids are hashed, if it is known here.
    pub(super) pseudonyms: Option<Pseudonyms>,
}

impl Existing {
    /// The tables at `place`.
    pub(super) async fn open(
        place: Place<'_>,
        environment: &Environment,
        settings: &MetricSettings,
    ) -> Result<Self, Failure> {
        let clock: SharedClock = Arc::new(SystemClock);
        let name = place.table.unwrap_or(TABLE).to_owned();
        let policy = policy(environment).map_err(|error| Failure::usage_of(&error))?;
        let assembly = |client, name: String| {
            let table = CorrelationTable::new(client, name, settings.retention, clock.clone());
            Assembly::new(table, policy.clone(), clock.clone())
        };
        let state = |client| StateTable::new(client, name.clone(), settings.retention, clock.clone());
        Ok(match (place.folder, place.endpoint) {
            (Some(folder), _) => {
                let table = state(file(folder, twin::STATE_FILE, &clock)?);
                let journeys = file(folder, twin::JOURNEYS_FILE, &clock).ok();
                let assembly = journeys.map(|client| assembly(client, twin::correlation_table(TABLE)));
                Self { table, assembly, pseudonyms: key_of_folder(folder, environment)? }
            }
            (None, Some(url)) => {
                let config = twin::endpoint_config(environment, url).map_err(|error| Failure::usage_of(&error))?;
                let client = aws_sdk_dynamodb::Client::new(&config);
                let pseudonyms = key_of_environment(environment, &config).await?;
                let assembly = Some(assembly(client.clone(), twin::correlation_table(&name)));
                Self { table: state(client), assembly, pseudonyms }
            }
            (None, None) => {
                let config = aws::config().await?;
                let client = aws_sdk_dynamodb::Client::new(&config);
                let journeys = environment.get("CORRELATION_TABLE").map(str::to_owned);
                let assembly = journeys.map(|name| assembly(client.clone(), name));
                let pseudonyms = match assembly {
                    Some(_) => key_of_environment(environment, &config).await?,
                    None => None,
                };
                Self { table: state(client), assembly, pseudonyms }
            }
        })
    }
}

/// A client of the engine in `file` of `folder`.
fn file(folder: &Path, file: &str, clock: &SharedClock) -> Result<aws_sdk_dynamodb::Client, Failure> {
    let path = folder.join(file);
    if !path.is_file() {
        return Err(Failure::usage(format!(
            "the folder {} contains no state. Name the folder that you gave to `cxtrace up --data`.",
            folder.display()
        )));
    }
    let engine = Engine::at(&path, clock.clone()).map_err(|error| Failure::usage_of(&error))?;
    Ok(aws_sdk_dynamodb::Client::new(&sdk_config(EngineHttp(engine))))
}

/// The key that the twin of `folder` uses.
fn key_of_folder(folder: &Path, environment: &Environment) -> Result<Option<Pseudonyms>, Failure> {
    let setting = |error| Failure::usage_of(&error);
    let pseudonyms = match registry::PSEUDONYM_KEY.read_if_set(environment).map_err(setting)? {
        Some(pseudonyms) => Some(pseudonyms),
        None => std::fs::read(folder.join(KEY_FILE)).ok().and_then(|key| Pseudonyms::try_new(&key).ok()),
    };
    let country = registry::DEFAULT_COUNTRY.read_if_set(environment).map_err(setting)?;
    Ok(pseudonyms.map(|pseudonyms| pseudonyms.with_default_country(country)))
}

/// The key that the functions use, if the environment names it.
async fn key_of_environment(environment: &Environment, config: &SdkConfig) -> Result<Option<Pseudonyms>, Failure> {
    let setting = |error| Failure::usage_of(&error);
    let arn = registry::PSEUDONYM_KEY_SECRET_ARN.read_if_set(environment).map_err(setting)?;
    if arn.is_none() && registry::PSEUDONYM_KEY.read_if_set(environment).map_err(setting)?.is_none() {
        return Ok(None);
    }
    let key = PseudonymKey::read(environment, config).map_err(setting)?;
    let pseudonyms = key.pseudonyms().await.map_err(|error| Failure::usage_of(&error))?;
    Ok(Some(pseudonyms.clone()))
}
