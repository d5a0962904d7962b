//! Ids and phone numbers in the notations of platforms. A placeholder is noted in its fact.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Fact, Id, Namespace};
use cxtrace_privacy::{NoNumber, Pseudonym, Pseudonyms, Telephone};

use crate::registry::{Class, Registry};

/// The name under which placeholder phone numbers are counted.
pub const PHONE: &str = "phone";

/// The name under which placeholder ids are counted if their namespace is not in [`NAMESPACES`].
pub const OTHER: &str = "other";

/// The namespaces by which placeholder ids are counted. Senders choose namespaces freely, so all others count as one.
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

/// Reads an id. It is kept as its namespace is declared.
///
/// # Errors
/// When the value stands for nothing, is too long, is secret, or is not of the namespace's shape.
pub fn read(namespace: Namespace, value: &str, pseudonyms: &Pseudonyms) -> Result<Id, InvalidId> {
    read_all(namespace, value, pseudonyms).map(|(id, _)| id)
}

/// Reads an id, and a second one if the value contains two: see [`Id::read_all`].
///
/// # Errors
/// As [`read`].
pub fn read_all(namespace: Namespace, value: &str, pseudonyms: &Pseudonyms) -> Result<(Id, Option<Id>), InvalidId> {
    let registry = Registry::embedded();
    let declaration = registry.namespace(namespace.as_str());
    if declaration.is_some_and(|declaration| declaration.class == Some(Class::Secret)) {
        return Err(InvalidId::Meaningless);
    }
    // The only strict shape is a UUID.
    if declaration.is_some_and(|declaration| declaration.strict) {
        return Id::uuid(namespace, value).map(|id| (id, None));
    }
    let name = namespace.as_str().to_owned();
    Id::read_all(namespace, value, &|value| registry.is_public_id(&name, value), pseudonyms)
}

/// The ids that `value` had under previous keys: none before a rotation, and none if its value is shown. A link to them joins
/// what was stored before the rotation.
#[must_use]
pub fn earlier(namespace: &Namespace, value: &str, pseudonyms: &Pseudonyms) -> Vec<Id> {
    let mut previous = pseudonyms.previous().peekable();
    if previous.peek().is_none() {
        return Vec::new();
    }
    let under = |pseudonyms: &Pseudonyms| read_all(namespace.clone(), value, pseudonyms).ok();
    let of = |(id, other): (Id, Option<Id>)| [Some(id), other].into_iter().flatten();
    let now: Vec<_> = under(pseudonyms).into_iter().flat_map(of).collect();
    let before = previous.filter_map(|previous| under(&previous)).flat_map(of);
    before.filter(|id| !now.contains(id)).collect()
}

/// The ids that a reader may mean by `text`: an id with its namespace, or a value alone in every known namespace. Each is in
/// every form in which it may be stored: a pseudonym has one for each key. Empty if it cannot be an id.
///
/// # Errors
/// Why the value is not an id of the namespace that `text` names.
pub fn candidates(text: &str, pseudonyms: &Pseudonyms) -> Result<Vec<Id>, InvalidId> {
    let text = text.trim();
    // A whole header, as people copy it.
    let text = text.strip_prefix("traceparent:").map_or(text, |value| value.trim_matches([' ', '"', '\'']));
    let named = text.split_once(':').and_then(|(name, value)| Some((Namespace::read(name)?, value)));
    if let Some((namespace, value)) = named {
        let id = stored(&namespace, value, pseudonyms)?;
        return Ok(std::iter::once(id).chain(earlier(&namespace, value, pseudonyms)).collect());
    }
    if text.is_empty() || text.starts_with(':') || text.starts_with("phone:") {
        return Err(InvalidId::Written);
    }
    let known = NAMESPACES.into_iter().chain(Registry::embedded().namespaces());
    let known: BTreeSet<_> = known.filter(|name| ![PHONE, "web.code"].contains(name)).collect();
    let mut found = Vec::new();
    for namespace in known.into_iter().filter_map(Namespace::read) {
        let Ok(id) = stored(&namespace, text, pseudonyms) else { continue };
        found.push(id);
        found.extend(earlier(&namespace, text, pseudonyms));
    }
    Ok(found)
}

/// An id as a platform writes it, or as a journey shows it: a pseudonym is shown as `~` and its digits.
fn stored(namespace: &Namespace, value: &str, pseudonyms: &Pseudonyms) -> Result<Id, InvalidId> {
    let is_pseudonym = value.strip_prefix('~').is_some_and(|hash| Pseudonym::from_hex(hash).is_some());
    if is_pseudonym { format!("{namespace}:{value}").parse() } else { read(namespace.clone(), value, pseudonyms) }
}

/// Reads a phone number for `fact`, and notes one that is withheld.
///
/// # Errors
/// When it is withheld, or not a phone number.
pub(crate) fn number(text: &str, fact: &mut Fact, pseudonyms: &Pseudonyms) -> Result<Telephone, NoNumber> {
    let number = Telephone::read(text, pseudonyms);
    if number == Err(NoNumber::Meaningless) {
        fact.note_meaningless(PHONE);
    }
    number
}

/// The name under which a placeholder id of this namespace is counted.
#[must_use]
pub fn counted_as(namespace: &str) -> &'static str {
    NAMESPACES.iter().find(|known| **known == namespace).copied().unwrap_or(OTHER)
}
