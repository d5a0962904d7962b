//! Why the parts of a journey belong together, as lines to read.

use std::cmp::Reverse;

use crate::journeys::document::{EdgeLine, EvidenceLine, Time};
use crate::journeys::gathered::Gathered;

/// Every edge, the oldest first, with everything that proves it, the surest first. A retracted one is listed too, and
/// marked: it joins nothing.
#[must_use]
pub fn edges(gathered: &Gathered) -> Vec<EdgeLine> {
    let mut lines: Vec<_> = gathered
        .edges
        .iter()
        .map(|(id, edge)| {
            let line = |((rule, source), evidence): (&(_, _), &crate::journeys::Evidence)| EvidenceLine {
                rule: *rule,
                confidence: crate::journeys::Rule::confidence(*rule),
                source: Clone::clone(source),
                fact: evidence.fact,
                at: Time(evidence.at),
            };
            let mut evidence: Vec<_> = edge.evidence.iter().map(line).collect();
            evidence.sort_by(|a, b| {
                b.confidence
                    .total_cmp(&a.confidence)
                    .then_with(|| (a.at, a.rule, &a.source).cmp(&(b.at, b.rule, &b.source)))
            });
            EdgeLine { id: *id, a: edge.a.clone(), b: edge.b.clone(), retracted: edge.retracted, evidence }
        })
        .collect();
    lines.sort_by_cached_key(|line| {
        let first = line.evidence.iter().map(|evidence| evidence.at).min();
        (first.is_none(), first, line.a.clone(), line.b.clone(), Reverse(line.id))
    });
    lines
}
