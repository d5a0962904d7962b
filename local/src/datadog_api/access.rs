//! Where Datadog is, and the keys to it: `DD_SITE` or `DD_METRICS_URL`, `DD_API_KEY` and `DD_APP_KEY`.

use cxtrace_datadog::{ApiKey, Endpoint};
use cxtrace_settings::{Environment, registry};

use crate::failure::Failure;

/// The keys that a twin accepts: any.
const TWIN_KEY: &str = "local";

/// Where Datadog is, and the keys to it.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) endpoint: Endpoint,
    pub(crate) api_key: ApiKey,
    pub(crate) application_key: ApiKey,
}

impl Access {
    /// Reads it from the environment; `None` when a key is missing.
    pub(crate) fn read(environment: &Environment) -> Result<Option<Self>, Failure> {
        let endpoint = Endpoint::read(environment).map_err(|error| Failure::usage_of(&error))?;
        let keys = (registry::DD_API_KEY.read_if_set(environment), registry::DD_APP_KEY.read_if_set(environment));
        let api_key = keys.0.map_err(|error| Failure::usage_of(&error))?;
        let application_key = keys.1.map_err(|error| Failure::usage_of(&error))?;
        let key = |key: &str| ApiKey::try_new(key).map_err(|error| Failure::usage_of(&error));
        match (api_key, application_key) {
            (Some(api), Some(application)) => {
                Ok(Some(Self { endpoint, api_key: key(&api)?, application_key: key(&application)? }))
            }
            _ => Ok(None),
        }
    }

    /// As [`Self::read`], and a failure when a key is missing.
    pub(crate) fn required(environment: &Environment) -> Result<Self, Failure> {
        Self::read(environment)?.ok_or_else(|| {
            Failure::usage(
                "Datadog's keys are not set. Set DD_API_KEY to an API key and DD_APP_KEY to an application key of your \
                 organisation, and DD_SITE to its site.",
            )
        })
    }

    /// The intake of a twin.
    pub(crate) fn of_twin(url: &str) -> Result<Self, Failure> {
        let endpoint = Endpoint::at(url).map_err(|error| Failure::usage(format!("--twin {url}: {error}.")))?;
        let key = ApiKey::try_new(TWIN_KEY).map_err(|error| Failure::usage_of(&error))?;
        Ok(Self { endpoint, api_key: key.clone(), application_key: key })
    }
}
