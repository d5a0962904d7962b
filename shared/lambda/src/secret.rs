//! A secret of AWS Secrets Manager. It may be in another region than the function.

use std::fmt;

use aws_sdk_secretsmanager::config::Region;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, config};
use aws_types::SdkConfig;
use cxtrace_error_chain::error_chain;
use cxtrace_settings::SecretArn;

/// Why a secret cannot be used. Each message names the secret and says what to do. No message holds its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not return it.
    #[error(
        "the secret {arn} could not be read; check that it exists and that the function's role may call \
         secretsmanager:GetSecretValue on it, and kms:Decrypt if it is encrypted with a key of your own"
    )]
    Unreadable {
        arn: String,
        /// The response of Secrets Manager.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is binary.
    #[error("the secret {arn} is binary; store its content as plain text")]
    NotText { arn: String },
}

/// A secret that is read on request.
pub struct Secret {
    aws: SdkConfig,
    arn: SecretArn,
}

impl Secret {
    /// The secret `arn`, read in the region of the ARN.
    #[must_use]
    pub fn new(aws: &SdkConfig, arn: SecretArn) -> Self {
        Self { aws: aws.clone(), arn }
    }

    #[must_use]
    pub fn arn(&self) -> &str {
        self.arn.as_str()
    }

    /// Reads the secret.
    ///
    /// # Errors
    /// When Secrets Manager does not return it, or when it is binary.
    pub async fn text(&self) -> Result<String, SecretError> {
        let arn = || self.arn.as_str().to_owned();
        // A secret is rarely read more than once in a process, so no client is kept.
        let region = Region::new(self.arn.region().to_owned());
        let client = Client::from_conf(config::Builder::from(&self.aws).region(region).build());
        let response = client.get_secret_value().secret_id(self.arn.as_str()).send().await;
        let secret =
            response.map_err(|error| SecretError::Unreadable { arn: arn(), source: without_response(error) })?;
        secret.secret_string.ok_or_else(|| SecretError::NotText { arn: arn() })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.arn.as_str())
    }
}

/// `error` without the response that the SDK keeps in it, because the response may hold the secret.
fn without_response(error: SdkError<GetSecretValueError, HttpResponse>) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        SdkError::ServiceError(error) => error.into_err().into(),
        other => error_chain(&other).into(),
    }
}
