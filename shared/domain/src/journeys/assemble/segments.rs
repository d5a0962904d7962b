//! Segments: how long each part of a journey took. Overlaps count once, and what has no end yet does not count.

use chrono::{DateTime, TimeDelta, Utc};

use super::spans::Part;
use crate::journeys::document::Segment;
use crate::journeys::fact::Source;
use crate::journeys::span::SpanType;

/// The segments of `parts`, only those that there are. `total` is the whole journey's time, once it is over.
///
/// The agent's time holds what of it the customer was on hold, and no phone that rang in vain. An in-queue flow plays
/// music, and is no IVR.
pub(super) fn segments(parts: &[Part], total: Option<TimeDelta>) -> Vec<Segment> {
    let of = |wanted: fn(&Part) -> bool| union(parts.iter().filter(|part| part.is_observed() && wanted(part)));
    let all = [
        ("carrier_latency", carrier_latency(parts)),
        ("ivr", of(|part| part.is(&[SpanType::Ivr]) && !is_in_queue(part))),
        ("queue", of(|part| part.is(&[SpanType::Queue]))),
        ("data_retrieval", of(|part| part.is(&[SpanType::Backend]))),
        ("agent", of(|part| part.is(&[SpanType::AgentInteraction]) && !part.is_unanswered())),
        ("total", total),
    ];
    let segment =
        |(name, took): (&'static str, Option<TimeDelta>)| Some(Segment { name, duration_ms: took?.num_milliseconds() });
    all.into_iter().filter_map(segment).collect()
}

/// Whether it is a flow that runs while the customer waits in a queue.
pub(super) fn is_in_queue(part: &Part) -> bool {
    let flow = part.span.attributes.get("genesys.flow_type");
    flow.is_some_and(|flow| flow.to_ascii_uppercase().starts_with("INQUEUE"))
}

/// How long all of them take together; `None` when there is none that has ended.
pub(super) fn union<'a>(parts: impl Iterator<Item = &'a Part>) -> Option<TimeDelta> {
    let mut times: Vec<_> = parts.filter_map(|part| Some((part.start(), part.span.ended_at?.0))).collect();
    times.sort_unstable();
    let (mut reached, _) = *times.first()?;
    let mut sum = TimeDelta::zero();
    for (start, end) in times {
        sum += (end - start.max(reached)).max(TimeDelta::zero());
        reached = reached.max(end);
    }
    Some(sum)
}

/// From when a call came in at the first carrier or SBC to when Genesys took it: while the same line was up, and
/// before the customer was in anything else.
fn carrier_latency(parts: &[Part]) -> Option<TimeDelta> {
    let is_genesys = |part: &Part| part.clock.as_ref() == Some(&Source::genesys());
    let calls = || parts.iter().filter(|part| part.is(&[SpanType::Telephony]) && part.is_observed());
    let ingress = calls().find(|part| is_genesys(part))?.start();
    let in_something = |from: DateTime<Utc>| {
        let elsewhere = parts.iter().filter(|part| part.faces_customer() && !part.is_line() && !is_genesys(part));
        elsewhere.map(Part::start).any(|start| from <= start && start < ingress)
    };
    let carried = calls().filter(|part| !is_genesys(part) && part.start() <= ingress);
    let up = |part: &&Part| part.span.ended_at.is_none_or(|end| ingress <= end.0);
    let first = carried.filter(up).map(Part::start).find(|start| !in_something(*start))?;
    Some(ingress - first)
}
