//! Ids of any namespace, as platforms write them.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Id, Namespace};
use cxtrace_privacy::Pseudonyms;

use crate::genesys;

/// Namespaces whose values are UUIDs.
const UUIDS: [Namespace; 1] = [genesys::CONVERSATION];

/// Reads an id. It has the shape that its platform gives it, or else that of [`Id::read`].
///
/// # Errors
/// When it is empty, too long, or not of the namespace's shape.
pub fn read(namespace: Namespace, value: &str, pseudonyms: &Pseudonyms) -> Result<Id, InvalidId> {
    if UUIDS.contains(&namespace) {
        return Id::uuid(namespace, value);
    }
    Id::read(namespace, value, pseudonyms)
}
