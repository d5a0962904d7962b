//! Names of sources, ids, span keys and parents in a Cxtrace Span event.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::{Fact, Id, Namespace, Source, SpanKey};
use cxtrace_privacy::safe_text;

use super::form::ParentForm;
use super::names;
use crate::context::Context;
use crate::error::SourceError;
use crate::genesys::{KINDS, SOURCE};
use crate::ids;

pub(super) fn source(text: &str, field: &str) -> Result<Source, SourceError> {
    // A source's name may be long enough for a phone number.
    let source = Source::read(text).filter(|source| safe_text::label(source.as_str()).is_some());
    let problem =
        "is no source's name: 2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter";
    let source = source.ok_or_else(|| SourceError::at(field, problem))?;
    if source == SOURCE {
        return Err(SourceError::at(field, "is genesys, and only Genesys speaks under that name"));
    }
    Ok(source)
}

/// Reads `namespace:value`.
pub(super) fn id(text: &str, field: &str, context: &Context) -> Result<Id, SourceError> {
    let written = || SourceError::at(field, "is not written namespace:value, such as sip.call_id:a84b4c76e66710");
    let (namespace, value) = text.split_once(':').ok_or_else(written)?;
    let namespace = Namespace::read(namespace).filter(|name| safe_text::label(name.as_str()).is_some());
    let namespace = namespace.ok_or_else(written)?;
    if namespace == Namespace::WEB_CODE {
        return Err(SourceError::at(
            field,
            "is a verification code, which identifies nothing: it belongs in detail.code",
        ));
    }
    ids::read(namespace, value, &context.pseudonyms).map_err(|error| {
        let problem = match error {
            InvalidId::Length => format!("has no value, or one of more than {} bytes", Id::MAX_BYTES),
            InvalidId::Shape(shape) => format!("has a value that is not {shape}"),
            InvalidId::Written => "is not written namespace:value".to_owned(),
        };
        SourceError::at(field, problem)
    })
}

/// The key of a span of `source` about `anchor`. A key that could be personal is hashed, as an id is.
pub(super) fn key(
    source: &Source,
    anchor: &Id,
    key: &str,
    field: &str,
    context: &Context,
) -> Result<SpanKey, SourceError> {
    let problem = || SourceError::at(field, format!("has no text, or one of more than {} bytes", Id::MAX_BYTES));
    // The namespace only separates hashes of keys from hashes of ids.
    let namespace = Namespace::read("span").ok_or_else(problem)?;
    let plain_word = names::name(key).filter(|name| !name.contains(' '));
    let key = match plain_word {
        Some(word) => word,
        None => Id::read(namespace, key, &context.pseudonyms).map_err(|_| problem())?.value().to_owned(),
    };
    Ok(SpanKey::of(&[source.as_str(), &anchor.to_string(), &key]))
}

/// `None` when it names no span.
pub(super) fn parent(form: &ParentForm, fact: &Fact, context: &Context) -> Option<SpanKey> {
    const FIELD: &str = "detail.span.parent";
    let reference = match form {
        ParentForm::Key(text) => {
            return genesys_key(text).or_else(|| key(&fact.source, &fact.anchor, text, FIELD, context).ok());
        }
        ParentForm::Of(reference) => reference,
    };
    // A part that cannot be read must not lead to another span.
    if !reference.unreadable.is_empty() {
        return None;
    }
    let of = reference.source.as_deref().map(|text| source(text, FIELD)).transpose().ok()?;
    let about = reference.id.as_deref().map(|text| id(text, FIELD, context)).transpose().ok()?;
    let (of, about) = (of.as_ref().unwrap_or(&fact.source), about.as_ref().unwrap_or(&fact.anchor));
    key(of, about, reference.key.as_deref()?, FIELD, context).ok()
}

/// A span of Genesys: `genesys:<conversation>:<kind>:<session>`.
fn genesys_key(text: &str) -> Option<SpanKey> {
    let parts: Vec<_> = text.split(':').collect();
    let ["genesys", conversation, kind, session] = parts.as_slice() else { return None };
    let kind = KINDS.iter().find(|known| *known == kind)?;
    Some(SpanKey::of(&["genesys", &safe_text::uuid(conversation)?, kind, &safe_text::uuid(session)?]))
}
