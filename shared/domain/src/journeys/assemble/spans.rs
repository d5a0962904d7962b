//! The spans of a journey on one time line: corrected, in order, with their parts inside them and every moment in
//! its place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::moments;
use super::words;
use crate::journeys::document::{Event, RawTimes, Span, Time};
use crate::journeys::fact::Source;
use crate::journeys::gathered::Gathered;
use crate::journeys::policy::Policy;
use crate::journeys::skew::{Estimate, clock_of, plus};
use crate::journeys::span::{Merged, SpanKey, SpanType};

/// The flag of a span whose end was before its start and has been dropped.
pub const ENDS_BEFORE_IT_STARTS: &str = "ends_before_it_starts";
/// The flag of a span whose end will not come any more.
pub const END_LOST: &str = "end_lost";
/// The flag of a span that nobody observed: it is there to hold a moment.
pub const ONLY_A_MOMENT: &str = "only_a_moment";

/// A span with what follows from the others.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// As it is drawn.
    pub(super) span: Span,
    /// On whose clock it is.
    pub(super) clock: Option<Source>,
    /// When it is over.
    pub(super) over: Over,
}

/// When a span is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Somebody said so.
    At(DateTime<Utc>),
    /// Nobody did, but the line that it was on ended then.
    WithTheLine(DateTime<Utc>),
    /// Nobody did: from then on its end is taken as lost.
    Stale(DateTime<Utc>),
}

impl Part {
    pub(super) fn start(&self) -> DateTime<Utc> {
        self.span.started_at.0
    }

    /// Until when the customer can have been in it, as far as is known at `now`.
    pub(super) fn until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.over {
            Over::At(end) | Over::WithTheLine(end) => end.max(self.start()),
            Over::Stale(from) if from <= now => self.start(),
            Over::Stale(_) => DateTime::<Utc>::MAX_UTC,
        }
    }

    /// How long it took, if that is known.
    pub(super) fn took(&self) -> Option<TimeDelta> {
        self.span.ended_at.map(|end| end.0 - self.start())
    }

    /// Whether it is going on at `now`.
    pub(super) fn is_live(&self, now: DateTime<Utc>) -> bool {
        matches!(self.over, Over::Stale(from) if now < from)
    }

    pub(super) fn is(&self, types: &[SpanType]) -> bool {
        types.contains(&self.span.span_type)
    }

    /// Whether the customer takes part in it.
    pub(super) fn faces_customer(&self) -> bool {
        !self.is(&[SpanType::Backend, SpanType::Crm, SpanType::WrapUp])
    }

    /// Whether it is a customer's whole leg on a platform, rather than something that happens on it.
    pub(super) fn is_line(&self) -> bool {
        self.is(&[SpanType::Telephony, SpanType::Message])
    }

    /// Whether it is an agent whose phone rang, and who did not take the call.
    pub(super) fn is_unanswered(&self) -> bool {
        let shows = |name: &str| self.span.events.iter().any(|event| event.name == name);
        let tried = ["alert", "contact", "dial"].into_iter().any(shows);
        self.is(&[SpanType::AgentInteraction]) && self.span.ended_at.is_some() && tried && !shows("answer")
    }

    /// Whether somebody observed it.
    pub(super) fn is_observed(&self) -> bool {
        !self.span.flags.contains(&ONLY_A_MOMENT)
    }

    /// The vendor's words about how it ended.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let attributes = ["genesys.disconnect_type", "genesys.exit_reason", "genesys.acd_outcome"];
        let attributes = attributes.into_iter().filter_map(|name| self.span.attributes.get(name));
        self.span.reason.iter().chain(attributes).map(String::as_str)
    }

    /// Whether one of the vendor's words is one of `known`, which are in upper case.
    pub(super) fn says(&self, known: &[&str]) -> bool {
        self.words().any(|word| known.iter().any(|known| known.eq_ignore_ascii_case(word)))
    }

    /// The place in the order of spans: by start, the longest first.
    fn place(&self) -> (DateTime<Utc>, Reverse<DateTime<Utc>>, &SpanKey) {
        let end = self.span.ended_at.map_or(DateTime::<Utc>::MAX_UTC, |end| end.0);
        (self.start(), Reverse(end), &self.span.key)
    }
}

/// The spans that `gathered` tells, in order.
///
/// A span of which no time is known has no place in a journey yet.
pub(super) fn parts(gathered: &Gathered, policy: &Policy, clocks: &Estimate) -> Vec<Part> {
    let mut parts: Vec<_> =
        gathered.spans.iter().filter_map(|(key, merged)| part(key, merged, policy, clocks)).collect();
    end_with_their_lines(&mut parts, policy);
    parts.sort_by(|a, b| a.place().cmp(&b.place()));
    moments::place(&mut parts, &gathered.moments);
    keep_true_parents(&mut parts);
    for part in &mut parts {
        part.span.events.sort_by(|a, b| (a.at, &a.name, &a.attributes).cmp(&(b.at, &b.name, &b.attributes)));
    }
    parts.sort_by(|a, b| a.place().cmp(&b.place()));
    parts
}

/// Flags the spans whose end will not come any more at `now`.
pub(super) fn flag_lost(parts: &mut [Part], policy: &Policy, now: DateTime<Utc>) {
    for part in parts {
        let delay = part.clock.as_ref().map_or(policy.delay, |source| policy.delay_of(source));
        let lost = match part.over {
            Over::At(_) => false,
            Over::Stale(from) => from <= now,
            Over::WithTheLine(end) => plus(end, delay) <= now,
        };
        if lost {
            part.span.flags.push(END_LOST);
        }
    }
}

fn part(key: &SpanKey, merged: &Merged, policy: &Policy, clocks: &Estimate) -> Option<Part> {
    let clock = clock_of(merged);
    let shift = clock.map_or(TimeDelta::zero(), |source| clocks.shift_of(source));
    let raw_start = merged.start().or(merged.events.first().map(|event| event.at))?;
    let raw = RawTimes { started_at: Time(raw_start), ended_at: merged.end().map(Time) };
    let start = plus(raw_start, shift);
    let end = merged.end().map(|end| plus(end, shift));
    let reversed = merged.ends_before_it_starts();
    let over = match end {
        Some(end) => Over::At(end),
        None if reversed => Over::At(start),
        None => Over::Stale(plus(start, policy.stale)),
    };
    let event = |event: &crate::journeys::SpanEvent| Event {
        name: event.name.clone(),
        at: Time(plus(event.at, shift)),
        attributes: event.attributes.clone(),
    };
    let span = Span {
        key: key.clone(),
        parent: merged.parent().cloned(),
        span_type: merged.span_type(),
        platform: merged.platform().to_owned(),
        name: merged.name().unwrap_or(words::name(merged.span_type())).to_owned(),
        started_at: Time(start),
        ended_at: end.map(Time),
        raw: (!shift.is_zero()).then_some(raw),
        status: merged.outcome().filter(|_| matches!(over, Over::At(_))),
        reason: merged.reason().map(str::to_owned),
        flags: if reversed { vec![ENDS_BEFORE_IT_STARTS] } else { Vec::new() },
        sources: merged.sources.iter().cloned().collect(),
        attributes: merged.attributes().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        events: merged.events.iter().map(event).collect(),
    };
    Some(Part { span, clock: clock.cloned(), over })
}

/// What happened on a line cannot go on when every line of its platform that was up has ended, whether or not an
/// end of it has come.
fn end_with_their_lines(parts: &mut [Part], policy: &Policy) {
    const ON_A_LINE: [SpanType; 6] = [
        SpanType::Ivr,
        SpanType::AiConversation,
        SpanType::Queue,
        SpanType::AgentInteraction,
        SpanType::Hold,
        SpanType::Voicemail,
    ];
    let mut lines: BTreeMap<String, Vec<(DateTime<Utc>, Over)>> = BTreeMap::new();
    for line in parts.iter().filter(|part| part.is_line()) {
        lines.entry(line.span.platform.clone()).or_default().push((line.start(), line.over));
    }
    for part in parts.iter_mut().filter(|part| part.is(&ON_A_LINE) && matches!(part.over, Over::Stale(_))) {
        let earliest = plus(part.start(), policy.transition);
        let lines = lines.get(&part.span.platform).into_iter().flatten().filter(|(start, _)| *start <= earliest);
        let ends: Option<Vec<_>> = lines
            .map(|(_, over)| match over {
                Over::At(end) => Some(*end),
                Over::WithTheLine(_) | Over::Stale(_) => None,
            })
            .collect();
        let last = ends.and_then(|ends| ends.into_iter().max());
        if let Some(end) = last.filter(|end| plus(*end, policy.transition) >= part.start()) {
            part.over = Over::WithTheLine(end.max(part.start()));
        }
    }
}

/// Drops every parent that is not in the journey, and those that go round in a circle.
fn keep_true_parents(parts: &mut [Part]) {
    let parents: BTreeMap<SpanKey, Option<SpanKey>> =
        parts.iter().map(|part| (part.span.key.clone(), part.span.parent.clone())).collect();
    for part in parts {
        let mut seen = BTreeSet::new();
        let mut at = part.span.parent.as_ref();
        while let Some(key) = at.filter(|key| **key != part.span.key && seen.insert(*key)) {
            at = parents.get(key).and_then(Option::as_ref);
        }
        let circle = at == Some(&part.span.key);
        let known = part.span.parent.as_ref().is_some_and(|parent| parents.contains_key(parent));
        if circle || !known {
            part.span.parent = None;
        }
    }
}
