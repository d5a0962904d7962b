//! A hash of 128 bits. Every identity that is made from content uses it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The first 128 bits of a SHA-256. The chance that any two of 10^12 digests are equal is about 10^-15.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest128([u8; 16]);

impl Digest128 {
    /// Sorts before all others.
    pub const ZERO: Self = Self([0; 16]);

    /// The hash of `parts`. Boundaries count: `["ab", "c"]` and `["a", "bc"]` have different hashes.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self::first_of(&hash.finalize())
    }

    /// The first 128 bits of a longer hash.
    #[must_use]
    pub fn first_of(hash: &[u8]) -> Self {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(hash) {
            *to = *from;
        }
        Self(bytes)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the 32 lower-case hexadecimal digits of [`fmt::Display`], or returns `None`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        // These texts are keys and addresses, so a value must have exactly one form.
        (!text.bytes().any(|b| b.is_ascii_uppercase())).then_some(Self(bytes))
    }
}

impl fmt::Display for Digest128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest128 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest128 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("not 32 lower-case hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart_and_a_digest_is_read_as_it_is_written() {
        let of = |parts: &[&str]| Digest128::of(parts.iter().map(|part| part.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        let digest = of(&["a"]);
        assert_eq!(Digest128::from_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest128::from_hex(&digest.to_string().to_uppercase()), None);
        assert_eq!(Digest128::from_hex("zz"), None);
    }
}
