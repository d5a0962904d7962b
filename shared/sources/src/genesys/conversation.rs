//! Genesys Cloud as a source, and the ids of its conversations.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Id, Namespace, Source};

/// The name of Genesys Cloud as a source.
pub const SOURCE: Source = Source::known("genesys");

/// The namespace of conversations.
pub const CONVERSATION: Namespace = Namespace::known("genesys.conversation");

/// The id of a conversation.
///
/// # Errors
/// When it is not a UUID.
pub fn conversation_id(uuid: &str) -> Result<Id, InvalidId> {
    Id::uuid(CONVERSATION, uuid)
}
