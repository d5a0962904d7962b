//! The key that pseudonyms are made with: from `PSEUDONYM_KEY`, or from the secret in `PSEUDONYM_KEY_SECRET_ARN`.

use std::fmt;

use aws_types::SdkConfig;
use cxtrace_privacy::Pseudonyms;
use cxtrace_privacy::pseudonym::ShortKey;
use tokio::sync::OnceCell;

use crate::environment::{Environment, InvalidSetting};
use crate::secret::{Secret, SecretArn, SecretError};

const WHAT: &str = "the ARN of a secret with a random text of at least 16 characters; the template sets it";

/// There is no key to make pseudonyms with.
#[derive(Debug, thiserror::Error)]
pub enum PseudonymKeyError {
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What it holds is no key.
    #[error(
        "what the secret {arn} holds is no key for pseudonyms; store a random text of at least 16 characters in it"
    )]
    NotAKey {
        /// The secret.
        arn: String,
        /// Why not.
        #[source]
        source: ShortKey,
    },
}

/// The key, fetched when it is first needed and kept from then on. It never changes: with another key nothing joins
/// with what was stored before.
pub enum PseudonymKey {
    /// It is at hand.
    Known(Box<Pseudonyms>),
    /// It is in a secret.
    Secret(Box<Secret>, OnceCell<Pseudonyms>),
}

impl PseudonymKey {
    /// The key that the environment names. `PSEUDONYM_KEY_SECRET_ARN` wins.
    ///
    /// # Errors
    /// When neither variable is set, or one cannot be used.
    pub fn read(environment: &Environment, aws: &SdkConfig) -> Result<Self, InvalidSetting> {
        let arn =
            environment.read("PSEUDONYM_KEY_SECRET_ARN", WHAT, None, |text| SecretArn::try_new(text).map(Some))?;
        if let Some(arn) = arn {
            return Ok(Self::Secret(Box::new(Secret::new(aws, arn)), OnceCell::new()));
        }
        let missing = InvalidSetting::Missing { name: "PSEUDONYM_KEY_SECRET_ARN", what: WHAT };
        let key = environment.get("PSEUDONYM_KEY").ok_or(missing)?;
        let pseudonyms = Pseudonyms::try_new(key.as_bytes()).map_err(|reason| InvalidSetting::Unusable {
            name: "PSEUDONYM_KEY",
            value: "(not shown)".to_owned(),
            reason: reason.to_string(),
            what: "a random text of at least 16 characters",
        })?;
        Ok(Self::Known(Box::new(pseudonyms)))
    }

    /// What makes pseudonyms.
    ///
    /// # Errors
    /// When the secret cannot be read, or holds no key.
    pub async fn pseudonyms(&self) -> Result<&Pseudonyms, PseudonymKeyError> {
        match self {
            Self::Known(pseudonyms) => Ok(pseudonyms),
            Self::Secret(secret, made) => made.get_or_try_init(|| fetch(secret)).await,
        }
    }
}

async fn fetch(secret: &Secret) -> Result<Pseudonyms, PseudonymKeyError> {
    let text = secret.text().await?;
    Pseudonyms::try_new(text.trim().as_bytes())
        .map_err(|source| PseudonymKeyError::NotAKey { arn: secret.arn().to_owned(), source })
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(not shown)")
    }
}
