//! The configuration of AWS clients: credentials, region and endpoints from the environment, HTTP from [`crate::http`].
//!
//! Lambda passes credentials in the environment. The SDK's own chain of other sources takes time to load, so only the
//! `cxtrace` command uses it.

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
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use cxtrace_settings::{Environment, InvalidSetting, registry};

use crate::http::SdkHttp;

/// The longest time for one attempt of a request. DynamoDB answers within milliseconds. A lost packet should cost one
/// retry, not the invocation.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// The maximum number of attempts of a request.
const MAX_ATTEMPTS: u32 = 4;

/// The SDK's configuration from a function's environment. `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>` and
/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` work as in every AWS SDK (SDK reference, *Service-specific endpoints*).
///
/// # Errors
/// When the region or the credentials are missing, which Lambda always sets, or when an endpoint is not a URL.
pub fn from_environment(environment: &Environment, http: reqwest::Client) -> Result<SdkConfig, InvalidSetting> {
    let credentials = Credentials::new(
        registry::AWS_ACCESS_KEY_ID.read(environment)?,
        registry::AWS_SECRET_ACCESS_KEY.read(environment)?,
        registry::AWS_SESSION_TOKEN.read_if_set(environment)?,
        None,
        "environment",
    );
    let config = base(SharedHttpClient::new(SdkHttp(http)))
        .region(Region::new(registry::AWS_REGION.read(environment)?))
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    if registry::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS.read(environment)? {
        return Ok(config.build());
    }
    let mut config = config.service_config(ServiceEndpoints(environment.clone()));
    // The URL is checked, but passed on unchanged: parsing would add a path.
    let endpoint = registry::AWS_ENDPOINT_URL.read_if_set(environment)?;
    config.set_endpoint_url(endpoint.and(environment.get("AWS_ENDPOINT_URL")).map(str::to_owned));
    Ok(config.build())
}

/// The endpoints of single services. Each SDK client asks for its own.
#[derive(Debug)]
struct ServiceEndpoints(Environment);

impl LoadServiceConfig for ServiceEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.env() != "AWS_ENDPOINT_URL" {
            return None;
        }
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0.get(&format!("AWS_ENDPOINT_URL_{service}")).map(str::to_owned)
    }
}

/// The common settings of all AWS clients: the HTTP client, attempts and timeouts.
#[must_use]
pub fn base(http: SharedHttpClient) -> aws_types::sdk_config::Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .sleep_impl(SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
        .retry_config(
            RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(Duration::from_millis(50)),
        )
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}
