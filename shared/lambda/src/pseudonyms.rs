//! The key of pseudonyms: `PSEUDONYM_KEY`, or the content of the secret in `PSEUDONYM_KEY_SECRET_ARN`.

use std::fmt;

use aws_types::SdkConfig;
use cxtrace_privacy::pseudonym::InvalidKey;
use cxtrace_privacy::{Country, Pseudonyms};
use cxtrace_settings::{Environment, InvalidSetting, registry};
use tokio::sync::OnceCell;

use crate::secret::{Secret, SecretError};

/// Why there is no key for pseudonyms.
#[derive(Debug, thiserror::Error)]
pub enum PseudonymKeyError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(
        "the content of the secret {arn} is not a key for pseudonyms; store a random text of at least 16 characters \
         in it, or a list of keys as docs/operations.md describes"
    )]
    NotAKey {
        arn: String,
        /// What is wrong with the secret's content.
        #[source]
        source: InvalidKey,
    },
}

/// The key. A secret is read when the key is first needed, and is kept from then on. A secret that was rotated
/// takes effect with the next process.
pub enum PseudonymKey {
    /// The key itself.
    Known(Box<Pseudonyms>),
    /// The secret that holds the key, and the country of phone numbers without a country code.
    Secret(Box<Secret>, Option<Country>, OnceCell<Pseudonyms>),
}

impl PseudonymKey {
    /// The key that the environment names. `PSEUDONYM_KEY_SECRET_ARN` wins over `PSEUDONYM_KEY`.
    ///
    /// # Errors
    /// When neither variable is set, or when one is invalid.
    pub fn read(environment: &Environment, aws: &SdkConfig) -> Result<Self, InvalidSetting> {
        let country = registry::DEFAULT_COUNTRY.read_if_set(environment)?;
        if let Some(arn) = registry::PSEUDONYM_KEY_SECRET_ARN.read_if_set(environment)? {
            return Ok(Self::Secret(Box::new(Secret::new(aws, arn)), country, OnceCell::new()));
        }
        match registry::PSEUDONYM_KEY.read_if_set(environment)? {
            Some(pseudonyms) => Ok(Self::Known(Box::new(pseudonyms.with_default_country(country)))),
            None => Err(registry::PSEUDONYM_KEY_SECRET_ARN.spec.missing()),
        }
    }

    /// The pseudonyms under this key.
    ///
    /// # Errors
    /// When the secret cannot be read, or when its content is not a key.
    pub async fn pseudonyms(&self) -> Result<&Pseudonyms, PseudonymKeyError> {
        match self {
            Self::Known(pseudonyms) => Ok(pseudonyms),
            Self::Secret(secret, country, cell) => cell.get_or_try_init(|| fetch(secret, *country)).await,
        }
    }
}

async fn fetch(secret: &Secret, country: Option<Country>) -> Result<Pseudonyms, PseudonymKeyError> {
    let text = secret.text().await?;
    Pseudonyms::read(&text)
        .map(|pseudonyms| pseudonyms.with_default_country(country))
        .map_err(|source| PseudonymKeyError::NotAKey { arn: secret.arn().to_owned(), source })
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(not shown)")
    }
}
