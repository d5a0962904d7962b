//! A large trace, reduced to the spans that matter to a customer: entries, errors, calls to other systems, and the slow
//! ones. The others are counted. A span whose parent is left out stands below the nearest ancestor that is kept.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::messages::{Span, SpanKind, StatusCode};

/// A trace of at most this many spans is kept whole.
pub(super) const MAX_SPANS: usize = 50;

/// The spans of a trace that are kept, in the order in which they came, and each with its parent among them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) kept: Vec<usize>,
    /// The new parents of kept spans whose parent was left out, by position: a span id, or empty for none.
    pub(super) parents: HashMap<usize, Vec<u8>>,
    pub(super) left_out: usize,
}

/// Chooses among `spans`.
pub(super) fn fold(spans: &[&Span]) -> Folded {
    if spans.len() <= MAX_SPANS {
        return Folded { kept: (0..spans.len()).collect(), parents: HashMap::new(), left_out: 0 };
    }
    let places: HashMap<&[u8], usize> =
        spans.iter().enumerate().map(|(at, span)| (span.span_id.as_slice(), at)).collect();
    let mut ranked: Vec<usize> = (0..spans.len()).collect();
    // A stable order: by rank, then the longest, then the id.
    ranked.sort_by_key(|at| {
        let span = spans[*at];
        (rank(span, &places), Reverse(length(span)), span.span_id.clone())
    });
    let kept: BTreeSet<usize> = ranked.into_iter().take(MAX_SPANS).collect();
    let mut parents = HashMap::new();
    for at in &kept {
        let mut parent = spans[*at].parent_span_id.as_slice();
        // A span that is its own ancestor ends the walk at the latest after all spans.
        for _ in 0..spans.len() {
            match places.get(parent) {
                Some(above) if !kept.contains(above) => parent = &spans[*above].parent_span_id,
                _ => break,
            }
        }
        if parent != spans[*at].parent_span_id {
            parents.insert(*at, parent.to_vec());
        }
    }
    Folded { left_out: spans.len() - kept.len(), kept: kept.into_iter().collect(), parents }
}

fn length(span: &Span) -> u64 {
    span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano)
}

/// How much a span matters; the smallest matters most.
fn rank(span: &Span, places: &HashMap<&[u8], usize>) -> u8 {
    let is_error = span.status.as_ref().is_some_and(|status| status.code == i32::from(StatusCode::Error));
    let is_entry = !places.contains_key(span.parent_span_id.as_slice());
    let is_call = [SpanKind::Client, SpanKind::Producer].into_iter().any(|kind| span.kind == i32::from(kind));
    match () {
        () if is_entry => 0,
        () if is_error => 1,
        () if is_call => 2,
        () => 3,
    }
}
