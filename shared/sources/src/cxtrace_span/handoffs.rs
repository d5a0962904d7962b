//! Verification codes and hand-offs of a Cxtrace Span event.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::span::Observation;
use cxtrace_domain::journeys::{CodeUse, Fact, Handoff, HandoffAct, Namespace};
use cxtrace_privacy::NoNumber;

use super::form::{CodeForm, HandoffForm, Word};
use super::ids::key;
use super::limits::leave_out;
use super::speaker::Speaker;
use crate::code;
use crate::context::Context;
use crate::ids::number;
use crate::times::possible_in;

/// A verification code. `None` if its value is a placeholder or cannot be read, or its act is unknown.
pub(super) fn code_use(form: &CodeForm, fact: &mut Fact, context: &Context) -> Option<CodeUse> {
    let code = form.value.as_deref().map(|value| code::read(value, &context.pseudonyms));
    if let Some(Err(InvalidId::Meaningless)) = code {
        fact.note_meaningless(Namespace::WEB_CODE.as_str());
        return None;
    }
    let code = code.and_then(Result::ok);
    for (field, is_there) in [("code.value", code.is_some()), ("code.act", form.act.is_some())] {
        if !is_there {
            leave_out(fact, field);
        }
    }
    let at = possible_in(form.at.map(|time| time.0), "code.at", fact);
    Some(CodeUse { code: code?, at: at.unwrap_or_else(|| within_the_span(fact)), act: form.act?.0 })
}

/// The default time: the time of observation, limited to the time of the event's only span.
fn within_the_span(fact: &Fact) -> DateTime<Utc> {
    let [span] = fact.spans.as_slice() else { return fact.observed_at };
    let at = span.end.map_or(fact.observed_at, |end| end.min(fact.observed_at));
    span.start.map_or(at, |start| start.at.max(at))
}

/// A hand-off. `None` if its number is withheld or cannot be read, or its act is not known.
pub(super) fn handoff(form: &HandoffForm, fact: &mut Fact, speaker: &Speaker<'_>) -> Option<Handoff> {
    let context = speaker.context;
    let mut read = |text: Option<&str>| {
        let number = text.map(|text| number(text, fact, &context.pseudonyms));
        let is_withheld = number == Some(Err(NoNumber::Meaningless));
        (number.and_then(Result::ok), is_withheld)
    };
    let (to, is_nobodys) = read(form.number.as_deref());
    let (customer, is_withheld) = read(form.customer.as_deref());
    let is_read = to.is_some() || is_nobodys;
    for (field, is_there) in [("handoff.number", is_read), ("handoff.act", form.act.is_some())] {
        if !is_there {
            leave_out(fact, field);
        }
    }
    let (to, Word(act)) = (to?, form.act?);
    let at = possible_in(form.at.map(|time| time.0), "handoff.at", fact);
    let named = form.span.as_ref().and_then(|text| {
        let key = key(&fact.source, &fact.anchor, text, "detail.handoff.span", speaker).ok();
        fact.spans.iter().find(|span| Some(&span.key) == key.as_ref()).cloned()
    });
    if form.span.is_some() && named.is_none() {
        leave_out(fact, "handoff.span");
    }
    let span = named.or_else(|| fact.spans.first().filter(|_| fact.spans.len() == 1).cloned());
    let start = |span: &Observation| span.start.map(|start| start.at);
    let end_of_the_span = span.as_ref().and_then(|span| match act {
        HandoffAct::Left => span.end.or(start(span)),
        HandoffAct::Arrived => start(span),
    });
    Some(Handoff {
        number: to,
        at: at.or(end_of_the_span).unwrap_or(fact.observed_at),
        act,
        customer,
        is_withheld,
        span: span.map(|span| span.key),
    })
}
