//! A keyed hash that replaces a value that identifies a person: equal for equal values, and not readable.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::country::Country;
use crate::digest::Digest128;
use crate::meaningless::Placeholders;

/// The first 128 bits of the HMAC-SHA256 (RFC 2104) of a secret value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonym(Digest128);

impl Pseudonym {
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Reads the 32 hexadecimal digits of [`fmt::Display`].
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Digest128::from_hex(text).map(Self)
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Makes pseudonyms with a secret key. It also has the settings for reading values before they are hashed. With the
/// key, a phone number can be found by trying all numbers, so the key belongs in a secret store.
#[derive(Clone)]
pub struct Pseudonyms {
    hmac: Hmac<Sha256>,
    country: Option<Country>,
    placeholders: Arc<Placeholders>,
}

/// The key is too short to protect anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of {0} bytes is too short: it must have at least {min}", min = Pseudonyms::MIN_KEY_BYTES)]
pub struct ShortKey(usize);

impl Pseudonyms {
    /// The length of the shortest allowed key, in bytes.
    pub const MIN_KEY_BYTES: usize = 16;

    /// # Errors
    /// When `key` is shorter than [`Self::MIN_KEY_BYTES`].
    pub fn try_new(key: &[u8]) -> Result<Self, ShortKey> {
        if key.len() < Self::MIN_KEY_BYTES {
            return Err(ShortKey(key.len()));
        }
        // HMAC takes a key of any length.
        let keyed = |hmac| Self { hmac, country: None, placeholders: Arc::default() };
        Hmac::new_from_slice(key).map(keyed).map_err(|_| ShortKey(key.len()))
    }

    /// The same, with `country` for phone numbers without a country code.
    #[must_use]
    pub fn with_default_country(self, country: Option<Country>) -> Self {
        Self { country, ..self }
    }

    /// The same, with the additional `placeholders` of one source.
    #[must_use]
    pub fn with_placeholders(self, placeholders: Placeholders) -> Self {
        Self { placeholders: Arc::new(placeholders), ..self }
    }

    /// The country of phone numbers without a country code.
    #[must_use]
    pub fn default_country(&self) -> Option<Country> {
        self.country
    }

    /// The placeholder values.
    #[must_use]
    pub fn placeholders(&self) -> &Placeholders {
        &self.placeholders
    }

    /// The pseudonym of a `value` of this `kind`. Equal values of two kinds have different pseudonyms.
    #[must_use]
    pub fn of(&self, kind: &str, value: &str) -> Pseudonym {
        let mut hmac = self.hmac.clone();
        hmac.update(kind.as_bytes());
        // This byte never occurs in UTF-8 text, so it separates the two.
        hmac.update(&[0xff]);
        hmac.update(value.as_bytes());
        Pseudonym(Digest128::first_of(&hmac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_depends_on_key_kind_and_value_alone() {
        let one = Pseudonyms::try_new(&[1; 32]).unwrap();
        let two = Pseudonyms::try_new(&[2; 32]).unwrap();
        assert_eq!(one.of("phone", "+1"), one.clone().of("phone", "+1"));
        assert_ne!(one.of("phone", "+1"), two.of("phone", "+1"));
        assert_ne!(one.of("phone", "+1"), one.of("phone", "+2"));
        assert_ne!(one.of("a", "bc"), one.of("ab", "c"));
        assert_eq!(format!("{one:?}"), "Pseudonyms");
        assert_eq!(
            Pseudonyms::try_new(b"short").unwrap_err().to_string(),
            "a key of 5 bytes is too short: it must have at least 16"
        );
    }
}
