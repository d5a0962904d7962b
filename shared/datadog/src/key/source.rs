//! An API key, and the trait of its sources.
//!
//! A key is never printed: not by `Debug`, not in an error, not in a log line.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cxtrace_lambda::secret::SecretError;
use cxtrace_settings::datadog::InvalidApiKey;
use reqwest::header::HeaderValue;

/// An API key, as the header that carries it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// Reads the key in `text`, without the spaces and line breaks around it.
    ///
    /// # Errors
    /// When it cannot be a key.
    pub fn try_new(text: &str) -> Result<Self, InvalidApiKey> {
        let text = cxtrace_settings::datadog::api_key(text)?;
        let mut header = HeaderValue::from_str(text).map_err(|_| InvalidApiKey::Characters)?;
        header.set_sensitive(true);
        Ok(Self(header))
    }

    /// The value of the header `DD-API-KEY`. It prints itself as `Sensitive`.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// `text` with this key masked, in case a server repeats it.
    pub(crate) fn conceal(&self, text: &str) -> String {
        match self.0.to_str() {
            Ok(key) => text.replace(key, "(the API key)"),
            Err(_) => text.to_owned(),
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(not shown)")
    }
}

/// Why there is no API key. Each message names the secret and says what to do. No message holds its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is JSON without a member for the key.
    #[error("the secret {arn} is JSON without dd_api_key, apiKey or api_key; add one of them with the Datadog API key")]
    NoMember { arn: String },
    /// Its content cannot be a key.
    #[error("the content of the secret {arn} is not an API key; store the Datadog API key in it, and nothing else")]
    NotAKey {
        arn: String,
        /// What is wrong with its content.
        #[source]
        source: InvalidApiKey,
    },
}

/// The future of a key.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<ApiKey, KeyError>> + Send + 'a>>;

/// A source of the API key.
pub trait KeySource: Send + Sync + fmt::Debug {
    /// The key. It is fetched once and kept.
    fn key(&self) -> Fetched<'_>;

    /// Fetches the key again, because Datadog refused the kept one.
    fn refresh(&self) -> Fetched<'_>;
}

pub type SharedKeySource = Arc<dyn KeySource>;

/// A key that never changes.
#[derive(Debug, Clone)]
pub struct FixedKey(pub ApiKey);

impl KeySource for FixedKey {
    fn key(&self) -> Fetched<'_> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn refresh(&self) -> Fetched<'_> {
        self.key()
    }
}
