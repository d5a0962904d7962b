//! The known offsets of the sources' clocks, before a journey is examined. They decide which hand-offs may be joined.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::origin::Source;

/// How far each source's clock is ahead, valid from a given time. An entry does not apply to earlier times, so earlier
/// joins stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks(BTreeMap<(Source, DateTime<Utc>), TimeDelta>);

impl Clocks {
    /// The largest offset that is accepted for any clock.
    pub const MAX_OFFSET: TimeDelta = TimeDelta::seconds(60);

    /// Notes that the clock of `source` is `ahead` from `from` on, or behind if `ahead` is negative. Offsets are
    /// limited to [`Self::MAX_OFFSET`].
    pub fn note(&mut self, source: Source, from: DateTime<Utc>, ahead: TimeDelta) {
        self.0.insert((source, from), ahead.clamp(-Self::MAX_OFFSET, Self::MAX_OFFSET));
    }

    /// The start of the latest entry for `source`.
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

    /// The true time when the clock of `source` shows `at`.
    #[must_use]
    pub fn corrected(&self, source: &Source, at: DateTime<Utc>) -> DateTime<Utc> {
        plus(at, -self.ahead(source, at))
    }
}

/// `at` plus `by`, limited to the range of `DateTime`.
pub(super) fn plus(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let limit = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    at.checked_add_signed(by).unwrap_or(limit)
}
