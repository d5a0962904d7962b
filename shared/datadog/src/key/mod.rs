//! The API key: from `DD_API_KEY`, or from the secret in `DD_API_KEY_SECRET_ARN`.

mod secret;
mod source;

use std::sync::Arc;

use aws_types::SdkConfig;
use cxtrace_lambda::secret::Secret;
pub use cxtrace_settings::datadog::InvalidApiKey;
use cxtrace_settings::{Environment, InvalidSetting, registry};

pub use secret::SecretKey;
pub use source::{ApiKey, Fetched, FixedKey, KeyError, KeySource, SharedKeySource};

/// The source that the environment names. `DD_API_KEY_SECRET_ARN` wins over `DD_API_KEY`, because a secret can be rotated
/// while the function runs.
///
/// # Errors
/// When neither is set, or when the winning one is invalid.
pub fn read(environment: &Environment, aws: &SdkConfig) -> Result<SharedKeySource, InvalidSetting> {
    if let Some(arn) = registry::DD_API_KEY_SECRET_ARN.read_if_set(environment)? {
        if environment.get(registry::DD_API_KEY.spec.variable).is_some() {
            tracing::warn!("DD_API_KEY and DD_API_KEY_SECRET_ARN are both set; the secret is used");
        }
        return Ok(Arc::new(SecretKey::new(Secret::new(aws, arn))));
    }
    let key = registry::DD_API_KEY.read_if_set(environment)?.and_then(|key| ApiKey::try_new(&key).ok());
    match key {
        Some(key) => Ok(Arc::new(FixedKey(key))),
        None => Err(registry::DD_API_KEY_SECRET_ARN.spec.missing()),
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
    fn an_invalid_key_is_refused_without_being_repeated() {
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
            "DD_API_KEY_SECRET_ARN is not set. Set it to the ARN of the Secrets Manager secret with the Datadog API key."
        );
        let error = read_from(&[("DD_API_KEY_SECRET_ARN", "datadog")]).unwrap_err();
        assert!(error.to_string().contains("an ARN has the form"));
    }
}
