//! Spans of a Cxtrace Span event, with their attributes and points.

use cxtrace_domain::journeys::Fact;
use cxtrace_domain::journeys::span::{Observation, SpanEvent, Start};
use cxtrace_privacy::safe_text;

use super::form::{Attributes, Detail, EventForm, SpanForm, Word};
use super::ids::{key, parent, source};
use super::limits::{MAX_ATTRIBUTES, MAX_SPANS, OBSERVED, parts, plausible};
use super::names;
use crate::context::Context;
use crate::end_reason;
use crate::reading::SourceError;

pub(super) fn spans(fact: &mut Fact, form: &Detail, context: &Context) -> Result<(), SourceError> {
    let several = form.spans.as_deref().unwrap_or_default();
    if several.len() > MAX_SPANS {
        return Err(SourceError::at("detail.spans", format!("has more than {MAX_SPANS} spans")));
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
        normalise(&mut observation);
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
    normalise(&mut observation);
    Ok(observation)
}

/// Says in the vocabulary of all platforms what the sender's own words and the conventions of OpenTelemetry mean.
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

fn attributes(to: &mut std::collections::BTreeMap<String, String>, from: Option<&Attributes>, context: &Context) {
    let Some(Attributes(from)) = from else { return };
    let kept = from.iter().filter_map(|(name, value)| {
        let value = context.span_attributes.value(name, value, &context.pseudonyms)?;
        Some((name.clone(), value))
    });
    let room = MAX_ATTRIBUTES.saturating_sub(to.len());
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
