//! Names of sources, ids, span keys and parents in a Cxtrace Span event.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Fact, Id, Link, Namespace, Role, Source, SpanKey};
use cxtrace_privacy::{characters, meaningless, safe_text};

use super::form::{Detail, ParentForm, Reference, Word};
use super::limits::{leave_out, parts};
use super::speaker::Speaker;
use crate::context::Context;
use crate::error::SourceError;
use crate::genesys::{KINDS, SOURCE};
use crate::ids;
use crate::shape::{optional, required};

pub(super) fn source(text: &str, field: &str) -> Result<Source, SourceError> {
    // A source's name can be long enough to contain a phone number.
    let source = Source::read(text).filter(|source| safe_text::label(source.as_str()).is_some());
    let problem = "is not the name of a source: 2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter";
    let source = source.ok_or_else(|| SourceError::at(field, problem))?;
    if source == SOURCE {
        return Err(SourceError::at(field, "is genesys, which is reserved for Genesys Cloud"));
    }
    Ok(source)
}

/// Reads `namespace:value`, and the second id if a value contains two. `None` for a placeholder, which is noted under
/// its namespace.
pub(super) fn id(
    text: &str,
    field: &str,
    meaningless: &mut Vec<Namespace>,
    context: &Context,
) -> Result<Option<(Id, Option<Id>)>, SourceError> {
    let written = || SourceError::at(field, "must have the form namespace:value, such as sip.call_id:a84b4c76e66710");
    let (namespace, value) = text.split_once(':').ok_or_else(written)?;
    let namespace = Namespace::read(namespace).filter(|name| safe_text::label(name.as_str()).is_some());
    let namespace = namespace.ok_or_else(written)?;
    if namespace == Namespace::WEB_CODE {
        return Err(SourceError::at(
            field,
            "is a verification code, which does not identify anything: put it into detail.code",
        ));
    }
    match ids::read_all(namespace.clone(), value, &context.pseudonyms) {
        Ok(ids) => Ok(Some(ids)),
        Err(InvalidId::Meaningless) => {
            meaningless.push(namespace);
            Ok(None)
        }
        Err(InvalidId::Length) => {
            Err(SourceError::at(field, format!("has a value of more than {} bytes", Id::MAX_BYTES)))
        }
        Err(InvalidId::Shape(shape)) => Err(SourceError::at(field, format!("has a value that is not {shape}"))),
        Err(InvalidId::Written) => Err(written()),
    }
}

/// The parts of an event that were left out before it becomes a fact.
#[derive(Debug, Default)]
pub(super) struct Noted {
    meaningless: Vec<Namespace>,
    unreadable: Vec<&'static str>,
    /// The id that the event claims as its own, and that the sender may not speak of as its own.
    not_owned: Option<Id>,
}

impl Noted {
    pub(super) fn note(&self, fact: &mut Fact) {
        self.meaningless.iter().for_each(|namespace| fact.note_meaningless(namespace.as_str()));
        self.unreadable.iter().for_each(|field| leave_out(fact, field));
    }

    /// The id that the event claims as its own, if the sender may only link it.
    pub(super) fn not_owned(self) -> Option<Id> {
        self.not_owned
    }
}

/// The id of what an event is about, and its links. An event whose own id stands for nothing keeps its links. It is about
/// what they name together, or, if there are none, about itself. An event about an id of another source is about itself,
/// and the id becomes a link.
pub(super) fn anchor_and_links(
    form: &Detail,
    source: &Source,
    detail: &str,
    noted: &mut Noted,
    speaker: &Speaker<'_>,
) -> Result<(Id, Vec<Link>), SourceError> {
    let context = speaker.context;
    let text = required(&form.id, ("id", &form.unreadable), "detail.id")?;
    let own = id(text, "detail.id", &mut noted.meaningless, context)?;
    let mut links = Vec::new();
    for (at, link) in parts(form.links.as_ref(), "detail.links")?.iter().enumerate() {
        let role = link.role.map_or(Role::Reference, |Word(role)| role);
        let path = format!("detail.links[{at}].id");
        let Some(link_text) = optional(&link.id, ("links.id", &link.unreadable), path.as_str())? else {
            noted.unreadable.push("links.id");
            continue;
        };
        let read = id(link_text, &path, &mut noted.meaningless, context)?;
        let read = read.into_iter().flat_map(|(id, other)| [Some(id), other]).flatten();
        for id in read.chain(earlier(link_text, context)) {
            let link = Link { id, role };
            if !links.contains(&link) {
                links.push(link);
            }
        }
    }
    let (anchor, other) = own.unwrap_or_else(|| {
        let mut named: Vec<_> = links.iter().map(|link| link.id.to_string()).collect();
        named.sort_unstable();
        let content = if named.is_empty() { detail.to_owned() } else { named.join("\n") };
        (Id::unidentified(&format!("{source}\n{content}"), &context.pseudonyms), None)
    });
    let others = other.into_iter().chain(earlier(text, context)).map(|id| Link { id, role: Role::Same });
    let others: Vec<_> = others.filter(|other| !links.contains(other)).collect();
    let is_unidentified = *anchor.namespace() == Namespace::UNIDENTIFIED;
    if !is_unidentified && !speaker.sender.owns(anchor.namespace()) {
        let own = Id::unidentified(&format!("{source}\n{anchor}"), &context.pseudonyms);
        links.retain(|link| link.id != anchor);
        links.push(Link { id: anchor.clone(), role: Role::Same });
        noted.not_owned = Some(anchor);
        return Ok((own, links));
    }
    links.extend(others);
    links.retain(|link| link.id != anchor);
    Ok((anchor, links))
}

/// The ids that a text stood for under previous keys.
fn earlier(text: &str, context: &Context) -> Vec<Id> {
    let Some((namespace, value)) = text.split_once(':') else { return Vec::new() };
    let namespace = Namespace::read(namespace);
    namespace.map(|namespace| ids::earlier(&namespace, value, &context.pseudonyms)).unwrap_or_default()
}

/// The key of a span of `source` about `anchor`. A key that could be personal is hashed, like an id.
pub(super) fn key(
    source: &Source,
    anchor: &Id,
    key: &str,
    field: &str,
    speaker: &Speaker<'_>,
) -> Result<SpanKey, SourceError> {
    let key = characters::visible(key);
    if !(1..=Id::MAX_BYTES).contains(&key.len()) {
        let problem = format!("has no text, or one of more than {} bytes", Id::MAX_BYTES);
        return Err(SourceError::at(field, problem));
    }
    let pseudonyms = &speaker.context.pseudonyms;
    // Many senders use the id itself as the key of its only span.
    let own_id = key.split_once(':').and_then(|(namespace, value)| {
        let id = ids::read(Namespace::read(namespace)?, value, pseudonyms).ok()?;
        (id == *anchor).then(|| id.to_string())
    });
    let key = own_id.unwrap_or_else(|| speaker.sender.key(&key, pseudonyms));
    Ok(SpanKey::of(&[source.as_str(), &anchor.to_string(), &escaped(&key)]))
}

/// A key as the last part of a span key. The parts are joined by colons and an id may hold some, so a key holds none:
/// `a1` and `b1:c1` are not `a1:b1` and `c1`.
fn escaped(key: &str) -> String {
    key.replace('%', "%25").replace(':', "%3A")
}

/// The key of a span's parent. `None` if it names no span, or stands for nothing.
pub(super) fn parent(form: &ParentForm, fact: &mut Fact, speaker: &Speaker<'_>) -> Option<SpanKey> {
    const FIELD: &str = "detail.span.parent";
    let reference = match form {
        ParentForm::Key(text) => {
            return genesys_key(text).or_else(|| key(&fact.source, &fact.anchor, text, FIELD, speaker).ok());
        }
        ParentForm::Of(reference) => reference,
    };
    // An unreadable part must not lead to another span.
    if !reference.unreadable.is_empty() {
        return None;
    }
    let of = reference.source.as_deref().map(|text| source(text, FIELD)).transpose().ok()?;
    let mut noted = Noted::default();
    let about = reference.id.as_deref().map(|text| id(text, FIELD, &mut noted.meaningless, speaker.context));
    noted.note(fact);
    let about = match about {
        Some(read) => Some(read.ok()??.0),
        None => None,
    };
    let (of, about) = (of.as_ref().unwrap_or(&fact.source), about.as_ref().unwrap_or(&fact.anchor));
    let of_speaker = speaker.declared_as(of).unwrap_or(*speaker);
    key(of, about, reference.key.as_deref()?, FIELD, &of_speaker).ok()
}

/// Whether a parent is a placeholder, such as a span id of zeros.
pub(super) fn is_absent(form: &ParentForm) -> bool {
    let values = match form {
        ParentForm::Key(text) => [Some(text.as_str()), None],
        ParentForm::Of(Reference { id, key, .. }) => {
            [key.as_deref(), id.as_deref().and_then(|id| Some(id.split_once(':')?.1))]
        }
    };
    values.into_iter().flatten().any(meaningless::is_absent)
}

/// A span of Genesys: `genesys:<conversation>:<kind>:<session>`.
fn genesys_key(text: &str) -> Option<SpanKey> {
    let parts: Vec<_> = text.split(':').collect();
    let ["genesys", conversation, kind, session] = parts.as_slice() else { return None };
    let kind = KINDS.iter().find(|known| *known == kind)?;
    Some(SpanKey::of(&["genesys", &safe_text::uuid(conversation)?, kind, &safe_text::uuid(session)?]))
}
