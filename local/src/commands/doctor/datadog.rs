//! Checks that Datadog accepts the API key.

use std::time::Duration;

use aws_types::SdkConfig;
use cxtrace_datadog::{Endpoint, key};
use cxtrace_error_chain::error_chain;
use cxtrace_settings::{Environment, registry};

use super::check::Check;

const WHAT: &str = "Datadog key";

/// The time limit for Datadog's response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks Datadog about the key of `environment`; a secret is read with `sdk`.
pub(super) async fn check(environment: &Environment, sdk: Option<&SdkConfig>) -> Check {
    let is_secret = environment.get(registry::DD_API_KEY_SECRET_ARN.spec.variable).is_some();
    let no_aws = SdkConfig::builder().build();
    match (environment.get(registry::DD_API_KEY.spec.variable), sdk) {
        (None, _) if !is_secret => return Check::skipped(WHAT, "set DD_API_KEY to check it"),
        (_, None) if is_secret => return Check::skipped(WHAT, "it is a secret on AWS; add --aws to check it"),
        _ => {}
    }
    // The check of the settings reports a wrong site.
    let Ok(endpoint) = Endpoint::read(environment) else {
        return Check::skipped(WHAT, "correct DD_SITE or DD_METRICS_URL to check it");
    };
    let key = match key::read(environment, sdk.unwrap_or(&no_aws)) {
        Ok(keys) => keys.key().await.map_err(|error| error_chain(&error)),
        Err(error) => Err(error.to_string()),
    };
    match key {
        Ok(key) => ask(&endpoint, &key).await,
        Err(reason) => Check::failed(WHAT, reason),
    }
}

async fn ask(endpoint: &Endpoint, key: &cxtrace_datadog::ApiKey) -> Check {
    let http = match cxtrace_lambda::http::client() {
        Ok(http) => http,
        Err(error) => return Check::failed(WHAT, error_chain(&error)),
    };
    let url = endpoint.with_path("/api/v1/validate");
    let host = url.host_str().unwrap_or_default().to_owned();
    match http.get(url).timeout(TIMEOUT).header("DD-API-KEY", key.header()).send().await {
        Ok(answer) if answer.status().is_success() => Check::ok(WHAT, format!("{host} accepts it")),
        Ok(answer) if matches!(answer.status().as_u16(), 401 | 403) => Check::failed(
            WHAT,
            format!(
                "{host} refuses it. Check that it is an API key (not an application key) of an organisation on that site."
            ),
        ),
        Ok(answer) => Check::failed(
            WHAT,
            format!("{host} responds with status {}. Check DD_SITE and DD_METRICS_URL.", answer.status().as_u16()),
        ),
        Err(error) => Check::failed(
            WHAT,
            format!(
                "{host} does not respond. Check DD_SITE, DD_METRICS_URL and the network. (Cause: {})",
                error_chain(&error)
            ),
        ),
    }
}
