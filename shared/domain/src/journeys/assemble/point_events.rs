//! Point events for which a source knows the time and the anchor, but not the span.

use std::collections::{BTreeMap, BTreeSet};

use super::placed::{POINT_EVENT_ONLY, PlacedSpan, SpanEnd};
use crate::journeys::clocks::plus;
use crate::journeys::document::{Event, Span, Time};
use crate::journeys::fact::PointEvent;
use crate::journeys::id::Id;
use crate::journeys::span::{SpanKey, SpanType};
use crate::journeys::traits::Traits;

/// Puts every point event on a span. `spans` are in order.
///
/// The preferred span has the point event's type and a key with the anchor's value; then any span of that type. Among
/// these, an open span at that time comes first, then the latest that had begun, then the first. Without such a span,
/// the longest span at that time gets the point event. Otherwise it becomes a span of zero length.
pub(super) fn place(spans: &mut Vec<PlacedSpan>, points: &BTreeSet<(Id, PointEvent)>) {
    let observed = spans.len();
    for (anchor, point) in points {
        let there = spans.iter().take(observed);
        let best = host(there.clone(), anchor, point).or_else(|| longest(there, anchor, point));
        match best.and_then(|at| spans.get_mut(at)) {
            Some(host) => {
                // The point event is most likely on the same clock as its host.
                let shift = host.span.raw.as_ref().map(|raw| host.span.started_at.0 - raw.started_at.0);
                host.span.events.push(Event {
                    name: point.name.clone(),
                    at: Time(plus(point.at, shift.unwrap_or_default())),
                    attributes: point.attributes.clone(),
                });
            }
            None => spans.push(alone(anchor, point)),
        }
    }
}

fn host<'a>(spans: impl Iterator<Item = &'a PlacedSpan>, anchor: &Id, point: &PointEvent) -> Option<usize> {
    let typed = spans.enumerate().filter(|(_, placed)| placed.is(&[point.on]));
    let rank = |(index, placed): &(usize, &PlacedSpan)| {
        let begun = placed.start() <= point.at;
        let under_way = begun && covers(placed, point);
        // The latest span that had begun, otherwise the first.
        let near = if begun { *index as i64 } else { -(*index as i64) };
        (is_of(placed, anchor), under_way, begun, near)
    };
    typed.max_by_key(rank).map(|(index, _)| index)
}

fn longest<'a>(spans: impl Iterator<Item = &'a PlacedSpan>, anchor: &Id, point: &PointEvent) -> Option<usize> {
    let under_way = spans.enumerate().filter(|(_, placed)| placed.start() <= point.at && covers(placed, point));
    // An open span counts as the longest. Among equals the first in order wins.
    let rank = |(index, placed): &(usize, &PlacedSpan)| {
        let duration = placed.duration();
        (is_of(placed, anchor), duration.is_none(), duration, std::cmp::Reverse(*index))
    };
    under_way.max_by_key(rank).map(|(index, _)| index)
}

fn covers(placed: &PlacedSpan, point: &PointEvent) -> bool {
    match placed.end {
        SpanEnd::Reported(end) | SpanEnd::WithLine(end) => point.at <= end,
        SpanEnd::LostFrom(_) | SpanEnd::Unattended(_) => true,
    }
}

fn is_of(placed: &PlacedSpan, anchor: &Id) -> bool {
    format!(":{}:", placed.span.key).contains(&format!(":{}:", anchor.value()))
}

fn alone(anchor: &Id, point: &PointEvent) -> PlacedSpan {
    let namespace = anchor.namespace().as_str();
    let platform = namespace.split('.').next().unwrap_or(namespace).to_owned();
    let at = point.at.timestamp_micros().to_string();
    let mut parts = vec![anchor.to_string(), "moment".to_owned(), point.name.clone(), at, kind(point.on)];
    // Two point events can differ only in their attributes.
    parts.extend(point.attributes.iter().map(|(name, value)| format!("{name}={value}")));
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let span = Span {
        key: SpanKey::of(&parts),
        parent: None,
        span_type: point.on,
        platform,
        name: point.name.clone(),
        started_at: Time(point.at),
        ended_at: Some(Time(point.at)),
        ended_by: None,
        raw: None,
        status: None,
        reason: None,
        flags: vec![POINT_EVENT_ONLY],
        sources: Vec::new(),
        attributes: BTreeMap::new(),
        events: vec![Event { name: point.name.clone(), at: Time(point.at), attributes: point.attributes.clone() }],
    };
    PlacedSpan { span, traits: Traits::default(), clock: None, end: SpanEnd::Reported(point.at) }
}

fn kind(span_type: SpanType) -> String {
    format!("{span_type:?}").to_lowercase()
}
