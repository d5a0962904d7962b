//! The secrets that are agreed with vendors: a JSON object with an entry for each source.
//!
//! ```json
//! {"twilio": "the auth token", "retell": ["the new secret", "the old one"],
//!  "vapi": {"secret": "…", "auth": "bearer"},
//!  "voiceflow": {"secret": "…", "auth": {"scheme": "token", "header": "X-Token"}},
//!  "didww": "…", "didww/cdr": "user:password"}
//! ```

use std::collections::BTreeMap;
use std::fmt;

use cxtrace_signatures::{Auth, InvalidAuth, Verifier};
use serde::Deserialize;

/// The secrets of one source, or of one scheme of it. While a secret is rotated, there are two.
pub struct SourceSecrets {
    pub values: Vec<String>,
    /// The scheme, if the deployer chose it: some vendors let their customers choose.
    pub choice: Option<Choice>,
}

/// A scheme that the deployer chose.
pub enum Choice {
    /// One of the definition's, by its name.
    Named(String),
    /// Another one.
    Own(Box<Verifier>),
}

/// The secrets of all sources.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, SourceSecrets>);

/// Why the secrets cannot be used. No message holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecrets {
    #[error(
        "the secrets of webhooks must be a JSON object that gives each source a text, a list of texts, or an object with \
         `secret` and `auth`; line {line}, column {column} is something else"
    )]
    NotSecrets { line: usize, column: usize },
    #[error("the secret of {of} is empty. Store the secret that you agreed with the vendor.")]
    Empty { of: String },
    #[error("the `auth` of {of} cannot be used")]
    Auth {
        of: String,
        #[source]
        source: InvalidAuth,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Values(Values),
    Chosen(Chosen),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    secret: Values,
    auth: ChosenAuth,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ChosenAuth {
    Named(String),
    Own(Auth),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

impl Secrets {
    /// Reads the JSON object.
    ///
    /// # Errors
    /// When it is something else, when a secret is empty, or when a scheme cannot be used.
    pub fn read(json: &str) -> Result<Self, InvalidSecrets> {
        let entries: BTreeMap<String, Entry> = serde_json::from_str(json)
            .map_err(|error| InvalidSecrets::NotSecrets { line: error.line(), column: error.column() })?;
        let mut all = BTreeMap::new();
        for (of, entry) in entries {
            let (values, auth) = match entry {
                Entry::Values(values) => (values, None),
                Entry::Chosen(Chosen { secret, auth }) => (secret, Some(auth)),
            };
            let values = match values {
                Values::One(value) => vec![value],
                Values::Several(values) => values,
            };
            if values.is_empty() || values.iter().any(|value| value.trim().is_empty()) {
                return Err(InvalidSecrets::Empty { of });
            }
            let choice = match auth {
                None => None,
                Some(ChosenAuth::Named(name)) => Some(Choice::Named(name)),
                Some(ChosenAuth::Own(auth)) => {
                    let verifier = Verifier::try_new(&auth);
                    let verifier = verifier.map_err(|source| InvalidSecrets::Auth { of: of.clone(), source })?;
                    Some(Choice::Own(Box::new(verifier)))
                }
            };
            all.insert(of, SourceSecrets { values, choice });
        }
        Ok(Self(all))
    }

    /// The secrets of a source.
    #[must_use]
    pub fn of(&self, source: &str) -> Option<&SourceSecrets> {
        self.0.get(source)
    }

    /// The secrets of one scheme of a source: those of `source/scheme`, or those of the source.
    #[must_use]
    pub fn of_scheme(&self, source: &str, scheme: &str) -> Option<&SourceSecrets> {
        self.0.get(&format!("{source}/{scheme}")).or_else(|| self.of(source))
    }

    /// Whether a source has any secret.
    #[must_use]
    pub fn has(&self, source: &str) -> bool {
        self.sources().any(|entry| entry.split('/').next() == Some(source))
    }

    /// The sources that have secrets.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.sources()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_one_secret_several_or_a_scheme_of_its_own() {
        let json =
            r#"{"a": "one", "b": ["new", "old"], "c": {"secret": "x", "auth": {"scheme": "token", "header": "X-A"}}}"#;
        let secrets = Secrets::read(json).unwrap();
        let values = |of| secrets.of(of).map(|secrets| secrets.values.len());
        assert_eq!((values("a"), values("b"), values("c"), values("d")), (Some(1), Some(2), Some(1), None));
        assert!(secrets.of("c").unwrap().choice.is_some() && secrets.of("a").unwrap().choice.is_none());
        assert!(secrets.has("a") && !secrets.has("d"));
        assert_eq!(format!("{secrets:?}"), r#"{"a", "b", "c"}"#, "no secret is shown");
    }

    #[test]
    fn a_scheme_has_a_secret_of_its_own_or_that_of_its_source() {
        let secrets = Secrets::read(r#"{"a": "one", "a/cdr": "two", "b/cdr": "three"}"#).unwrap();
        let value = |source, scheme| secrets.of_scheme(source, scheme).map(|secrets| secrets.values[0].as_str());
        assert_eq!((value("a", "default"), value("a", "cdr")), (Some("one"), Some("two")));
        assert_eq!((value("b", "default"), value("b", "cdr")), (None, Some("three")));
        assert!(secrets.has("b"));
    }

    #[test]
    fn an_error_names_the_source_and_shows_no_secret() {
        let error = |json| format!("{:?}", Secrets::read(json).unwrap_err());
        assert!(error(r#"{"a": ""}"#).starts_with("Empty"));
        assert!(error(r#"{"a": []}"#).starts_with("Empty"));
        assert!(error(r#"{"a": {"secret": "hidden", "auth": {"scheme": "hmac"}}}"#).starts_with("Auth"));
        for json in ["", "hidden", r#"["hidden"]"#, r#"{"a": 7}"#, r#"{"a": {"secret": "hidden", "other": 1}}"#] {
            let error = error(json);
            assert!(error.starts_with("NotSecrets") && !error.contains("hidden"), "{json}: {error}");
        }
    }
}
