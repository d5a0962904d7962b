//! Ids and phone numbers as platforms write them. One that stands for nothing or for nobody is noted in its fact.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Fact, Id, Namespace};
use cxtrace_privacy::{NoNumber, Pseudonyms, Telephone};

use crate::genesys::conversation::CONVERSATION;

/// What a meaningless phone number is counted under.
pub const PHONE: &str = "phone";

/// What a meaningless id is counted under if its namespace is not one of [`NAMESPACES`].
pub const OTHER: &str = "other";

/// The namespaces that meaningless ids are counted by. A sender chooses its namespaces freely, so others are one.
pub const NAMESPACES: [&str; 12] = [
    "connect.contact",
    "crm.case",
    "crm.contact",
    "genesys.conversation",
    PHONE,
    "sip.call_id",
    "sip.session_id",
    "trace",
    "twilio.call",
    "uui",
    "web.code",
    "web.session",
];

/// Namespaces whose values are UUIDs.
const UUIDS: [Namespace; 1] = [CONVERSATION];

/// Reads an id. It has the shape that its platform gives it, or else that of [`Id::read`].
///
/// # Errors
/// When the value stands for nothing, is too long, or is not of the namespace's shape.
pub fn read(namespace: Namespace, value: &str, pseudonyms: &Pseudonyms) -> Result<Id, InvalidId> {
    read_all(namespace, value, pseudonyms).map(|(id, _)| id)
}

/// Reads an id, and a second one where a value holds two: see [`Id::read_all`].
///
/// # Errors
/// As [`read`].
pub fn read_all(namespace: Namespace, value: &str, pseudonyms: &Pseudonyms) -> Result<(Id, Option<Id>), InvalidId> {
    if UUIDS.contains(&namespace) {
        return Id::uuid(namespace, value).map(|id| (id, None));
    }
    Id::read_all(namespace, value, pseudonyms)
}

/// Reads a phone number for `fact`. What is not a number is left out.
pub(crate) fn number(text: &str, fact: &mut Fact, pseudonyms: &Pseudonyms) -> Option<Telephone> {
    let number = Telephone::read(text, pseudonyms);
    if number == Err(NoNumber::Meaningless) {
        fact.note_meaningless(PHONE);
    }
    number.ok()
}

/// What a meaningless id of this namespace is counted under.
#[must_use]
pub fn counted_as(namespace: &str) -> &'static str {
    NAMESPACES.iter().find(|known| **known == namespace).copied().unwrap_or(OTHER)
}
