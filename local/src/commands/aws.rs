//! The AWS configuration of a person's machine: profiles, SSO and the environment.

use aws_config::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use cxtrace_lambda::http::SdkHttp;

use crate::failure::Failure;

/// The SDK's configuration of the current user. It honours `AWS_ENDPOINT_URL`.
pub(crate) async fn config() -> Result<SdkConfig, Failure> {
    let http = SharedHttpClient::new(SdkHttp(cxtrace_lambda::http::client()?));
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    if config.region().is_none() {
        return Err(Failure::usage(
            "no AWS region is set. Set AWS_REGION (such as eu-west-1), or choose a profile with AWS_PROFILE.",
        ));
    }
    Ok(config)
}
