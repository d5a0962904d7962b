//! Verification codes and hand-offs of a Cxtrace Span event.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::span::Observation;
use cxtrace_domain::journeys::{CodeUse, Fact, Handoff, HandoffAct};
use cxtrace_privacy::Phone;

use super::form::{CodeForm, HandoffForm};
use super::ids::key;
use super::limits::{OBSERVED, plausible};
use crate::code;
use crate::context::Context;
use crate::reading::SourceError;

pub(super) fn code_use(form: &CodeForm, fact: &Fact, context: &Context) -> Result<CodeUse, SourceError> {
    let code = code::read(&form.value, &context.pseudonyms);
    let code = code.ok_or_else(|| SourceError::at("detail.code.value", format!("is not {}", code::SHAPE)))?;
    if let Some(time) = form.at {
        plausible(time.0, fact.observed_at, OBSERVED, "detail.code.at")?;
    }
    Ok(CodeUse { code, at: form.at.map_or_else(|| within_the_span(fact), |time| time.0), act: form.act.0 })
}

/// The time of something that has no time of its own: the time of observation, but not outside the event's only span.
fn within_the_span(fact: &Fact) -> DateTime<Utc> {
    let [span] = fact.spans.as_slice() else { return fact.observed_at };
    let at = span.end.map_or(fact.observed_at, |end| end.min(fact.observed_at));
    span.start.map_or(at, |start| start.at.max(at))
}

pub(super) fn handoff(form: &HandoffForm, fact: &Fact, context: &Context) -> Result<Handoff, SourceError> {
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
