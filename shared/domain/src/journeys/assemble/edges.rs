//! The evidence that joins the parts of a journey, as people read it.

use std::cmp::Reverse;

use crate::journeys::decision::Decision;
use crate::journeys::document::{DecisionLine, EdgeLine, EvidenceLine, Time};
use crate::journeys::gathered::{Evidence, Gathered, Rule};
use crate::journeys::origin::Source;

/// An edge shows so many of its decisions.
const MAX_DECISIONS: usize = 20;

fn decision_line(decision: &Decision) -> DecisionLine {
    let Decision { at, act, by, reason } = decision;
    DecisionLine { act: *act, at: Time(*at), by: by.clone(), reason: *reason }
}

/// Every edge, the oldest first, each with its evidence, the most confident first. A retracted edge is listed and
/// marked.
#[must_use]
pub fn edges(gathered: &Gathered) -> Vec<EdgeLine> {
    let mut lines: Vec<_> = gathered
        .edges
        .iter()
        .map(|(id, edge)| {
            let line = |((rule, source), evidence): (&(Rule, Source), &Evidence)| EvidenceLine {
                rule: *rule,
                confidence: rule.confidence(),
                source: source.clone(),
                fact: evidence.fact,
                at: Time(evidence.at),
            };
            let mut evidence: Vec<_> = edge.evidence.iter().map(line).collect();
            evidence.sort_by(|a, b| {
                b.confidence
                    .total_cmp(&a.confidence)
                    .then_with(|| (a.at, a.rule, &a.source).cmp(&(b.at, b.rule, &b.source)))
            });
            let decisions = gathered.decisions.get(id).into_iter().flatten().rev().take(MAX_DECISIONS);
            let decisions = decisions.map(decision_line).collect();
            EdgeLine { id: *id, a: edge.a.clone(), b: edge.b.clone(), retracted: edge.retracted, decisions, evidence }
        })
        .collect();
    lines.sort_by_cached_key(|line| {
        let first = line.evidence.iter().map(|evidence| evidence.at).min();
        (first.is_none(), first, line.a.clone(), line.b.clone(), Reverse(line.id))
    });
    lines
}
