//! A keyed hash in place of what identifies a person: equal for equal values, and nothing to read.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::digest::Digest128;

/// What stands for a value that nobody may read: the first 128 bits of its HMAC-SHA256 (RFC 2104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonym(Digest128);

impl Pseudonym {
    /// The raw bytes.
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

/// Makes pseudonyms with a secret key. Who has the key can find a phone number by trying all of them: it
/// belongs in a secret store.
#[derive(Clone)]
pub struct Pseudonyms {
    hmac: Hmac<Sha256>,
}

/// A key that would not protect anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of {0} bytes is too short: it must have at least {min}", min = Pseudonyms::SHORTEST_KEY)]
pub struct ShortKey(usize);

impl Pseudonyms {
    /// The shortest key taken, in bytes.
    pub const SHORTEST_KEY: usize = 16;

    /// Pseudonyms under `key`.
    ///
    /// # Errors
    /// When it is shorter than [`Self::SHORTEST_KEY`].
    pub fn try_new(key: &[u8]) -> Result<Self, ShortKey> {
        if key.len() < Self::SHORTEST_KEY {
            return Err(ShortKey(key.len()));
        }
        // HMAC takes a key of any length.
        Hmac::new_from_slice(key).map(|hmac| Self { hmac }).map_err(|_| ShortKey(key.len()))
    }

    /// What stands for `value` where `kind` of value is meant.
    #[must_use]
    pub fn of(&self, kind: &str, value: &str) -> Pseudonym {
        let mut hmac = self.hmac.clone();
        hmac.update(kind.as_bytes());
        // Never part of UTF-8 text: the two stay apart.
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
