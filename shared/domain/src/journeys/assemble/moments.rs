//! Moments: points that a source knows the time and the anchor of, and not the span.

use std::collections::{BTreeMap, BTreeSet};

use super::spans::{ONLY_A_MOMENT, Over, Part};
use crate::journeys::document::{Event, Span, Time};
use crate::journeys::fact::Moment;
use crate::journeys::id::Id;
use crate::journeys::skew::plus;
use crate::journeys::span::{SpanKey, SpanType};

/// Puts every moment on a span, as an event. `parts` are in order.
///
/// A moment belongs to its own type of span. Those whose key has the anchor's value come before others; then the one
/// that was under way, the latest that had begun, or the first. Where there is no span of that type, the longest one
/// that was under way takes it. Where there is none either, it becomes a span of no length.
pub(super) fn place(parts: &mut Vec<Part>, moments: &BTreeSet<(Id, Moment)>) {
    let observed = parts.len();
    for (anchor, moment) in moments {
        let there = parts.iter().take(observed);
        let best = host(there.clone(), anchor, moment).or_else(|| longest(there, anchor, moment));
        match best.and_then(|at| parts.get_mut(at)) {
            Some(part) => {
                // It is told on the clock of the source that told of the span, as far as anybody knows.
                let shift = part.span.raw.as_ref().map(|raw| part.span.started_at.0 - raw.started_at.0);
                part.span.events.push(Event {
                    name: moment.name.clone(),
                    at: Time(plus(moment.at, shift.unwrap_or_default())),
                    attributes: moment.attributes.clone(),
                });
            }
            None => parts.push(alone(anchor, moment)),
        }
    }
}

fn host<'a>(parts: impl Iterator<Item = &'a Part>, anchor: &Id, moment: &Moment) -> Option<usize> {
    let typed = parts.enumerate().filter(|(_, part)| part.is(&[moment.on]));
    let rank = |(place, part): &(usize, &Part)| {
        let begun = part.start() <= moment.at;
        let under_way = begun && covers(part, moment);
        // Of those that had begun the latest, of the others the first.
        let near = if begun { *place as i64 } else { -(*place as i64) };
        (is_of(part, anchor), under_way, begun, near)
    };
    typed.max_by_key(rank).map(|(place, _)| place)
}

fn longest<'a>(parts: impl Iterator<Item = &'a Part>, anchor: &Id, moment: &Moment) -> Option<usize> {
    let under_way = parts.enumerate().filter(|(_, part)| part.start() <= moment.at && covers(part, moment));
    // An open one counts as the longest; among equals the first in order.
    let rank = |(place, part): &(usize, &Part)| {
        let end = part.span.ended_at.map(|end| end.0 - part.start());
        (is_of(part, anchor), end.is_none(), end, std::cmp::Reverse(*place))
    };
    under_way.max_by_key(rank).map(|(place, _)| place)
}

fn covers(part: &Part, moment: &Moment) -> bool {
    match part.over {
        Over::At(end) | Over::WithTheLine(end) => moment.at <= end,
        Over::Stale(_) => true,
    }
}

fn is_of(part: &Part, anchor: &Id) -> bool {
    format!(":{}:", part.span.key).contains(&format!(":{}:", anchor.value()))
}

fn alone(anchor: &Id, moment: &Moment) -> Part {
    let namespace = anchor.namespace().as_str();
    let platform = namespace.split('.').next().unwrap_or(namespace).to_owned();
    let at = moment.at.timestamp_micros().to_string();
    let mut parts = vec![anchor.to_string(), "moment".to_owned(), moment.name.clone(), at, kind(moment.on)];
    // Two moments may differ in their attributes alone.
    parts.extend(moment.attributes.iter().map(|(name, value)| format!("{name}={value}")));
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let span = Span {
        key: SpanKey::of(&parts),
        parent: None,
        span_type: moment.on,
        platform,
        name: moment.name.clone(),
        started_at: Time(moment.at),
        ended_at: Some(Time(moment.at)),
        raw: None,
        status: None,
        reason: None,
        flags: vec![ONLY_A_MOMENT],
        sources: Vec::new(),
        attributes: BTreeMap::new(),
        events: vec![Event { name: moment.name.clone(), at: Time(moment.at), attributes: moment.attributes.clone() }],
    };
    Part { span, clock: None, over: Over::At(moment.at) }
}

fn kind(span_type: SpanType) -> String {
    format!("{span_type:?}").to_lowercase()
}
