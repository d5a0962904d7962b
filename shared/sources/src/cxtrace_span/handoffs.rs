//! Verification codes and hand-offs of a Cxtrace Span event.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::span::Observation;
use cxtrace_domain::journeys::{CodeUse, Fact, Handoff, HandoffAct};
use cxtrace_privacy::Phone;

use super::form::{CodeForm, HandoffForm, Word};
use super::ids::key;
use super::limits::{leave_out, plausible_time};
use crate::code;
use crate::context::Context;

/// `None` when it has no code or does not say what was done with it.
pub(super) fn code_use(form: &CodeForm, fact: &mut Fact, context: &Context) -> Option<CodeUse> {
    let code = form.value.as_deref().and_then(|value| code::read(value, &context.pseudonyms));
    for (field, is_there) in [("code.value", code.is_some()), ("code.act", form.act.is_some())] {
        if !is_there {
            leave_out(fact, field);
        }
    }
    let at = plausible_time(form.at, "code.at", fact);
    Some(CodeUse { code: code?, at: at.unwrap_or_else(|| within_the_span(fact)), act: form.act?.0 })
}

/// The time of something that has no time of its own: the time of observation, but not outside the event's only span.
fn within_the_span(fact: &Fact) -> DateTime<Utc> {
    let [span] = fact.spans.as_slice() else { return fact.observed_at };
    let at = span.end.map_or(fact.observed_at, |end| end.min(fact.observed_at));
    span.start.map_or(at, |start| start.at.max(at))
}

/// `None` when it has no number or does not say which end of the transfer it is.
pub(super) fn handoff(form: &HandoffForm, fact: &mut Fact, context: &Context) -> Option<Handoff> {
    let number = form.number.as_deref().and_then(Phone::read);
    for (field, is_there) in [("handoff.number", number.is_some()), ("handoff.act", form.act.is_some())] {
        if !is_there {
            leave_out(fact, field);
        }
    }
    let (number, Word(act)) = (number?, form.act?);
    let at = plausible_time(form.at, "handoff.at", fact);
    let named = form.span.as_ref().and_then(|text| {
        let key = key(&fact.source, &fact.anchor, text, "detail.handoff.span", context).ok();
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
        number: number.conceal(&context.pseudonyms),
        at: at.or(end_of_the_span).unwrap_or(fact.observed_at),
        act,
        customer: form.customer.as_deref().and_then(Phone::read).map(|phone| phone.conceal(&context.pseudonyms)),
        span: span.map(|span| span.key),
    })
}
