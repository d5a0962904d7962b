//! Spans of a Cxtrace Span event, with their attributes and points.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cxtrace_domain::journeys::Fact;
use cxtrace_domain::journeys::span::{Observation, SpanEvent, Start};
use cxtrace_privacy::meaningless;

use super::form::{Attributes, Detail, EventForm, SpanForm, Word};
use super::ids::{is_absent, key, parent, source};
use super::limits::{MAX_ATTRIBUTES, MAX_SPANS, leave_out, parts};
use super::speaker::{Speaker, undeclared};
use super::version::{self, MAX_VERSION};
use crate::end_reason;
use crate::error::SourceError;
use crate::shape::{optional, required};
use crate::times::{OBSERVED, possible, possible_in};

pub(super) fn spans(fact: &mut Fact, form: &Detail, speaker: &Speaker<'_>) -> Result<(), SourceError> {
    let one = optional(&form.span, ("span", &form.unreadable), "detail.span")?;
    // Other values than spans are left out of the list. A list without any span is unreadable.
    let several = match &form.spans {
        Some(spans) if !spans.is_empty() => spans.as_slice(),
        spans => optional(spans, ("spans", &form.unreadable), "detail.spans")?.map(Vec::as_slice).unwrap_or_default(),
    };
    if several.len() > MAX_SPANS {
        return Err(SourceError::at("detail.spans", format!("has more than {MAX_SPANS} spans")));
    }
    if one.is_some() && !several.is_empty() {
        return Err(SourceError::at("detail.spans", "and detail.span are both present: send only one of them"));
    }
    for (field, there) in [("attributes", form.attributes.is_some()), ("events", form.events.is_some())] {
        if there && one.is_none() {
            let problem = "needs detail.span: with detail.spans, put it into each span";
            return Err(SourceError::at(format!("detail.{field}"), problem));
        }
    }
    if let Some(span) = one {
        let mut observation = observation(span, fact, "detail.span", speaker)?;
        let left_out = attributes(&mut observation.attributes, form.attributes.as_ref(), speaker);
        note_attributes(fact, left_out);
        observation.events.extend(events(form.events.as_ref(), fact, "detail.events", speaker)?);
        normalise(&mut observation);
        fact.spans.push(observation);
    }
    for (at, span) in several.iter().enumerate() {
        let observation = observation(span, fact, &format!("detail.spans[{at}]"), speaker)?;
        fact.spans.push(observation);
    }
    Ok(())
}

/// The key of a span. Spans with placeholder keys are distinguished by name and start.
fn own_key<'a>(key: &'a str, form: &SpanForm) -> Cow<'a, str> {
    match form.started_at {
        Some(start) if !key.is_empty() && meaningless::is_absent(key) => {
            let name: String = form.name.iter().flat_map(|name| name.chars()).take(40).collect();
            Cow::Owned(format!("{name} {}", start.0.to_rfc3339()))
        }
        _ => Cow::Borrowed(key),
    }
}

fn observation(
    form: &SpanForm,
    fact: &mut Fact,
    field: &str,
    speaker: &Speaker<'_>,
) -> Result<Observation, SourceError> {
    let noted = |name| (name, &form.unreadable);
    let path = format!("{field}.key");
    let own_key = own_key(required(&form.key, noted("span.key"), path.as_str())?, form);
    let key = key(&fact.source, &fact.anchor, &own_key, &path, speaker)?;
    let mut observation = Observation::of(key);
    let started_at = optional(&form.started_at, noted("span.started_at"), format!("{field}.started_at"))?;
    let ended_at = optional(&form.ended_at, noted("span.ended_at"), format!("{field}.ended_at"))?;
    for (name, time) in [("started_at", started_at), ("ended_at", ended_at)] {
        if let Some(time) = time {
            possible(time.0, fact.observed_at, OBSERVED, format!("{field}.{name}"))?;
        }
    }
    let span_type = optional(&form.span_type, noted("span.type"), format!("{field}.type"))?;
    observation.version = form.version.map_or(0, |version| version.0);
    if observation.version > MAX_VERSION {
        observation.version = 0;
        leave_out(fact, "span.version");
    }
    observation.version = version::stored(observation.version, fact.observed_at);
    observation.span_type = span_type.map(|Word(span_type)| *span_type);
    if observation.span_type.is_some_and(|span_type| !speaker.sender.has_span_type(span_type)) {
        observation.span_type = None;
        undeclared(fact, "span types");
    }
    observation.name = form.name.as_deref().and_then(|text| speaker.sender.name(text));
    if form.name.as_deref().is_some_and(|text| !text.trim().is_empty()) && observation.name.is_none() {
        undeclared(fact, "names");
    }
    let platform = form.platform.as_deref().map(|text| source(text, "detail.span.platform"));
    if let Some(Err(_)) = platform {
        leave_out(fact, "span.platform");
    }
    let platform = platform.and_then(Result::ok).filter(|platform| {
        let is_allowed = *platform == fact.source || speaker.sender.has_platform(platform.as_str());
        if !is_allowed {
            undeclared(fact, "platforms");
        }
        is_allowed
    });
    let platform = platform.unwrap_or_else(|| fact.source.clone());
    observation.platform = Some(platform.as_str().to_owned());
    observation.start = started_at.map(|time| Start { derived: false, at: time.0 });
    observation.end = ended_at.map(|time| time.0);
    observation.outcome = form.status.map(|Word(outcome)| outcome);
    observation.reason = form.reason.as_deref().and_then(|text| speaker.sender.reason(text));
    if form.reason.as_deref().is_some_and(|text| !text.trim().is_empty()) && observation.reason.is_none() {
        undeclared(fact, "reasons");
    }
    if let Some(form) = form.parent.as_ref().filter(|form| !is_absent(form)) {
        let parent = parent(form, fact, speaker);
        if parent.is_none() {
            leave_out(fact, "span.parent");
        }
        observation.parent = parent.filter(|parent| *parent != observation.key);
    }
    let left_out = attributes(&mut observation.attributes, form.attributes.as_ref(), speaker);
    note_attributes(fact, left_out);
    observation.events = events(form.events.as_ref(), fact, &format!("{field}.events"), speaker)?;
    normalise(&mut observation);
    Ok(observation)
}

/// Translates the sender's own words and the conventions of OpenTelemetry into the vocabulary of all platforms.
fn normalise(observation: &mut Observation) {
    let attribute = |name: &str| observation.attributes.get(name).map(String::as_str);
    let any = |prefixes: &[&str]| {
        observation.attributes.keys().any(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
    };
    let ended = observation.reason.as_deref().into_iter().chain(attribute("call.end_reason"));
    let synchronous = match attribute("span.kind") {
        Some("producer" | "consumer") => Some(false),
        _ if any(&["messaging."]) => Some(false),
        Some("client" | "server") => Some(true),
        _ => any(&["http.request.", "http.method", "rpc.", "db."]).then_some(true),
    };
    let end_reason = end_reason::of_words(ended);
    observation.traits.end_reason = end_reason;
    observation.traits.synchronous = synchronous;
}

/// Keeps the attributes that are declared. Returns whether some are not.
fn attributes(to: &mut BTreeMap<String, String>, from: Option<&Attributes>, speaker: &Speaker<'_>) -> bool {
    let Some(Attributes(from)) = from else { return false };
    let Speaker { sender, context } = speaker;
    let kept: BTreeMap<_, _> = from
        .iter()
        .filter_map(|(name, value)| {
            let value = context.span_attributes.value(sender, name, value, &context.pseudonyms)?;
            Some((name.clone(), value))
        })
        .collect();
    let is_left_out = kept.len() < from.len();
    let room = MAX_ATTRIBUTES.saturating_sub(to.len());
    to.extend(kept.into_iter().take(room));
    is_left_out
}

fn note_attributes(fact: &mut Fact, is_left_out: bool) {
    if is_left_out {
        undeclared(fact, "attributes");
    }
}

/// Points on a span. A point without a time is left out.
fn events(
    forms: Option<&Vec<EventForm>>,
    fact: &mut Fact,
    field: &str,
    speaker: &Speaker<'_>,
) -> Result<Vec<SpanEvent>, SourceError> {
    let mut events = Vec::new();
    for form in parts(forms, field)? {
        let Some(at) = possible_in(form.at.map(|time| time.0), "events.at", fact) else {
            leave_out(fact, "events.at");
            continue;
        };
        let name = form.name.as_deref().and_then(|text| speaker.sender.name(text));
        if form.name.as_deref().is_some_and(|text| !text.trim().is_empty()) && name.is_none() {
            undeclared(fact, "names");
        }
        let name = name.unwrap_or_else(|| "event".to_owned());
        let mut event = SpanEvent { at, name, attributes: Default::default() };
        let left_out = attributes(&mut event.attributes, form.attributes.as_ref(), speaker);
        note_attributes(fact, left_out);
        events.push(event);
    }
    Ok(events)
}
