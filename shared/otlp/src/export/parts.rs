//! The parts of a journey. Each becomes a trace of its own, because backends refuse old spans and strain at traces of
//! days. A part is a day of UTC; an activity that goes on after midnight, or follows within an hour, belongs to the part
//! in which it began.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use cxtrace_domain::journeys::Journey;
use cxtrace_domain::journeys::document::Span;

/// An activity that begins within this time after the part's last end belongs to the part, whatever the day.
const PAUSE: TimeDelta = TimeDelta::hours(1);

/// No activity is added to a part that began longer ago than this, unless its day is the part's.
const LONGEST: TimeDelta = TimeDelta::hours(12);

/// A span with its place in the tree of spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) span: &'a Span,
    /// The position of its parent in [`Journey::spans`]. It belongs to the same part.
    pub(super) parent: Option<usize>,
    /// Its own position.
    pub(super) at: usize,
}

/// A part of a journey.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The day on which its first span began. No two parts of a journey have the same day.
    pub(super) day: NaiveDate,
    pub(super) spans: Vec<Node<'a>>,
}

/// The parts of `journey` by time.
pub(super) fn parts(journey: &Journey) -> Vec<Part<'_>> {
    let parents = parents(&journey.spans);
    let tops = tops(&parents);
    let mut trees: HashMap<usize, Vec<Node<'_>>> = HashMap::new();
    for (at, span) in journey.spans.iter().enumerate() {
        trees.entry(tops[at]).or_default().push(Node { span, parent: parents[at], at });
    }
    let mut trees: Vec<_> = trees.into_values().map(|nodes| (start(&nodes), nodes)).collect();
    trees.sort_by_key(|(start, nodes)| (*start, nodes.first().map(|node| node.at)));
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut bounds: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    for (began, nodes) in trees {
        let ended = nodes.iter().map(|node| end(node.span)).max().unwrap_or(began);
        let day = began.date_naive();
        match (parts.last_mut(), bounds) {
            (Some(part), Some((first, last)))
                if part.day == day || (began - last <= PAUSE && began - first <= LONGEST) =>
            {
                part.spans.extend(nodes);
                bounds = Some((first, last.max(ended)));
            }
            _ => {
                parts.push(Part { day, spans: nodes });
                bounds = Some((began, ended));
            }
        }
    }
    parts
}

/// The end of a span; its start if its end is not known.
pub(super) fn end(span: &Span) -> DateTime<Utc> {
    span.ended_at.map_or(span.started_at.0, |end| end.0.max(span.started_at.0))
}

fn start(nodes: &[Node<'_>]) -> DateTime<Utc> {
    nodes.iter().map(|node| node.span.started_at.0).min().unwrap_or_default()
}

/// The position of each span's parent. A parent that the journey does not have is left out.
fn parents(spans: &[Span]) -> Vec<Option<usize>> {
    let places: HashMap<_, _> = spans.iter().enumerate().map(|(at, span)| (&span.key, at)).collect();
    let mut parents: Vec<_> =
        spans.iter().map(|span| span.parent.as_ref().and_then(|key| places.get(key).copied())).collect();
    cut_cycles(&mut parents);
    parents
}

/// Spans that name each other as parents have no order: the one at which a walk upwards first repeats becomes a root.
fn cut_cycles(parents: &mut [Option<usize>]) {
    let mut walked_from = vec![usize::MAX; parents.len()];
    for from in 0..parents.len() {
        let mut at = from;
        walked_from[at] = from;
        while let Some(parent) = parents[at] {
            if walked_from[parent] == from {
                parents[at] = None;
                break;
            }
            if walked_from[parent] != usize::MAX {
                break;
            }
            walked_from[parent] = from;
            at = parent;
        }
    }
}

/// The position of the root above each span.
fn tops(parents: &[Option<usize>]) -> Vec<usize> {
    let mut tops = vec![usize::MAX; parents.len()];
    for from in 0..parents.len() {
        let mut path = vec![from];
        let mut at = from;
        while let Some(parent) = parents[at].filter(|_| tops[at] == usize::MAX) {
            at = parent;
            path.push(at);
        }
        let top = if tops[at] == usize::MAX { at } else { tops[at] };
        path.into_iter().for_each(|at| tops[at] = top);
    }
    tops
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_name_each_other_as_parents_become_one_tree() {
        let mut parents = vec![Some(1), Some(2), Some(0), Some(0), None, Some(4), Some(6)];
        cut_cycles(&mut parents);
        assert_eq!(parents, [Some(1), Some(2), None, Some(0), None, Some(4), None]);
        assert_eq!(tops(&parents), [2, 2, 2, 2, 4, 4, 6]);
    }
}
