//! The identity of an occurrence: the same in every event, participant and repetition that contains it.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::bucket::Bucket;
use super::digest::digest;
use super::series::Series;

/// One thing to count: a fact, written once and never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    pub id: OccurrenceId,
    /// The series that counts it.
    pub series: Series,
    /// The bucket that counts it.
    pub bucket: Bucket,
    /// The bucket's width, in seconds.
    pub interval: u32,
    pub conversation: ConversationId,
    /// Its own time. `None` if it has none, as for a malformed attribute.
    pub at: Option<DateTime<Utc>>,
}

/// A conversation's id: a UUID in practice, an opaque text of at most 256 bytes here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConversationId(String);

/// Why a text is not a conversation id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a conversation id has 1 to {max} bytes, and this one has {length}", max = ConversationId::MAX_BYTES)]
pub struct InvalidConversationId {
    length: usize,
}

impl ConversationId {
    /// The maximum length, in bytes. An id becomes part of a DynamoDB key, which has a limit.
    pub const MAX_BYTES: usize = 256;

    /// Takes a text as an id.
    ///
    /// # Errors
    /// When it is empty or longer than [`Self::MAX_BYTES`].
    pub fn try_new(text: impl Into<String>) -> Result<Self, InvalidConversationId> {
        let text = text.into();
        match text.len() {
            1..=Self::MAX_BYTES => Ok(Self(text)),
            length => Err(InvalidConversationId { length }),
        }
    }

    /// The id as the platform wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

digest! {
    /// The identity of an occurrence: a hash of the conversation and the attribute's full name.
    ///
    /// The same name under two participants of one conversation is one occurrence. The probability of any collision
    /// among 10¹² occurrences is about 10⁻¹⁵.
    OccurrenceId
}

impl OccurrenceId {
    /// The occurrence that `attribute` is in `conversation`.
    #[must_use]
    pub fn of(conversation: &ConversationId, attribute: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(conversation.0.as_bytes());
        // Neither part can contain this byte: it never occurs in UTF-8 text.
        hash.update([0xff]);
        hash.update(attribute.as_bytes());
        Self::from_digest(hash)
    }

    /// The identity of a self-metric's count that `self` caused: see [`super::self_metrics`].
    #[must_use]
    pub fn caused(self, why: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(why.as_bytes());
        Self::from_digest(hash)
    }

    fn from_digest(hash: Sha256) -> Self {
        let digest = hash.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(text: &str) -> ConversationId {
        ConversationId::try_new(text).unwrap()
    }

    #[test]
    fn conversation_and_name_are_kept_apart() {
        assert_eq!(OccurrenceId::of(&conversation("a"), "b"), OccurrenceId::of(&conversation("a"), "b"));
        assert_ne!(OccurrenceId::of(&conversation("ab"), "c"), OccurrenceId::of(&conversation("a"), "bc"));
    }

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = OccurrenceId::of(&conversation("a"), "b");
        assert_eq!(OccurrenceId::from_hex(&id.to_string()), Some(id));
        assert_eq!(OccurrenceId::from_hex("zz"), None);
    }

    #[test]
    fn an_id_that_would_not_fit_a_key_is_refused() {
        assert!(ConversationId::try_new("").is_err());
        assert!(ConversationId::try_new("x".repeat(257)).is_err());
        assert_eq!(
            ConversationId::try_new("").unwrap_err().to_string(),
            "a conversation id has 1 to 256 bytes, and this one has 0"
        );
    }
}
