//! Cxtrace's own form: a span of any system, sent as an EventBridge event with the detail type `Cxtrace Span`.
//! `docs/span.md` is its reference.
//!
//! A sender writes under its own name only: its spans' keys begin with it, so that nobody can overwrite another's.

mod form;
mod kept;
mod names;
mod trade;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::span::{Observation, SpanEvent, Start};
use cxtrace_domain::journeys::{
    CodeUse, Fact, Handoff, HandoffAct, Id, Link, Mention, Namespace, Role, Source, SpanKey,
};
use cxtrace_privacy::{Phone, safe_text};

use crate::{Context, SourceError, code, reading};
use form::{Attributes, CodeForm, Detail, EventForm, HandoffForm, ParentForm, Reference, SpanForm, Word};

pub use kept::{InvalidKept, Kept};

/// The `detail-type` of Cxtrace's own form.
pub const DETAIL_TYPE: &str = "Cxtrace Span";

/// The longest `detail`, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;
/// The most spans in one event.
pub const MOST_SPANS: usize = 100;
/// The most links, phone numbers, and points on one span, each.
pub const MOST_PARTS: usize = 100;
/// The most attributes of a span, or of a point on it, that are kept.
pub const MOST_ATTRIBUTES: usize = 64;
/// How far ahead of its observation a span may be.
pub const AHEAD: TimeDelta = TimeDelta::hours(24);
/// How long before its observation a span may have been: what lists look back at most. A clock that was never set shows
/// 1970 or 2000, and would hide the journey from every list.
pub const BEHIND: TimeDelta = TimeDelta::days(366);

/// Reads the `detail` of an event that was `published` then, if the envelope says when.
pub(crate) fn read(detail: &str, published: Option<DateTime<Utc>>, context: &Context) -> Result<Fact, SourceError> {
    if detail.len() > MOST_BYTES {
        return Err(SourceError::at("detail", "is longer than 64 KB: send fewer spans in one event"));
    }
    let form: Detail = reading::parse(detail, "detail")?;
    let source = source(&form.source, "detail.source")?;
    let anchor = id(&form.id, "detail.id", context)?;
    let observed_at = form.observed_at.or(form.time).map(|time| time.0).or(published);
    let observed_at = observed_at.ok_or_else(|| SourceError::at("detail.observed_at", "is missing"))?;
    if let Some(published) = published {
        plausible(observed_at, published, "the event's own time", "detail.observed_at")?;
    }
    let mut fact = Fact::of(source, anchor, observed_at, "span");
    spans(&mut fact, &form, context)?;
    for (at, link) in parts(form.links.as_ref(), "detail.links")?.iter().enumerate() {
        let id = id(&link.id, &format!("detail.links[{at}].id"), context)?;
        let link = Link { id, role: link.role.map_or(Role::Reference, |Word(role)| role) };
        if link.id != fact.anchor && !fact.links.contains(&link) {
            fact.links.push(link);
        }
    }
    for phone in parts(form.phones.as_ref(), "detail.phones")? {
        // "anonymous" and extensions are no numbers, and nothing to search by.
        let mention = Phone::read(&phone.number)
            .map(|number| Mention { party: phone.party.0, phone: number.conceal(&context.pseudonyms) });
        fact.mentions.extend(mention.filter(|mention| !fact.mentions.contains(mention)));
    }
    if let Some(form) = &form.code {
        let code = code_use(form, &fact, context)?;
        fact.codes.push(code);
    }
    if let Some(form) = &form.handoff {
        let handoff = handoff(form, &fact, context)?;
        fact.handoffs.push(handoff);
    }
    Ok(fact)
}

/// A time must be one at which something can have happened that was told of at `known`.
fn plausible(at: DateTime<Utc>, known: DateTime<Utc>, what: &str, field: impl Into<String>) -> Result<(), SourceError> {
    let problem = if at > known + AHEAD {
        format!("is more than 24 hours after {what}")
    } else if at < known - BEHIND {
        format!("is more than 366 days before {what}: the sender's clock may not be set")
    } else {
        return Ok(());
    };
    Err(SourceError::at(field, problem))
}

/// The name of the time at which a fact was observed, in errors.
const OBSERVED: &str = "it was observed";

fn parts<'a, T>(list: Option<&'a Vec<T>>, field: &str) -> Result<&'a [T], SourceError> {
    let list = list.map(Vec::as_slice).unwrap_or_default();
    if list.len() > MOST_PARTS {
        return Err(SourceError::at(field, format!("has more than {MOST_PARTS} entries")));
    }
    Ok(list)
}

fn source(text: &str, field: &str) -> Result<Source, SourceError> {
    // The shape of a source's name has room for a phone number.
    let source = Source::read(text).filter(|source| safe_text::label(source.as_str()).is_some());
    let problem =
        "is no source's name: 2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter";
    let source = source.ok_or_else(|| SourceError::at(field, problem))?;
    if source == Source::genesys() {
        return Err(SourceError::at(field, "is genesys, and only Genesys speaks under that name"));
    }
    Ok(source)
}

/// Reads `namespace:value`.
fn id(text: &str, field: &str, context: &Context) -> Result<Id, SourceError> {
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
    Id::read(namespace, value, &context.pseudonyms).map_err(|error| {
        let problem = match error {
            InvalidId::Length => format!("has no value, or one of more than {} bytes", Id::MOST_BYTES),
            InvalidId::Shape(shape) => format!("has a value that is not {shape}"),
            InvalidId::Written => "is not written namespace:value".to_owned(),
        };
        SourceError::at(field, problem)
    })
}

/// The key of a span of `source` about `anchor`. What could be personal in it is hashed, as in an id.
fn key(source: &Source, anchor: &Id, key: &str, field: &str, context: &Context) -> Result<SpanKey, SourceError> {
    let problem = || SourceError::at(field, format!("has no text, or one of more than {} bytes", Id::MOST_BYTES));
    // The namespace is only what a hash of it is salted with.
    let namespace = Namespace::read("span").ok_or_else(problem)?;
    let plain_word = names::name(key).filter(|name| !name.contains(' '));
    let key = match plain_word {
        Some(word) => word,
        None => Id::read(namespace, key, &context.pseudonyms).map_err(|_| problem())?.value().to_owned(),
    };
    Ok(SpanKey::of(&[source.as_str(), &anchor.to_string(), &key]))
}

fn parent(form: &ParentForm, fact: &Fact, field: &str, context: &Context) -> Result<SpanKey, SourceError> {
    let Reference { source: of, id: about, key: own } = match form {
        ParentForm::Key(text) => match genesys_key(text) {
            Some(key) => return Ok(key),
            None => return key(&fact.source, &fact.anchor, text, field, context),
        },
        ParentForm::Of(reference) => reference,
    };
    let of = of.as_deref().map(|text| source(text, &format!("{field}.source"))).transpose()?;
    let about = about.as_deref().map(|text| id(text, &format!("{field}.id"), context)).transpose()?;
    let (of, about) = (of.as_ref().unwrap_or(&fact.source), about.as_ref().unwrap_or(&fact.anchor));
    key(of, about, own, &format!("{field}.key"), context)
}

/// A span of Genesys: `genesys:<conversation>:<kind>:<session>`.
fn genesys_key(text: &str) -> Option<SpanKey> {
    let parts: Vec<_> = text.split(':').collect();
    let ["genesys", conversation, kind, session] = parts.as_slice() else { return None };
    let kind = crate::genesys::KINDS.iter().find(|known| *known == kind)?;
    Some(SpanKey::of(&["genesys", &safe_text::uuid(conversation)?, kind, &safe_text::uuid(session)?]))
}

fn spans(fact: &mut Fact, form: &Detail, context: &Context) -> Result<(), SourceError> {
    let several = form.spans.as_deref().unwrap_or_default();
    if several.len() > MOST_SPANS {
        return Err(SourceError::at("detail.spans", format!("has more than {MOST_SPANS} spans")));
    }
    if form.span.is_some() && !several.is_empty() {
        return Err(SourceError::at("detail.spans", "is there beside detail.span: send the one or the other"));
    }
    for (field, there) in [("attributes", form.attributes.is_some()), ("events", form.events.is_some())] {
        if there && form.span.is_none() {
            let problem = "is there without detail.span: with spans, each has its own";
            return Err(SourceError::at(format!("detail.{field}"), problem));
        }
    }
    if let Some(span) = &form.span {
        let mut observation = observation(span, fact, "detail.span", context)?;
        attributes(&mut observation.attributes, form.attributes.as_ref(), context);
        observation.events.extend(events(form.events.as_ref(), fact, "detail.events", context)?);
        fact.spans.push(observation);
    }
    for (at, span) in several.iter().enumerate() {
        let observation = observation(span, fact, &format!("detail.spans[{at}]"), context)?;
        fact.spans.push(observation);
    }
    Ok(())
}

fn observation(form: &SpanForm, fact: &Fact, field: &str, context: &Context) -> Result<Observation, SourceError> {
    let key = key(&fact.source, &fact.anchor, &form.key, &format!("{field}.key"), context)?;
    let mut observation = Observation::of(key);
    for (name, time) in [("started_at", form.started_at), ("ended_at", form.ended_at)] {
        if let Some(time) = time {
            plausible(time.0, fact.observed_at, OBSERVED, format!("{field}.{name}"))?;
        }
    }
    observation.version = form.version.unwrap_or_default();
    observation.span_type = form.span_type.map(|Word(span_type)| span_type);
    observation.name = form.name.as_deref().and_then(names::name);
    observation.platform = match form.platform.as_deref() {
        Some(text) => Some(source(text, &format!("{field}.platform"))?.as_str().to_owned()),
        None => Some(fact.source.as_str().to_owned()),
    };
    observation.start = form.started_at.map(|time| Start { derived: false, at: time.0 });
    observation.end = form.ended_at.map(|time| time.0);
    observation.outcome = form.status.map(|Word(outcome)| outcome);
    observation.reason =
        form.reason.as_deref().map(str::trim).and_then(|text| safe_text::word(text, &[]).or_else(|| names::name(text)));
    let parent = form.parent.as_ref().map(|form| parent(form, fact, &format!("{field}.parent"), context));
    observation.parent = parent.transpose()?.filter(|parent| *parent != observation.key);
    attributes(&mut observation.attributes, form.attributes.as_ref(), context);
    observation.events = events(form.events.as_ref(), fact, &format!("{field}.events"), context)?;
    Ok(observation)
}

fn attributes(to: &mut std::collections::BTreeMap<String, String>, from: Option<&Attributes>, context: &Context) {
    let Some(Attributes(from)) = from else { return };
    let kept = from.iter().filter_map(|(name, value)| {
        let value = context.span_attributes.value(name, value, &context.pseudonyms)?;
        Some((name.clone(), value))
    });
    let room = MOST_ATTRIBUTES.saturating_sub(to.len());
    to.extend(kept.take(room));
}

fn events(
    forms: Option<&Vec<EventForm>>,
    fact: &Fact,
    field: &str,
    context: &Context,
) -> Result<Vec<SpanEvent>, SourceError> {
    let event = |(at, form): (usize, &EventForm)| {
        plausible(form.at.0, fact.observed_at, OBSERVED, format!("{field}[{at}].at"))?;
        let name = names::name(&form.name).unwrap_or_else(|| "event".to_owned());
        let mut event = SpanEvent { at: form.at.0, name, attributes: Default::default() };
        attributes(&mut event.attributes, form.attributes.as_ref(), context);
        Ok(event)
    };
    parts(forms, field)?.iter().enumerate().map(event).collect()
}

fn code_use(form: &CodeForm, fact: &Fact, context: &Context) -> Result<CodeUse, SourceError> {
    let code = code::read(&form.value, &context.pseudonyms);
    let code = code.ok_or_else(|| SourceError::at("detail.code.value", format!("is not {}", code::SHAPE)))?;
    if let Some(time) = form.at {
        plausible(time.0, fact.observed_at, OBSERVED, "detail.code.at")?;
    }
    Ok(CodeUse { code, at: form.at.map_or_else(|| within_the_span(fact), |time| time.0), act: form.act.0 })
}

/// When something happened that has no time of its own: when it was observed, but not outside the span it came with.
fn within_the_span(fact: &Fact) -> DateTime<Utc> {
    let [span] = fact.spans.as_slice() else { return fact.observed_at };
    let at = span.end.map_or(fact.observed_at, |end| end.min(fact.observed_at));
    span.start.map_or(at, |start| start.at.max(at))
}

fn handoff(form: &HandoffForm, fact: &Fact, context: &Context) -> Result<Handoff, SourceError> {
    let number = Phone::read(&form.number);
    let number = number.ok_or_else(|| SourceError::at("detail.handoff.number", "is no phone number"))?;
    let span = match &form.span {
        Some(text) => {
            let key = key(&fact.source, &fact.anchor, text, "detail.handoff.span", context)?;
            let span = fact.spans.iter().find(|span| span.key == key);
            Some(span.ok_or_else(|| SourceError::at("detail.handoff.span", "is the key of no span in this event"))?)
        }
        None => fact.spans.first().filter(|_| fact.spans.len() == 1),
    };
    if let Some(time) = form.at {
        plausible(time.0, fact.observed_at, OBSERVED, "detail.handoff.at")?;
    }
    let act = form.act.0;
    let start = |span: &Observation| span.start.map(|start| start.at);
    let end_of_the_span = span.and_then(|span| match act {
        HandoffAct::Left => span.end.or(start(span)),
        HandoffAct::Arrived => start(span),
    });
    Ok(Handoff {
        number: number.conceal(&context.pseudonyms),
        at: form.at.map(|time| time.0).or(end_of_the_span).unwrap_or(fact.observed_at),
        act,
        customer: form.customer.as_deref().and_then(Phone::read).map(|phone| phone.conceal(&context.pseudonyms)),
        span: span.map(|span| span.key.clone()),
    })
}
