//! Clock differences that one journey shows. They correct the times that are drawn; the raw times are kept.
//!
//! [`Clocks`] holds the offsets that are known before the journey is examined. The two are kept apart.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::clocks::Clocks;
use super::gathered::Gathered;
use super::handoff;
use super::origin::Source;
use super::policy::Policy;
use super::span::{Merged, SpanKey};

/// By how much the times of each source are moved, as one journey shows it.
///
/// A span cannot begin before its parent. If its parent waits for it, it cannot end after its parent either. A call
/// cannot arrive by a hand-off much before the other side sent it. Each of these rules allows some shifts and forbids
/// others. A source is moved by the smallest shift that satisfies most of them, which may be zero.
///
/// A span that its parent does not wait for, such as a job that runs later, may begin and end at any time after its
/// parent's start. It never shows that a clock is ahead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estimate(BTreeMap<Source, Shift>);

/// By how much the times of one source are moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// What is added to its times: whole milliseconds, at most [`Clocks::MAX_OFFSET`].
    pub by: TimeDelta,
    /// The source that it was compared with.
    pub reference: Source,
    /// The spans that are impossible without the shift.
    pub shown_by: BTreeSet<SpanKey>,
}

/// A bound: the shift of `of` minus the shift of `to` lies between `least` and `most`.
pub(super) struct Bound<'a> {
    pub(super) of: &'a Source,
    pub(super) to: &'a Source,
    pub(super) least: Option<TimeDelta>,
    pub(super) most: Option<TimeDelta>,
    shown_by: &'a SpanKey,
}

/// The shifts of one source that one bound allows.
struct Allowed<'a> {
    least: Option<TimeDelta>,
    most: Option<TimeDelta>,
    shown_by: &'a SpanKey,
}

/// The sources with a known shift, each with the shift and the source that it was compared with.
type Known<'a> = BTreeMap<&'a Source, (TimeDelta, &'a Source)>;

impl Estimate {
    /// The shifts that `gathered` shows. Clocks are compared with the reference of `policy`, or otherwise with the source of
    /// the greatest authority with the most spans. A source of less authority moves no other source's clock.
    #[must_use]
    pub fn of(gathered: &Gathered, policy: &Policy) -> Self {
        let reference = policy.reference.as_ref();
        let authority = |source: &Source| (Some(source) == reference, policy.authority_of(source));
        let bounds = bounds(gathered, reference);
        let mut spans: BTreeMap<&Source, usize> = BTreeMap::new();
        for source in gathered.spans.values().filter_map(|span| clock_of(span, reference)) {
            *spans.entry(source).or_default() += 1;
        }
        let mut open: BTreeSet<&Source> = bounds.iter().flat_map(|bound| [bound.of, bound.to]).collect();
        let mut known = Known::new();
        let mut shifts = BTreeMap::new();
        loop {
            let moves = |bound: &Bound<'_>, source: &Source| {
                bound.ties(source, &known) && authority(bound.other(source)) >= authority(source)
            };
            let ties = |source: &Source| bounds.iter().filter(|bound| moves(bound, source)).count();
            let next = open.iter().map(|source| (ties(source), Reverse(*source))).max();
            let Some((ties, Reverse(source))) = next else { break };
            if ties == 0 {
                let weight = |source: &Source| (authority(source), spans.get(source).copied().unwrap_or_default());
                let most = open.iter().map(|source| (weight(source), Reverse(*source)));
                let Some((_, Reverse(root))) = most.max() else { break };
                open.remove(root);
                known.insert(root, (TimeDelta::zero(), root));
                continue;
            }
            open.remove(source);
            let moving: Vec<_> = bounds.iter().filter(|bound| moves(bound, source)).collect();
            let allowed: Vec<_> = moving.iter().filter_map(|bound| bound.allowed(source, &known)).collect();
            let root =
                moving.iter().find_map(|bound| known.get(bound.of).or(known.get(bound.to)).map(|(_, root)| *root));
            let by = smallest(&allowed);
            known.insert(source, (by, root.unwrap_or(source)));
            if let (Some(root), false) = (root, by.is_zero()) {
                let zero = TimeDelta::zero();
                let wrong = allowed.iter().filter(|allowed| !allowed.allows(zero) && allowed.allows(by));
                let shown_by = wrong.map(|allowed| allowed.shown_by.clone()).collect();
                shifts.insert(source.clone(), Shift { by, reference: root.clone(), shown_by });
            }
        }
        Self(shifts)
    }

    /// By how much the times of `source` are moved.
    #[must_use]
    pub fn shift_of(&self, source: &Source) -> TimeDelta {
        self.0.get(source).map_or(TimeDelta::zero(), |shift| shift.by)
    }

    /// The sources whose times are moved.
    pub fn shifts(&self) -> impl Iterator<Item = (&Source, &Shift)> {
        self.0.iter()
    }
}

/// The source of the clock on which a span's times are: `reference` if it observed the span.
pub(super) fn clock_of<'a>(span: &'a Merged, reference: Option<&Source>) -> Option<&'a Source> {
    let preferred = span.sources.iter().find(|source| Some(*source) == reference);
    preferred.or(span.sources.first())
}

/// The bounds from spans whose parent another source observed.
pub(super) fn enclosed<'a>(gathered: &'a Gathered, reference: Option<&'a Source>) -> impl Iterator<Item = Bound<'a>> {
    gathered.spans.iter().filter_map(move |(key, child)| {
        let parent = gathered.spans.get(child.parent()?)?;
        let (of, to) = (clock_of(child, reference)?, clock_of(parent, reference)?);
        let least = Some(parent.start()? - child.start()?);
        let most = parent.end().zip(child.end()).map(|(parent, child)| parent - child);
        let most = most.filter(|_| child.is_synchronous());
        // A child that is longer than its parent says nothing about clocks.
        let possible = most.is_none_or(|most| least <= Some(most));
        (of != to && possible).then_some(Bound { of, to, least, most, shown_by: key })
    })
}

fn bounds<'a>(gathered: &'a Gathered, reference: Option<&'a Source>) -> Vec<Bound<'a>> {
    let handoffs = gathered.handoffs.iter().filter_map(|(left, arrived)| {
        let (from, to) = (gathered.spans.get(left)?, gathered.spans.get(arrived)?);
        let least = Some(from.end().or(from.start())? - to.start()? - handoff::TOLERANCE);
        let (of, to) = (clock_of(to, reference)?, clock_of(from, reference)?);
        (of != to).then_some(Bound { of, to, least, most: None, shown_by: arrived })
    });
    enclosed(gathered, reference).chain(handoffs).collect()
}

impl<'a> Bound<'a> {
    /// Whether it compares `source` with a source whose shift is known.
    fn ties(&self, source: &Source, known: &Known<'_>) -> bool {
        (self.of == source && known.contains_key(self.to)) || (self.to == source && known.contains_key(self.of))
    }

    /// The source that it compares `source` with.
    fn other(&self, source: &Source) -> &'a Source {
        if self.of == source { self.to } else { self.of }
    }

    fn allowed(&self, source: &Source, known: &Known<'_>) -> Option<Allowed<'a>> {
        let shown_by = self.shown_by;
        if self.of == source {
            let (other, _) = *known.get(self.to)?;
            let moved = |bound: Option<TimeDelta>| bound.map(|bound| other + bound);
            return Some(Allowed { least: moved(self.least), most: moved(self.most), shown_by });
        }
        let (other, _) = *known.get(self.of).filter(|_| self.to == source)?;
        let moved = |bound: Option<TimeDelta>| bound.map(|bound| other - bound);
        Some(Allowed { least: moved(self.most), most: moved(self.least), shown_by })
    }
}

impl Allowed<'_> {
    fn allows(&self, shift: TimeDelta) -> bool {
        self.least.is_none_or(|least| least <= shift) && self.most.is_none_or(|most| shift <= most)
    }
}

/// The smallest shift that most of them allow.
fn smallest(allowed: &[Allowed<'_>]) -> TimeDelta {
    let ends = allowed.iter().flat_map(|allowed| [allowed.least, allowed.most]).flatten();
    let candidates =
        ends.map(whole_millis).filter(|shift| shift.abs() <= Clocks::MAX_OFFSET).chain([TimeDelta::zero()]);
    let best = candidates.max_by_key(|shift| {
        (allowed.iter().filter(|allowed| allowed.allows(*shift)).count(), Reverse(shift.abs()), *shift)
    });
    best.unwrap_or_default()
}

/// The next whole number of milliseconds away from zero.
fn whole_millis(shift: TimeDelta) -> TimeDelta {
    let down = TimeDelta::milliseconds(shift.num_milliseconds());
    match shift - down {
        rest if rest > TimeDelta::zero() => down + TimeDelta::milliseconds(1),
        rest if rest < TimeDelta::zero() => down - TimeDelta::milliseconds(1),
        _ => down,
    }
}
