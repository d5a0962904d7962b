//! Where a statement comes from: the source that made it, and the fact that holds it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest128;

/// The name of a system that reports, such as `sbc` or `crm`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Source(Cow<'static, str>);

impl Source {
    /// A name that is a constant in the code of a source.
    #[must_use]
    pub const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A source's name: 2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter or digit, and
    /// with at least one letter.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let shape = (2..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.bytes().any(|b| b.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        shape.then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity of a fact: a hash of its content. A repeated statement is the same fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(Digest128);

impl FactId {
    pub(super) fn of(content: &[u8]) -> Self {
        Self(Digest128::of([b"fact".as_slice(), content]))
    }

    /// Reads the 32 hexadecimal digits of [`fmt::Display`].
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Digest128::from_hex(text).map(Self)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
