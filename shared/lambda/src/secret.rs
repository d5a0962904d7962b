//! A secret of AWS Secrets Manager, which may stand in another region than the function.

use std::fmt;

use aws_sdk_secretsmanager::config::Region;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, config};
use aws_types::SdkConfig;

use crate::report::chain;

/// The ARN of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretArn(String);

/// Why a text is no secret's ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no ARN of the form arn:aws:secretsmanager:<region>:<account>:secret:<name>")]
pub struct InvalidSecretArn;

impl SecretArn {
    /// Reads an ARN, such as `arn:aws:secretsmanager:eu-west-1:123456789012:secret:datadog-AbCdEf`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn try_new(text: &str) -> Result<Self, InvalidSecretArn> {
        let parts: Vec<_> = text.splitn(7, ':').collect();
        match parts[..] {
            ["arn", partition, "secretsmanager", region, account, "secret", name]
                if partition.starts_with("aws")
                    && !region.is_empty()
                    && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                    && account.len() == 12
                    && account.chars().all(|c| c.is_ascii_digit())
                    && !name.is_empty() =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(InvalidSecretArn),
        }
    }

    /// The region that the secret stands in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a secret cannot be used. Each text names it and says what to do; none holds what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it.
    #[error(
        "the secret {arn} could not be read; check that it exists and that the function's role may call \
         secretsmanager:GetSecretValue on it, and kms:Decrypt if it is encrypted with a key of your own"
    )]
    Unreadable {
        /// The secret.
        arn: String,
        /// What Secrets Manager said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is binary.
    #[error("the secret {arn} holds no text; store what it is for as plain text")]
    NotText {
        /// The secret.
        arn: String,
    },
}

/// A secret, to be read when it is needed.
pub struct Secret {
    config: config::Config,
    arn: SecretArn,
}

impl Secret {
    /// The secret `arn`, read in the ARN's own region.
    #[must_use]
    pub fn new(aws: &SdkConfig, arn: SecretArn) -> Self {
        Self { config: config::Builder::from(aws).region(Region::new(arn.region().to_owned())).build(), arn }
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        self.arn.as_str()
    }

    /// What it holds.
    ///
    /// # Errors
    /// When Secrets Manager does not give it, or it is no text.
    pub async fn text(&self) -> Result<String, SecretError> {
        let arn = || self.arn.as_str().to_owned();
        // A client is made for each reading: a secret is read once in a function's life, and not at its start.
        let client = Client::from_conf(self.config.clone());
        let answer = client.get_secret_value().secret_id(self.arn.as_str()).send().await;
        let secret = answer.map_err(|error| SecretError::Unreadable { arn: arn(), source: without_answer(error) })?;
        secret.secret_string.ok_or_else(|| SecretError::NotText { arn: arn() })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.arn.as_str())
    }
}

/// `error` without the response that the SDK keeps in it: there may be a secret in that.
fn without_answer(error: SdkError<GetSecretValueError, HttpResponse>) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        SdkError::ServiceError(told) => told.into_err().into(),
        other => chain(&other).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/datadog-AbCdEf";

    #[test]
    fn an_arn_says_its_region_and_nothing_else_is_one() {
        assert_eq!(SecretArn::try_new(ARN).unwrap().region(), "eu-central-1");
        let gov = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a";
        assert_eq!(SecretArn::try_new(gov).unwrap().region(), "us-gov-west-1");
        for wrong in [
            "",
            "datadog",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/a",
            "arn:aws:secretsmanager::123456789012:secret:a",
            "arn:aws:secretsmanager:eu-west-1:12345:secret:a",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
            "arn:aws:secretsmanager:evil.example/:123456789012:secret:a",
        ] {
            assert_eq!(SecretArn::try_new(wrong), Err(InvalidSecretArn), "{wrong:?}");
        }
    }
}
