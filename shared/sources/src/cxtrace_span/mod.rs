//! Cxtrace's own form: a span of any system, sent as an EventBridge event with the detail type `Cxtrace Span`.
//! `docs/span.md` is its reference.
//!
//! A sender is known by its envelope and writes under its own name only: the keys of its spans begin with that name, so
//! nobody can overwrite the spans of another sender.

pub(crate) mod allowlist;
mod form;
mod handoffs;
mod ids;
mod limits;
mod spans;
mod speaker;
mod version;

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::{Fact, Link, Mention, Source};
use cxtrace_privacy::NoNumber;

use crate::context::Context;
use crate::error::SourceError;
use crate::ids::number;
use crate::reading::object;
use crate::registry::{Definition, LinkTrust, Sender, Subject};
use crate::shape::{Field, optional, required};
use crate::times::possible;
use form::{Detail, Word};
use limits::{leave_out, parts};
use speaker::{Speaker, undeclared};

pub use crate::times::{AHEAD, BEHIND};
pub use allowlist::{Allowlist, InvalidAllowlist};
pub use form::DETAIL_TYPE;
pub use limits::{MAX_ATTRIBUTES, MAX_BYTES, MAX_PARTS, MAX_SPANS};

/// The fields of this form, and how they are read.
pub fn fields() -> impl Iterator<Item = Field> {
    form::fields()
}

/// Reads the `detail` of an event that was `published` then, if the envelope says when.
pub(crate) fn read(
    detail: &str,
    published: Option<DateTime<Utc>>,
    envelope: &str,
    context: &Context,
) -> Result<Fact, SourceError> {
    if detail.len() > MAX_BYTES {
        return Err(SourceError::at("detail", "is longer than 64 KB: send fewer spans in one event"));
    }
    let form = object(detail, "detail", Detail::default())?;
    let source = ids::source(required(&form.source, ("source", &form.unreadable), "detail.source")?, "detail.source")?;
    let speaker = Speaker::of(envelope, &source, context)?;
    fact(form, detail, published, source, &speaker)
}

/// Reads a document that a mapping of `definition` made. It speaks as `source`, whatever it says.
pub(crate) fn read_mapped(
    detail: &str,
    published: Option<DateTime<Utc>>,
    source: Source,
    definition: &Definition,
    context: &Context,
) -> Result<Fact, SourceError> {
    if detail.len() > MAX_BYTES {
        return Err(SourceError::at("detail", "is longer than 64 KB"));
    }
    let form = object(detail, "detail", Detail::default())?;
    let speaker = Speaker { sender: Sender::mapped(context.registry, definition), context };
    fact(form, detail, published, source, &speaker)
}

fn fact(
    mut form: Detail,
    detail: &str,
    published: Option<DateTime<Utc>>,
    source: Source,
    speaker: &Speaker<'_>,
) -> Result<Fact, SourceError> {
    let context = speaker.context;
    let mut noted = ids::Noted::default();
    let (anchor, links) = ids::anchor_and_links(&form, &source, detail, &mut noted, speaker)?;
    let observed_at = optional(&form.observed_at, ("observed_at", &form.unreadable), "detail.observed_at")?;
    // The field `time` decides only if `observed_at` is missing.
    let time = match observed_at {
        Some(_) => None,
        None => optional(&form.time, ("time", &form.unreadable), "detail.time")?,
    };
    let observed_at = observed_at.or(time).map(|time| time.0).or(published);
    let observed_at = observed_at.ok_or_else(|| SourceError::at("detail.observed_at", "is missing"))?;
    if let Some(published) = published {
        possible(observed_at, published, "the event's own time", "detail.observed_at")?;
    }
    let mut fact = Fact::of(source, anchor, observed_at, "span");
    fact.unreadable = form.unreadable.iter().map(|name| (*name).to_owned()).collect();
    noted.note(&mut fact);
    let trust = |link: &&Link| speaker.sender.link_trust(link.id.namespace()) == LinkTrust::Witnessed;
    fact.unconfirmed = links.iter().filter(trust).map(|link| link.id.clone()).collect();
    fact.unconfirmed.extend(noted.not_owned());
    fact.links = links;
    fact.undeclared = speaker.sender.missing();
    spans::spans(&mut fact, &form, speaker)?;
    if form.phones.is_some() && !speaker.sender.speaks_of(Subject::Phones) {
        undeclared(&mut fact, "phones");
        form.phones = None;
    }
    if form.code.is_some() && !speaker.sender.speaks_of(Subject::Codes) {
        undeclared(&mut fact, "codes");
        form.code = None;
    }
    if form.handoff.is_some() && !speaker.sender.speaks_of(Subject::Handoffs) {
        undeclared(&mut fact, "handoffs");
        form.handoff = None;
    }
    for phone in parts(form.phones.as_ref(), "detail.phones")? {
        let Some(Word(party)) = phone.party else {
            leave_out(&mut fact, "phones.party");
            continue;
        };
        let number = phone.number.as_deref().map(|text| number(text, &mut fact, &context.pseudonyms));
        if number == Some(Err(NoNumber::Unreadable)) {
            leave_out(&mut fact, "phones.number");
        }
        let mention = number.and_then(Result::ok).map(|phone| Mention { party, phone });
        fact.mentions.extend(mention.filter(|mention| !fact.mentions.contains(mention)));
    }
    if let Some(form) = &form.code {
        let code = handoffs::code_use(form, &mut fact, context);
        fact.codes.extend(code);
    }
    if let Some(form) = &form.handoff {
        let handoff = handoffs::handoff(form, &mut fact, speaker);
        fact.handoffs.extend(handoff);
    }
    Ok(fact)
}
