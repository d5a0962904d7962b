//! A keyed hash that replaces a value that identifies a person: equal for equal values, and not readable.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

use crate::country::Country;
use crate::digest::Digest128;
use crate::hash_domain::HashDomain;
use crate::meaningless::Placeholders;

/// The first line of a secret that holds several keys.
const LIST_OF_KEYS: &str = "cxtrace-keys";

/// The first 128 bits of the HMAC-SHA256 (RFC 2104) of a value that nobody may read, and which key made it.
///
/// As text it is 32 hexadecimal digits. Those of another key than [`KeyId::FIRST`] have the key's number and a dot before
/// them, such as `2.0af7…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym {
    key: KeyId,
    digest: Digest128,
}

/// The number of a key, from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u8);

impl KeyId {
    /// The key of a secret that was never rotated.
    pub const FIRST: Self = Self(0);

    fn read(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        plain.then(|| text.parse().ok()).flatten().map(Self)
    }
}

impl Pseudonym {
    /// Reads the text of [`fmt::Display`].
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let (key, digest) = match text.split_once('.') {
            None => (KeyId::FIRST, text),
            Some((key, digest)) => (KeyId::read(key).filter(|key| *key != KeyId::FIRST)?, digest),
        };
        Digest128::from_hex(digest).map(|digest| Self { key, digest })
    }

    /// The key that made it.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key != KeyId::FIRST {
            write!(f, "{}.", self.key.0)?;
        }
        self.digest.fmt(f)
    }
}

impl Serialize for Pseudonym {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pseudonym {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_hex(&text)
            .ok_or_else(|| serde::de::Error::custom("not a pseudonym: 32 lower-case hexadecimal digits"))
    }
}

/// Makes pseudonyms with secret keys. It also has the settings for reading values before they are hashed. With a key, a
/// phone number can be found by trying all numbers, so keys belong in a secret store.
#[derive(Clone)]
pub struct Pseudonyms {
    current: Key,
    /// Keys that were current before. What they hashed can still be found.
    previous: Arc<[Key]>,
    country: Option<Country>,
    placeholders: Arc<Placeholders>,
}

#[derive(Clone)]
struct Key {
    id: KeyId,
    hmac: Hmac<Sha256>,
}

impl Key {
    fn try_new(id: KeyId, key: &[u8]) -> Result<Self, InvalidKey> {
        if key.len() < Pseudonyms::MIN_KEY_BYTES {
            return Err(InvalidKey::Short(key.len()));
        }
        // HMAC takes a key of any length.
        Hmac::new_from_slice(key).map(|hmac| Self { id, hmac }).map_err(|_| InvalidKey::Short(key.len()))
    }

    fn hash(&self, domain: HashDomain<'_>, value: &str) -> Pseudonym {
        let mut hmac = self.hmac.clone();
        hmac.update(domain.label().as_bytes());
        // This byte is never part of UTF-8 text, so it separates the two.
        hmac.update(&[0xff]);
        hmac.update(value.as_bytes());
        Pseudonym { key: self.id, digest: Digest128::first_of(&hmac.finalize().into_bytes()) }
    }
}

/// Why a text holds no keys. No message repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The key is too short to protect anything.
    #[error("a key of {0} bytes is too short: it must have at least {min}", min = Pseudonyms::MIN_KEY_BYTES)]
    Short(usize),
    /// A line of a list of keys cannot be read.
    #[error("line {0} of the keys is not a number from 0 to 255, a space, and a key")]
    Line(usize),
    /// Two keys have one number.
    #[error("two keys have the number {0}")]
    Twice(u8),
    /// The list has no key.
    #[error("the list has no key")]
    Empty,
}

impl Pseudonyms {
    /// The length of the shortest allowed key, in bytes.
    pub const MIN_KEY_BYTES: usize = 16;

    /// Pseudonyms under one key, the first of a stack.
    ///
    /// # Errors
    /// When `key` is shorter than [`Self::MIN_KEY_BYTES`].
    pub fn try_new(key: &[u8]) -> Result<Self, InvalidKey> {
        Key::try_new(KeyId::FIRST, key).map(|current| Self::under(current, Vec::new()))
    }

    /// Reads the content of a secret: one key, or, after a rotation, the line `cxtrace-keys` and a line for each key,
    /// the current one first: its number, a space, and the key.
    ///
    /// # Errors
    /// When a key is too short, or a line is not of this form.
    pub fn read(text: &str) -> Result<Self, InvalidKey> {
        let mut lines = text.trim().lines().map(str::trim);
        if lines.next() != Some(LIST_OF_KEYS) {
            return Self::try_new(text.trim().as_bytes());
        }
        let mut keys: Vec<Key> = Vec::new();
        for (at, line) in lines.enumerate() {
            let (id, key) = line.split_once(' ').ok_or(InvalidKey::Line(at + 2))?;
            let id = KeyId::read(id).ok_or(InvalidKey::Line(at + 2))?;
            if keys.iter().any(|other| other.id == id) {
                return Err(InvalidKey::Twice(id.0));
            }
            keys.push(Key::try_new(id, key.trim().as_bytes())?);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(InvalidKey::Empty)?;
        Ok(Self::under(current, keys.collect()))
    }

    fn under(current: Key, previous: Vec<Key>) -> Self {
        Self { current, previous: previous.into(), country: None, placeholders: Arc::default() }
    }

    /// The same, but with each of the previous keys alone.
    pub fn previous(&self) -> impl Iterator<Item = Self> + '_ {
        self.previous.iter().map(|key| Self { current: key.clone(), previous: Arc::default(), ..self.clone() })
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

    /// The pseudonym of a `value`, under the current key. Equal values of two domains have different pseudonyms.
    #[must_use]
    pub fn of(&self, domain: HashDomain<'_>, value: &str) -> Pseudonym {
        self.current.hash(domain, value)
    }

    /// The pseudonyms of a `value` under each key, the current one first.
    pub fn under_each_key<'a>(
        &'a self,
        domain: HashDomain<'a>,
        value: &'a str,
    ) -> impl Iterator<Item = Pseudonym> + 'a {
        std::iter::once(&self.current).chain(self.previous.iter()).map(move |key| key.hash(domain, value))
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

    use HashDomain::{Attribute, Id, Phone};

    #[test]
    fn a_pseudonym_depends_on_key_domain_and_value_alone() {
        let one = Pseudonyms::try_new(&[1; 32]).unwrap();
        let two = Pseudonyms::try_new(&[2; 32]).unwrap();
        assert_eq!(one.of(Phone, "+1"), one.clone().of(Phone, "+1"));
        assert_ne!(one.of(Phone, "+1"), two.of(Phone, "+1"));
        assert_ne!(one.of(Phone, "+1"), one.of(Phone, "+2"));
        assert_ne!(one.of(Id("a"), "bc"), one.of(Id("ab"), "c"));
        assert_ne!(one.of(Id("a"), "x"), one.of(Attribute("a"), "x"));
        assert_eq!(format!("{one:?}"), "Pseudonyms");
        assert_eq!(
            Pseudonyms::try_new(b"short").unwrap_err().to_string(),
            "a key of 5 bytes is too short: it must have at least 16"
        );
    }

    const OLD: &str = "the key of the first year";
    const NEW: &str = "the key of the second year";

    #[test]
    fn after_a_rotation_new_pseudonyms_name_their_key_and_old_ones_are_found() {
        let before = Pseudonyms::read(OLD).unwrap().of(Phone, "1");
        assert_eq!(before.to_string().len(), 32, "as tables hold it");
        let after = Pseudonyms::read(&format!("cxtrace-keys\n1 {NEW}\n0 {OLD}\n")).unwrap();
        let now = after.of(Phone, "1");
        assert!(now.to_string().starts_with("1.") && now.key() != before.key());
        assert_eq!(after.under_each_key(Phone, "1").collect::<Vec<_>>(), [now, before]);
        assert_eq!(after.previous().map(|keys| keys.of(Phone, "1")).collect::<Vec<_>>(), [before]);
        for pseudonym in [before, now] {
            assert_eq!(Pseudonym::from_hex(&pseudonym.to_string()), Some(pseudonym));
        }
        assert_eq!(Pseudonym::from_hex(&format!("0.{before}")), None, "one spelling for one pseudonym");
        assert_eq!(Pseudonym::from_hex(&format!("01.{before}")), None);
    }

    #[test]
    fn a_list_of_keys_that_cannot_be_read_is_refused_and_not_repeated() {
        let refused = |text: &str| Pseudonyms::read(text).unwrap_err();
        assert_eq!(refused("cxtrace-keys"), InvalidKey::Empty);
        assert_eq!(refused("cxtrace-keys\n1 short"), InvalidKey::Short(5));
        assert_eq!(refused(&format!("cxtrace-keys\n{OLD}")), InvalidKey::Line(2));
        assert_eq!(refused(&format!("cxtrace-keys\n256 {OLD}")), InvalidKey::Line(2));
        assert_eq!(refused(&format!("cxtrace-keys\n1 {OLD}\n1 {NEW}")), InvalidKey::Twice(1));
    }
}
