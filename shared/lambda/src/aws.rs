//! AWS clients for a function: credentials and region from its environment, HTTP from [`crate::http`].
//!
//! A function has its credentials in its environment, so the SDK's long chain of other sources, and the
//! time it takes to load, is left to the `cxtrace` command.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::environment::{Environment, InvalidSetting};
use crate::http::SdkHttp;

/// How long one try of a request may take. DynamoDB answers within milliseconds; a lost packet should
/// cost a retry, not an invocation.
const TRY: Duration = Duration::from_secs(2);

/// How often a request is tried.
const TRIES: u32 = 4;

/// The SDK's configuration from a function's environment. `AWS_ENDPOINT_URL` points it elsewhere.
///
/// # Errors
/// When region or credentials are not set, which Lambda always does.
pub fn from_environment(environment: &Environment, http: reqwest::Client) -> Result<SdkConfig, InvalidSetting> {
    let region = environment.require("AWS_REGION", "the region, such as eu-west-1; Lambda sets it itself")?;
    let key = "the credentials of the function's role; Lambda sets them itself";
    let credentials = Credentials::new(
        environment.require("AWS_ACCESS_KEY_ID", key)?,
        environment.require("AWS_SECRET_ACCESS_KEY", key)?,
        environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "environment",
    );
    let mut config = base(SharedHttpClient::new(SdkHttp(http)))
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    config.set_endpoint_url(environment.get("AWS_ENDPOINT_URL").map(str::to_owned));
    Ok(config.build())
}

/// What every client has in common: our HTTP, our patience.
#[must_use]
pub fn base(http: SharedHttpClient) -> aws_types::sdk_config::Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .sleep_impl(SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(Duration::from_millis(50)))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(TRY).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}
