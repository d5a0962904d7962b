//! What the clocks of sources say of each other.
//!
//! Two things, and they are kept apart. What is *known* of a source's clock before a journey is looked at
//! ([`Clocks`]) decides which hand-offs may be joined. What *one journey* shows, because a part cannot begin before
//! its whole ([`Estimate`]), corrects the times that are drawn; the raw ones are kept.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::fact::Source;
use super::gathered::Gathered;
use super::handoff;
use super::span::{Merged, SpanKey};

/// How far each source's clock is ahead, from a time on. An entry never says anything about the past: what was
/// joined before it stays joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks(BTreeMap<(Source, DateTime<Utc>), TimeDelta>);

impl Clocks {
    /// No clock is believed to be further off than this.
    pub const MOST: TimeDelta = TimeDelta::seconds(60);

    /// Notes that the clock of `source` is `ahead` from `from` on, or behind when that is negative. More than
    /// [`Self::MOST`] is taken as that.
    pub fn note(&mut self, source: Source, from: DateTime<Utc>, ahead: TimeDelta) {
        self.0.insert((source, from), ahead.clamp(-Self::MOST, Self::MOST));
    }

    /// From when on the latest that is known of the clock of `source` holds.
    #[must_use]
    pub fn latest(&self, source: &Source) -> Option<DateTime<Utc>> {
        let all = (source.clone(), DateTime::<Utc>::MIN_UTC)..=(source.clone(), DateTime::<Utc>::MAX_UTC);
        self.0.range(all).next_back().map(|((_, from), _)| *from)
    }

    /// How far the clock of `source` is ahead when it shows `at`.
    #[must_use]
    pub fn ahead(&self, source: &Source, at: DateTime<Utc>) -> TimeDelta {
        let known = self.0.range((source.clone(), DateTime::<Utc>::MIN_UTC)..=(source.clone(), at)).next_back();
        known.map_or(TimeDelta::zero(), |(_, ahead)| *ahead)
    }

    /// `at` on the clock of `source`, corrected.
    #[must_use]
    pub fn corrected(&self, source: &Source, at: DateTime<Utc>) -> DateTime<Utc> {
        plus(at, -self.ahead(source, at))
    }
}

/// What one journey shows of its sources' clocks: by how much the times of each are to be moved.
///
/// A part that another source observed must lie inside its whole, and who arrives by a hand-off cannot have been
/// there much before the other let go. Each of these allows some shifts and forbids others. A source is moved by
/// the smallest shift that satisfies most of them, and not at all when that is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estimate(BTreeMap<Source, Shift>);

/// By how much the times of one source are moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// What is added to its times: whole milliseconds, never more than [`Clocks::MOST`].
    pub by: TimeDelta,
    /// By comparison with whom.
    pub reference: Source,
    /// The spans that cannot be true otherwise.
    pub shown_by: BTreeSet<SpanKey>,
}

/// The shift of `of`, less that of `to`, lies between `least` and `most`.
pub(super) struct Bound<'a> {
    pub(super) of: &'a Source,
    pub(super) to: &'a Source,
    pub(super) least: Option<TimeDelta>,
    pub(super) most: Option<TimeDelta>,
    shown_by: &'a SpanKey,
}

/// What shifts one bound allows to one source.
struct Allowed<'a> {
    least: Option<TimeDelta>,
    most: Option<TimeDelta>,
    shown_by: &'a SpanKey,
}

impl Estimate {
    /// What `gathered` shows. The reference is Genesys, or else the source with most spans.
    #[must_use]
    pub fn of(gathered: &Gathered) -> Self {
        let bounds = bounds(gathered);
        let mut spans: BTreeMap<&Source, usize> = BTreeMap::new();
        for source in gathered.spans.values().filter_map(clock_of) {
            *spans.entry(source).or_default() += 1;
        }
        let mut open: BTreeSet<&Source> = bounds.iter().flat_map(|bound| [bound.of, bound.to]).collect();
        let mut placed: BTreeMap<&Source, (TimeDelta, &Source)> = BTreeMap::new();
        let mut shifts = BTreeMap::new();
        loop {
            let ties = |source: &Source| bounds.iter().filter(|bound| bound.ties(source, &placed)).count();
            let next = open.iter().map(|source| (ties(source), Reverse(*source))).max();
            let Some((ties, Reverse(source))) = next else { break };
            if ties == 0 {
                let most = open.iter().map(|source| (spans.get(source).copied().unwrap_or_default(), Reverse(*source)));
                let genesys = open.iter().copied().find(|source| **source == Source::genesys());
                let Some(root) = genesys.or(most.max().map(|(_, Reverse(source))| source)) else { break };
                open.remove(root);
                placed.insert(root, (TimeDelta::zero(), root));
                continue;
            }
            open.remove(source);
            let allowed: Vec<_> = bounds.iter().filter_map(|bound| bound.allowed(source, &placed)).collect();
            let root = bounds
                .iter()
                .filter(|bound| bound.ties(source, &placed))
                .find_map(|bound| placed.get(bound.of).or(placed.get(bound.to)).map(|(_, root)| *root));
            let by = smallest(&allowed);
            placed.insert(source, (by, root.unwrap_or(source)));
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

/// `at`, moved; as far as a time can be moved.
pub(super) fn plus(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let most = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    at.checked_add_signed(by).unwrap_or(most)
}

/// On whose clock a span's times are. Where several observed it and Genesys is one of them, on that of Genesys.
pub(super) fn clock_of(merged: &Merged) -> Option<&Source> {
    let genesys = merged.sources.iter().find(|source| **source == Source::genesys());
    genesys.or(merged.sources.first())
}

/// What parts that another source observed than their wholes say.
pub(super) fn enclosed(gathered: &Gathered) -> impl Iterator<Item = Bound<'_>> {
    gathered.spans.iter().filter_map(|(key, part)| {
        let whole = gathered.spans.get(part.parent()?)?;
        let (of, to) = (clock_of(part)?, clock_of(whole)?);
        let least = Some(whole.start()? - part.start()?);
        let most = whole.end().zip(part.end()).map(|(whole, part)| whole - part);
        // A part that is longer than its whole says nothing of clocks.
        let possible = most.is_none_or(|most| least <= Some(most));
        (of != to && possible).then_some(Bound { of, to, least, most, shown_by: key })
    })
}

fn bounds(gathered: &Gathered) -> Vec<Bound<'_>> {
    let handoffs = gathered.handoffs.iter().filter_map(|(left, arrived)| {
        let (from, to) = (gathered.spans.get(left)?, gathered.spans.get(arrived)?);
        let least = Some(from.end().or(from.start())? - to.start()? - handoff::TOLERANCE);
        let (of, to) = (clock_of(to)?, clock_of(from)?);
        (of != to).then_some(Bound { of, to, least, most: None, shown_by: arrived })
    });
    enclosed(gathered).chain(handoffs).collect()
}

impl<'a> Bound<'a> {
    /// Whether it compares `source` with one whose shift is known.
    fn ties(&self, source: &Source, placed: &BTreeMap<&Source, (TimeDelta, &Source)>) -> bool {
        (self.of == source && placed.contains_key(self.to)) || (self.to == source && placed.contains_key(self.of))
    }

    fn allowed(&self, source: &Source, placed: &BTreeMap<&Source, (TimeDelta, &Source)>) -> Option<Allowed<'a>> {
        let shown_by = self.shown_by;
        if self.of == source {
            let (other, _) = *placed.get(self.to)?;
            let moved = |bound: Option<TimeDelta>| bound.map(|bound| other + bound);
            return Some(Allowed { least: moved(self.least), most: moved(self.most), shown_by });
        }
        let (other, _) = *placed.get(self.of).filter(|_| self.to == source)?;
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
    let candidates = ends.map(whole).filter(|shift| shift.abs() <= Clocks::MOST).chain([TimeDelta::zero()]);
    let best = candidates.max_by_key(|shift| {
        (allowed.iter().filter(|allowed| allowed.allows(*shift)).count(), Reverse(shift.abs()), *shift)
    });
    best.unwrap_or_default()
}

/// In whole milliseconds, away from zero.
fn whole(shift: TimeDelta) -> TimeDelta {
    let down = TimeDelta::milliseconds(shift.num_milliseconds());
    match shift - down {
        rest if rest > TimeDelta::zero() => down + TimeDelta::milliseconds(1),
        rest if rest < TimeDelta::zero() => down - TimeDelta::milliseconds(1),
        _ => down,
    }
}
