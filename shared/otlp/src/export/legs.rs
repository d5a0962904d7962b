//! The legs of a part: which spans without a parent lie in which leg.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::document::{Leg, Span};

/// A leg of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartLeg<'a> {
    pub(super) leg: &'a Leg,
    /// Its number among the part's legs on its platform. A leg that a later fact adds elsewhere does not change it.
    pub(super) number: usize,
}

/// The leg of each of `tops`, which have no parent in the part, by their position in that list.
pub(super) fn of<'a>(legs: &'a [Leg], tops: &[&Span]) -> Vec<Option<PartLeg<'a>>> {
    let found: Vec<Option<usize>> = tops.iter().map(|span| leg_of(legs, span)).collect();
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut on_platform: BTreeMap<&str, usize> = BTreeMap::new();
    for at in found.iter().flatten().copied().collect::<std::collections::BTreeSet<_>>() {
        let number = on_platform.entry(&legs[at].platform).or_default();
        *number += 1;
        numbers.insert(at, *number);
    }
    found.into_iter().map(|at| at.map(|at| PartLeg { leg: &legs[at], number: numbers[&at] })).collect()
}

/// The last leg on the span's platform that had begun when the span began.
fn leg_of(legs: &[Leg], span: &Span) -> Option<usize> {
    let had_begun = |leg: &(usize, &Leg)| leg.1.platform == span.platform && leg.1.started_at <= span.started_at;
    legs.iter().enumerate().rfind(had_begun).map(|(at, _)| at)
}
