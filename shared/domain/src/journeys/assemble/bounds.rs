//! Between which times a journey can have begun and ended. Lists show a journey at its start, so a source must not move the journey
//! of another by a span of long ago. It must not know how spans are drawn.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::placed::PlacedSpan;
use crate::journeys::clocks::plus;
use crate::journeys::gathered::{Edge, Gathered, Rule};
use crate::journeys::id::Id;
use crate::journeys::origin::Source;
use crate::journeys::policy::Policy;

/// The spans that decide when a journey began and ended: those of the sources with the greatest authority. A source among
/// these that names the id of another, and that the other does not name, only adds to the other's journey.
pub(super) struct Bounds<'a> {
    deciding: Vec<&'a PlacedSpan>,
    policy: &'a Policy,
}

impl<'a> Bounds<'a> {
    pub(super) fn of(gathered: &Gathered, spans: &'a [PlacedSpan], policy: &'a Policy) -> Self {
        let known: BTreeSet<_> = spans.iter().flat_map(|placed| &placed.span.sources).collect();
        let greatest = known.iter().map(|source| policy.authority_of(source)).max();
        let mut leading: BTreeSet<_> =
            known.into_iter().filter(|source| Some(policy.authority_of(source)) == greatest).collect();
        if leading.len() > 1 {
            let names = names(gathered);
            let reached: BTreeMap<_, _> = leading.iter().map(|source| (*source, reach(source, &names))).collect();
            let adds = |source: &Source| {
                let others = reached[source].iter().filter_map(|other| Some((*other, reached.get(*other)?)));
                others.into_iter().any(|(other, back)| other != source && !back.contains(source))
            };
            leading = leading.iter().copied().filter(|source| !adds(source)).collect();
        }
        let decides = |placed: &&PlacedSpan| {
            let sources = &placed.span.sources;
            leading.is_empty() || sources.iter().any(|source| leading.contains(source))
        };
        Self { deciding: spans.iter().filter(decides).collect(), policy }
    }

    /// The earliest time at which the journey can have begun: spans that began before it do not count as the start. `None`
    /// without a span.
    pub(super) fn earliest_start(&self) -> Option<DateTime<Utc>> {
        let first = self.deciding.iter().map(|placed| placed.start()).min();
        first.map(|first| plus(first, -self.policy.before))
    }

    /// The latest time at which it can have ended, in the same way.
    pub(super) fn latest_end(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let last = self.deciding.iter().map(|placed| placed.until(now)).max();
        last.map(|last| plus(last, self.policy.before))
    }
}

/// Which sources each source names: by a link to an id of theirs, or by a code or a transfer that both report.
fn names(gathered: &Gathered) -> BTreeMap<&Source, BTreeSet<&Source>> {
    let mut owners: BTreeMap<&Id, BTreeSet<&Source>> = BTreeMap::new();
    for (source, anchors) in &gathered.anchors_of {
        for id in anchors {
            owners.entry(id).or_default().insert(source);
        }
    }
    let none = BTreeSet::new();
    let owners = |id: &Id| owners.get(id).unwrap_or(&none);
    let mut names: BTreeMap<&Source, BTreeSet<&Source>> = BTreeMap::new();
    for Edge { a, b, evidence, .. } in gathered.edges.values().filter(|edge| !edge.retracted) {
        let both = || owners(a).iter().chain(owners(b)).copied();
        for (rule, source) in evidence.keys() {
            let named: BTreeSet<_> = match rule {
                Rule::VerificationCode | Rule::NumberHandoff => {
                    both().for_each(|one| names.entry(one).or_default().extend(both()));
                    continue;
                }
                // What a source reports under an id of its own names nobody else who reports under the same id.
                _ => [a, b]
                    .into_iter()
                    .map(owners)
                    .filter(|owners| !owners.contains(source))
                    .flatten()
                    .copied()
                    .collect(),
            };
            names.entry(source).or_default().extend(named);
        }
    }
    names
}

/// The sources that `source` names, and those that these name.
fn reach<'a>(source: &'a Source, names: &BTreeMap<&'a Source, BTreeSet<&'a Source>>) -> BTreeSet<&'a Source> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![source]);
    while let Some(one) = open.pop() {
        let more = names.get(one).into_iter().flatten().filter(|other| reached.insert(**other));
        open.extend(more);
    }
    reached
}
