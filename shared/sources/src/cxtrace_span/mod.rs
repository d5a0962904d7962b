//! Cxtrace's own form: a span of any system, sent as an EventBridge event with the detail type `Cxtrace Span`.
//! `docs/span.md` is its reference.
//!
//! A sender writes under its own name only: the keys of its spans begin with that name, so nobody can overwrite the
//! spans of another sender.

pub(crate) mod allowlist;
mod form;
mod handoffs;
mod ids;
mod limits;
mod names;
mod spans;
mod vocabulary;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Link, Mention, Role};
use cxtrace_privacy::Phone;

use crate::context::Context;
use crate::reading::{self, SourceError};
use form::{Detail, Word};
use limits::{parts, plausible};

pub use allowlist::{Allowlist, InvalidAllowlist};
pub use limits::{AHEAD, BEHIND, MAX_ATTRIBUTES, MAX_BYTES, MAX_PARTS, MAX_SPANS};

/// The `detail-type` of Cxtrace's own form.
pub const DETAIL_TYPE: &str = "Cxtrace Span";

/// Reads the `detail` of an event that was `published` then, if the envelope says when.
pub(crate) fn read(detail: &str, published: Option<DateTime<Utc>>, context: &Context) -> Result<Fact, SourceError> {
    if detail.len() > MAX_BYTES {
        return Err(SourceError::at("detail", "is longer than 64 KB: send fewer spans in one event"));
    }
    let form: Detail = reading::parse(detail, "detail")?;
    let source = ids::source(&form.source, "detail.source")?;
    let anchor = ids::id(&form.id, "detail.id", context)?;
    let observed_at = form.observed_at.or(form.time).map(|time| time.0).or(published);
    let observed_at = observed_at.ok_or_else(|| SourceError::at("detail.observed_at", "is missing"))?;
    if let Some(published) = published {
        plausible(observed_at, published, "the event's own time", "detail.observed_at")?;
    }
    let mut fact = Fact::of(source, anchor, observed_at, "span");
    spans::spans(&mut fact, &form, context)?;
    for (at, link) in parts(form.links.as_ref(), "detail.links")?.iter().enumerate() {
        let id = ids::id(&link.id, &format!("detail.links[{at}].id"), context)?;
        let link = Link { id, role: link.role.map_or(Role::Reference, |Word(role)| role) };
        if link.id != fact.anchor && !fact.links.contains(&link) {
            fact.links.push(link);
        }
    }
    for phone in parts(form.phones.as_ref(), "detail.phones")? {
        // Extensions are too short to search by.
        let mention = Phone::read(&phone.number)
            .map(|number| Mention { party: phone.party.0, phone: number.conceal(&context.pseudonyms) });
        fact.mentions.extend(mention.filter(|mention| !fact.mentions.contains(mention)));
    }
    if let Some(form) = &form.code {
        let code = handoffs::code_use(form, &fact, context)?;
        fact.codes.push(code);
    }
    if let Some(form) = &form.handoff {
        let handoff = handoffs::handoff(form, &fact, context)?;
        fact.handoffs.push(handoff);
    }
    Ok(fact)
}
