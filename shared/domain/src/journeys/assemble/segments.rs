//! Segments: how long each part of a journey took, as metrics show it. Overlaps count once, and open spans do not count.

use chrono::{DateTime, TimeDelta, Utc};

use super::placed::PlacedSpan;
use crate::journeys::document::{Segment, TimeAccount};
use crate::journeys::origin::Source;
use crate::journeys::span::SpanType;

/// The segments, without those that are empty. `total` is the whole journey's time, once it is over.
///
/// The kinds of the customer's time add up to the total. Carriers and backends are not the customer's time: they
/// overlap with it.
pub(super) fn segments(
    spans: &[PlacedSpan],
    reference: Option<&Source>,
    time: &TimeAccount,
    total: Option<TimeDelta>,
) -> Vec<Segment> {
    let backends = spans.iter().filter(|placed| placed.is_observed() && placed.is(&[SpanType::Backend]));
    let segment = |name: &'static str, took: TimeDelta| Segment { name, duration_ms: took.num_milliseconds() };
    let carrier = carrier_latency(spans, reference).map(|took| segment("carrier_latency", took));
    let retrieval = union(backends).map(|took| segment("data_retrieval", took));
    let parts = time.parts.iter().map(|part| Segment { name: part.kind.as_str(), duration_ms: part.duration_ms });
    let total = total.map(|took| segment("total", took));
    carrier.into_iter().chain(parts).chain(retrieval).chain(total).collect()
}

/// The total duration. `None` if none of them has ended.
fn union<'a>(spans: impl Iterator<Item = &'a PlacedSpan>) -> Option<TimeDelta> {
    let mut times: Vec<_> = spans.filter_map(|placed| Some((placed.start(), placed.span.ended_at?.0))).collect();
    times.sort_unstable();
    let (mut reached, _) = *times.first()?;
    let mut sum = TimeDelta::zero();
    for (start, end) in times {
        sum += (end - start.max(reached)).max(TimeDelta::zero());
        reached = reached.max(end);
    }
    Some(sum)
}

/// The time from a call's arrival at the first carrier or SBC to its arrival at the reference source. Both lines must be
/// up at that time, and the customer must not have been in anything else before.
fn carrier_latency(spans: &[PlacedSpan], reference: Option<&Source>) -> Option<TimeDelta> {
    let reference = reference?;
    let is_own = |placed: &PlacedSpan| placed.clock.as_ref() == Some(reference);
    let calls = || spans.iter().filter(|placed| placed.is(&[SpanType::Telephony]) && placed.is_observed());
    let ingress = calls().find(|placed| is_own(placed))?.start();
    let in_something = |from: DateTime<Utc>| {
        let elsewhere = spans.iter().filter(|placed| placed.faces_customer() && !placed.is_line() && !is_own(placed));
        elsewhere.map(PlacedSpan::start).any(|start| from <= start && start < ingress)
    };
    let carried = calls().filter(|placed| !is_own(placed) && placed.start() <= ingress);
    let up = |placed: &&PlacedSpan| placed.span.ended_at.is_none_or(|end| ingress <= end.0);
    let first = carried.filter(up).map(PlacedSpan::start).find(|start| !in_something(*start))?;
    Some(ingress - first)
}
