//! The spans of one part of a journey: a root, the legs below it, the activities below their legs or their parents.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use cxtrace_domain::journeys::document::{Insight, Severity};
use cxtrace_domain::journeys::{Journey, SpanKey};

use super::attributes::{event, is_error, kind, nanos, of_journey, of_root, of_span, word};
use super::conventions as cx;
use super::identity::{SpanId, TraceId};
use super::legs;
use super::parts::{Node, Part, end};
use super::requests::LaneSpan;
use crate::messages::{Event, KeyValue, Link, Span, SpanKind, Status, StatusCode};

/// The lane of roots.
const OWN_LANE: &str = "cxtrace";

/// The parts around a part.
#[derive(Debug)]
pub(super) struct Neighbours {
    pub(super) previous: Option<NaiveDate>,
    pub(super) next: Option<NaiveDate>,
    /// The number of all parts.
    pub(super) count: usize,
}

/// From the first start to the last end.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Bounds {
    fn widen(bounds: &mut Option<Self>, other: Self) {
        let Self { start, end } = bounds.unwrap_or(other);
        *bounds = Some(Self { start: start.min(other.start), end: end.max(other.end) });
    }
}

/// The spans of `part`, of which `taken` are exported. None if nothing is.
pub(super) fn spans(journey: &Journey, part: &Part<'_>, taken: &[Node<'_>], around: &Neighbours) -> Vec<LaneSpan> {
    let trace = TraceId::of(journey.id, part.day);
    let is_taken: HashMap<usize, &Node<'_>> = taken.iter().map(|node| (node.at, node)).collect();
    let above: HashMap<usize, &Node<'_>> = part.spans.iter().map(|node| (node.at, node)).collect();
    // A parent that is too old for the receiver is skipped.
    let parent_of = |node: &Node<'_>| {
        let mut at = node.parent;
        while let Some(parent) = at.filter(|at| !is_taken.contains_key(at)) {
            at = above.get(&parent).and_then(|node| node.parent);
        }
        at
    };
    let parents: HashMap<usize, usize> = taken.iter().filter_map(|node| Some((node.at, parent_of(node)?))).collect();
    let without_parent: Vec<&Node<'_>> = taken.iter().filter(|node| !parents.contains_key(&node.at)).collect();
    let leg_of_top = legs::of(&journey.legs, &without_parent.iter().map(|node| node.span).collect::<Vec<_>>());
    let leg_of_top: HashMap<usize, legs::PartLeg<'_>> =
        without_parent.iter().zip(leg_of_top).filter_map(|(node, leg)| Some((node.at, leg?))).collect();
    let mut whole = None;
    let mut legs: BTreeMap<usize, (legs::PartLeg<'_>, Option<Bounds>, bool)> = BTreeMap::new();
    let tops = tops(taken, &parents);
    for node in taken {
        let bounds = Bounds { start: node.span.started_at.0, end: end(node.span) };
        Bounds::widen(&mut whole, bounds);
        if let Some(leg) = tops.get(&node.at).and_then(|top| leg_of_top.get(top)) {
            let entry = legs.entry(leg.leg.number).or_insert((*leg, None, false));
            Bounds::widen(&mut entry.1, bounds);
            entry.2 |= is_error(node.span);
        }
    }
    let Some(whole) = whole else { return Vec::new() };
    let mut all = vec![root(journey, part, trace, whole, around)];
    for (leg, bounds, has_error) in legs.into_values() {
        let bounds = bounds.unwrap_or(whole);
        let mut attributes = of_journey(journey);
        attributes.push(KeyValue::int(cx::LEG_NUMBER, i64::try_from(leg.leg.number).unwrap_or(i64::MAX)));
        let name = format!("leg on {}", leg.leg.platform);
        let id = trace.leg(&leg.leg.platform, leg.number);
        let span = base(trace, id, Some(trace.root()), name, bounds);
        let status = if has_error { StatusCode::Error } else { StatusCode::Unset };
        all.push(LaneSpan {
            lane: leg.leg.platform.clone(),
            span: Span { attributes, status: Some(of(status, "")), ..span },
        });
    }
    let keys: HashSet<&SpanKey> = taken.iter().map(|node| &node.span.key).collect();
    let mut handed = HashMap::new();
    for handoff in &journey.handoffs {
        handed.entry(&handoff.to).or_insert_with(Vec::new).push(&handoff.from);
    }
    for node in taken {
        let parent = match parents.get(&node.at).and_then(|at| is_taken.get(at)) {
            Some(parent) => trace.activity(parent.span.key.as_str()),
            None => leg_of_top.get(&node.at).map_or(trace.root(), |leg| trace.leg(&leg.leg.platform, leg.number)),
        };
        let from = handed.get(&node.span.key).map(Vec::as_slice).unwrap_or_default();
        let from = from.iter().filter(|key| keys.contains(**key));
        let from = from.map(|key| link(trace.to_vec(), trace.activity(key.as_str()).to_vec(), "handoff"));
        all.push(activity(journey, node, trace, parent, from.collect()));
    }
    all
}

/// The span without a parent above each span.
fn tops(taken: &[Node<'_>], parents: &HashMap<usize, usize>) -> HashMap<usize, usize> {
    let mut tops: HashMap<usize, usize> = HashMap::new();
    for node in taken {
        let (mut at, mut path) = (node.at, Vec::new());
        let top = loop {
            if let Some(top) = tops.get(&at) {
                break *top;
            }
            path.push(at);
            match parents.get(&at) {
                Some(parent) => at = *parent,
                None => break at,
            }
        };
        tops.extend(path.into_iter().map(|at| (at, top)));
    }
    tops
}

fn base(trace: TraceId, id: SpanId, parent: Option<SpanId>, name: String, bounds: Bounds) -> Span {
    Span {
        trace_id: trace.to_vec(),
        span_id: id.to_vec(),
        parent_span_id: parent.map(SpanId::to_vec).unwrap_or_default(),
        name,
        kind: SpanKind::Internal.into(),
        start_time_unix_nano: nanos(bounds.start),
        end_time_unix_nano: nanos(bounds.end),
        ..Span::default()
    }
}

fn root(journey: &Journey, part: &Part<'_>, trace: TraceId, whole: Bounds, around: &Neighbours) -> LaneSpan {
    let mut attributes = of_journey(journey);
    attributes.extend(of_root(journey));
    attributes.push(KeyValue::text(cx::JOURNEY_PART, part.day.to_string()));
    attributes.push(KeyValue::int(cx::JOURNEY_PARTS, i64::try_from(around.count).unwrap_or(i64::MAX)));
    let other = |day: Option<NaiveDate>, word: &str| {
        let trace = TraceId::of(journey.id, day?);
        Some(link(trace.to_vec(), trace.root().to_vec(), word))
    };
    let links = other(around.previous, "previous_part").into_iter().chain(other(around.next, "next_part"));
    let within = |at: DateTime<Utc>| at.clamp(whole.start, whole.end);
    let mut events: Vec<_> = journey
        .insights
        .iter()
        .filter_map(|insight| Some(insight_event(insight, within(shown_at(insight, part, around.count)?))))
        .collect();
    let gaps = journey.gaps.iter().filter(|gap| (whole.start..=whole.end).contains(&gap.started_at.0));
    events.extend(gaps.map(|gap| Event {
        time_unix_nano: nanos(gap.started_at.0),
        name: cx::GAP_EVENT.to_owned(),
        attributes: vec![
            KeyValue::text(cx::GAP_CLASS, word(gap.class)),
            KeyValue::int(cx::GAP_DURATION_MS, (gap.ended_at.0 - gap.started_at.0).num_milliseconds()),
        ],
    }));
    events.sort_by_key(|event| event.time_unix_nano);
    let is_bad = journey.insights.iter().any(|insight| insight.severity == Severity::Error);
    let status = if is_bad { StatusCode::Error } else { StatusCode::Unset };
    let span = base(trace, trace.root(), None, "customer journey".to_owned(), whole);
    let span = Span { attributes, links: links.collect(), events, status: Some(of(status, "")), ..span };
    LaneSpan { lane: OWN_LANE.to_owned(), span }
}

/// When an insight shows in `part`: at the end of the first of its spans. `None` if all of its spans are in other parts.
fn shown_at(insight: &Insight, part: &Part<'_>, parts: usize) -> Option<DateTime<Utc>> {
    let mut of_part = part.spans.iter().filter(|node| insight.spans.contains(&node.span.key));
    match of_part.next() {
        Some(node) => Some(end(node.span)),
        None if insight.spans.is_empty() || parts == 1 => part.spans.iter().map(|node| end(node.span)).max(),
        None => None,
    }
}

fn insight_event(insight: &Insight, at: DateTime<Utc>) -> Event {
    Event {
        time_unix_nano: nanos(at),
        name: cx::INSIGHT_EVENT.to_owned(),
        attributes: vec![
            KeyValue::text(cx::INSIGHT_RULE, insight.rule.as_str()),
            KeyValue::text(cx::INSIGHT_SEVERITY, word(insight.severity)),
            KeyValue::text(cx::INSIGHT_TEXT, &insight.text),
        ],
    }
}

fn activity(journey: &Journey, node: &Node<'_>, trace: TraceId, parent: SpanId, handoffs: Vec<Link>) -> LaneSpan {
    let span = node.span;
    let mut attributes = of_journey(journey);
    attributes.extend(of_span(span));
    let bounds = Bounds { start: span.started_at.0, end: end(span) };
    let base = base(trace, trace.activity(span.key.as_str()), Some(parent), span.name.clone(), bounds);
    let status = match span.status {
        _ if is_error(span) => of(StatusCode::Error, span.reason.as_deref().unwrap_or_default()),
        Some(cxtrace_domain::journeys::Outcome::Ok) => of(StatusCode::Ok, ""),
        _ => of(StatusCode::Unset, ""),
    };
    let own = application_span(&span.key).map(|(trace, span)| link(trace, span, "application"));
    let span = Span {
        kind: kind(span).into(),
        attributes,
        events: span.events.iter().map(event).collect(),
        links: handoffs.into_iter().chain(own).collect(),
        status: Some(status),
        ..base
    };
    LaneSpan { lane: node.span.platform.clone(), span }
}

/// The application's own span: the key of a span that came by OpenTelemetry ends with its trace id and its span id.
fn application_span(key: &SpanKey) -> Option<(Vec<u8>, Vec<u8>)> {
    let (rest, span) = key.as_str().rsplit_once(':')?;
    let (_, trace) = rest.rsplit_once("trace:")?;
    let (trace, span) = (hex::decode(trace).ok()?, hex::decode(span).ok()?);
    let is_valid = |id: &[u8], len: usize| id.len() == len && id.iter().any(|byte| *byte != 0);
    (is_valid(&trace, 16) && is_valid(&span, 8)).then_some((trace, span))
}

fn link(trace_id: Vec<u8>, span_id: Vec<u8>, word: &str) -> Link {
    Link { trace_id, span_id, attributes: vec![KeyValue::text(cx::LINK, word)] }
}

fn of(code: StatusCode, message: &str) -> Status {
    Status { message: message.to_owned(), code: code.into() }
}
