//! The API key: from `DD_API_KEY`, or from the secret in `DD_API_KEY_SECRET_ARN`.
//!
//! A key is never printed: not by `Debug`, not in an error, not in a log line.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aws_types::SdkConfig;
use cxtrace_lambda::environment::{Environment, InvalidSetting};
use cxtrace_lambda::secret::{Secret, SecretArn, SecretError};
use reqwest::header::HeaderValue;

mod secret;

pub use secret::SecretKey;

/// An API key, as the header that carries it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(HeaderValue);

/// Why a text is no API key. It does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidApiKey {
    /// There is nothing, or nothing but spaces.
    #[error("it is empty")]
    Empty,
    /// It holds something that no key holds.
    #[error("it holds characters other than ASCII letters, digits, - and _")]
    Characters,
}

impl ApiKey {
    /// The key in `text`, without the spaces and line ends around it.
    ///
    /// # Errors
    /// When that cannot be a key: quotation marks or braces are signs of a secret that was stored wrongly.
    pub fn try_new(text: &str) -> Result<Self, InvalidApiKey> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidApiKey::Empty);
        }
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(InvalidApiKey::Characters);
        }
        let mut header = HeaderValue::from_str(text).map_err(|_| InvalidApiKey::Characters)?;
        header.set_sensitive(true);
        Ok(Self(header))
    }

    /// The value of the header `DD-API-KEY`. It prints itself as `Sensitive`.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// `text` without this key, should something have put it there.
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

/// Why there is no API key. Each text names the secret and says what to do; none holds what is in it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is JSON, and no member of it is a key.
    #[error("the secret {arn} is JSON without dd_api_key, apiKey or api_key; add one of them with the Datadog API key")]
    NoMember {
        /// The secret.
        arn: String,
    },
    /// What it holds cannot be a key.
    #[error("what the secret {arn} holds is no API key; store the Datadog API key in it, and nothing else")]
    NotAKey {
        /// The secret.
        arn: String,
        /// Why not.
        #[source]
        source: InvalidApiKey,
    },
}

/// The future of a key.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<ApiKey, KeyError>> + Send + 'a>>;

/// Where the API key comes from.
pub trait KeySource: Send + Sync + fmt::Debug {
    /// The key, fetched the first time and kept.
    fn key(&self) -> Fetched<'_>;

    /// The key, fetched anew: Datadog refused the one that was kept.
    fn refresh(&self) -> Fetched<'_>;
}

/// A source that is shared.
pub type SharedKeySource = Arc<dyn KeySource>;

/// A key that is known from the start, and stays.
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

/// The source that the environment names. If both are set, `DD_API_KEY_SECRET_ARN` wins over `DD_API_KEY`:
/// a secret can be rotated while the function runs.
///
/// # Errors
/// When neither is set, or the one that counts cannot be used.
pub fn read(environment: &Environment, aws: &SdkConfig) -> Result<SharedKeySource, InvalidSetting> {
    let plain = environment.get("DD_API_KEY");
    let what = "the ARN of the Secrets Manager secret with the Datadog API key";
    if let Some(arn) =
        environment.read("DD_API_KEY_SECRET_ARN", what, None, |text| SecretArn::try_new(text).map(Some))?
    {
        if plain.is_some() {
            tracing::warn!("DD_API_KEY and DD_API_KEY_SECRET_ARN are both set; the secret is used");
        }
        return Ok(Arc::new(SecretKey::new(Secret::new(aws, arn))));
    }
    let Some(plain) = plain else {
        let what =
            "the ARN of the Secrets Manager secret with the Datadog API key, or set DD_API_KEY to the key itself";
        return Err(InvalidSetting::Missing { name: "DD_API_KEY_SECRET_ARN", what });
    };
    match ApiKey::try_new(plain) {
        Ok(key) => Ok(Arc::new(FixedKey(key))),
        Err(reason) => Err(InvalidSetting::Unusable {
            name: "DD_API_KEY",
            value: "(not shown)".to_owned(),
            reason: reason.to_string(),
            what: "a Datadog API key",
        }),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:datadog-AbCdEf";

    fn read_from(pairs: &[(&str, &str)]) -> Result<SharedKeySource, InvalidSetting> {
        let aws = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        read(&Environment::of(pairs.iter().copied()), &aws.build())
    }

    #[test]
    fn a_key_is_trimmed_and_never_shown() {
        let key = ApiKey::try_new(&format!(" {KEY}\n")).unwrap();
        assert_eq!(key, ApiKey::try_new(KEY).unwrap());
        assert_eq!(key.header(), KEY);
        assert!(key.header().is_sensitive());
        assert!(!format!("{key:?} {:?} {:?}", FixedKey(key.clone()), key.header()).contains(KEY));
        assert_eq!(key.conceal(&format!("who is {KEY}?")), "who is (the API key)?");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for wrong in ["", " \n", "\"quoted\"", "{}", "a b", "ключ", "a\nb", "a:b"] {
            let error = ApiKey::try_new(wrong).unwrap_err();
            assert!(wrong.trim().is_empty() || !error.to_string().contains(wrong), "{wrong:?}");
        }
        let error = read_from(&[("DD_API_KEY", "my secret")]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("my secret"));
    }

    #[test]
    fn the_secret_wins_over_the_plain_key() {
        let shown = |pairs: &[(&str, &str)]| format!("{:?}", read_from(pairs).unwrap());
        assert!(shown(&[("DD_API_KEY", KEY)]).starts_with("FixedKey"));
        assert!(shown(&[("DD_API_KEY_SECRET_ARN", ARN)]).starts_with("SecretKey"));
        assert!(shown(&[("DD_API_KEY", KEY), ("DD_API_KEY_SECRET_ARN", ARN)]).starts_with("SecretKey"));
    }

    #[test]
    fn without_a_key_the_settings_say_what_to_set() {
        assert_eq!(
            read_from(&[]).unwrap_err().to_string(),
            "DD_API_KEY_SECRET_ARN is not set. Set it to the ARN of the Secrets Manager secret with the Datadog API \
             key, or set DD_API_KEY to the key itself."
        );
        assert!(read_from(&[("DD_API_KEY_SECRET_ARN", "datadog")]).unwrap_err().to_string().contains("it is no ARN"));
    }
}
