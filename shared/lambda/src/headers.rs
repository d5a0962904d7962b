//! The headers of requests to a receiver of traces, such as its key: in the form of `OTEL_EXPORTER_OTLP_HEADERS`, or as a JSON object.
//!
//! A value is never printed: not by `Debug`, not in an error, not in a log line.

use std::collections::BTreeMap;
use std::fmt;

use aws_types::SdkConfig;
use cxtrace_settings::{Environment, InvalidSetting, registry};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Mutex;

use crate::secret::{Secret, SecretError};

/// Why a text does not hold headers. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is neither a list such as `dd-api-key=…,compute_stats=true` nor a JSON object of texts")]
pub struct InvalidHeaders;

/// There are no headers to send with.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The secret's content is of another form.
    #[error("the secret {arn} does not hold headers")]
    Invalid {
        arn: String,
        #[source]
        source: InvalidHeaders,
    },
}

/// The source of headers.
pub enum Headers {
    /// Headers that never change.
    Fixed(HeaderMap),
    /// Headers in a secret, which is read at the first request, and again after a refusal.
    Secret { secret: Secret, kept: Mutex<Option<HeaderMap>> },
}

impl Headers {
    /// The headers that the environment names; none if it names none. Without `aws` no secret is read.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub fn of_environment(environment: &Environment, aws: Option<&SdkConfig>) -> Result<Self, InvalidSetting> {
        let arn = registry::OTLP_HEADERS_SECRET_ARN.read_if_set(environment)?;
        if let Some((arn, aws)) = arn.zip(aws) {
            return Ok(Self::of_secret(Secret::new(aws, arn)));
        }
        let text = registry::OTLP_HEADERS.read_if_set(environment)?.unwrap_or_default();
        Self::read(&text).map_err(|error| registry::OTLP_HEADERS.spec.invalid(&text, error.to_string()))
    }

    /// The headers in `secret`.
    #[must_use]
    pub fn of_secret(secret: Secret) -> Self {
        Self::Secret { secret, kept: Mutex::new(None) }
    }

    /// The headers in `text`.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn read(text: &str) -> Result<Self, InvalidHeaders> {
        read(text).map(Self::Fixed)
    }

    /// The headers.
    ///
    /// # Errors
    /// When the secret cannot be read, or does not hold headers.
    pub async fn get(&self) -> Result<HeaderMap, HeaderError> {
        match self {
            Self::Fixed(headers) => Ok(headers.clone()),
            Self::Secret { secret, kept } => {
                let mut kept = kept.lock().await;
                match &*kept {
                    Some(headers) => Ok(headers.clone()),
                    None => Ok(kept.insert(fetch(secret).await?).clone()),
                }
            }
        }
    }

    /// Forgets headers that the receiver has refused, so that a rotated secret is read again.
    pub async fn forget(&self) {
        if let Self::Secret { kept, .. } = self {
            *kept.lock().await = None;
        }
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(headers) => write!(f, "Headers({} fixed)", headers.len()),
            Self::Secret { secret, .. } => write!(f, "Headers({secret:?})"),
        }
    }
}

async fn fetch(secret: &Secret) -> Result<HeaderMap, HeaderError> {
    let text = secret.text().await?;
    read(&text).map_err(|source| HeaderError::Invalid { arn: secret.arn().to_owned(), source })
}

fn read(text: &str) -> Result<HeaderMap, InvalidHeaders> {
    let text = text.trim();
    let pairs: Vec<(String, String)> = if text.starts_with('{') {
        let object: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| InvalidHeaders)?;
        object.into_iter().collect()
    } else {
        let pair = |entry: &str| {
            let (name, value) = entry.split_once('=')?;
            Some((name.trim().to_owned(), percent_decoded(value.trim())?))
        };
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(pair).collect::<Option<_>>().ok_or(InvalidHeaders)?
    };
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::try_from(name).map_err(|_| InvalidHeaders)?;
        let mut value = HeaderValue::try_from(value).map_err(|_| InvalidHeaders)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// OpenTelemetry's list has the encoding of W3C Baggage, in which `%20` is a space.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_values_are_never_shown() {
        for text in [
            "dd-api-key=hushhush, Authorization=Bearer%20x=",
            r#"{"dd-api-key":"hushhush","authorization":"Bearer x="}"#,
        ] {
            let headers = read(text).unwrap();
            assert!(headers["dd-api-key"] == "hushhush" && headers["authorization"] == "Bearer x=");
            assert!(!format!("{headers:?} {:?}", Headers::read(text)).contains("hush"));
        }
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn other_forms_are_refused_without_being_repeated() {
        for text in ["hushhush", "a b=hushhush", "{\"a\":1}", "{hushhush", "a=hushhush\nb", "a=%zz"] {
            let error = read(text).unwrap_err();
            assert!(!error.to_string().contains("hushhush"), "{text}");
        }
    }
}
