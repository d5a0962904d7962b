//! Into how many parts a hot series is divided: the setting `SERIES_PARTS`.
//!
//! One ledger takes 1,000 writes a second. So a series that has more occurrences gets several ledgers in each bucket, its
//! parts. The part of an occurrence follows from its identity and its home bucket alone. So every event that contains
//! it, and every instance that handles it, finds it in the same ledger.

use chrono::DateTime;

use super::bucket::Bucket;

/// The numbers of parts of all series, by the time from which they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesParts(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The name or a tag of the series that it is about; `None` for all.
    series: Option<String>,
    parts: u8,
    /// The start of the first bucket, in seconds since the epoch.
    from: i64,
}

/// Why a text does not say how many parts a series has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` {reason}")]
pub struct InvalidParts {
    entry: String,
    reason: &'static str,
}

impl SeriesParts {
    /// The greatest number of parts.
    pub const MAX: u8 = 64;

    /// Reads entries separated by commas, such as `flow:checkout=16@2026-12-01T00:00:00Z`.
    ///
    /// # Errors
    /// The first entry of another form, and the first that begins before the one in front of it.
    pub fn read(text: &str) -> Result<Self, InvalidParts> {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let refuse = |reason| InvalidParts { entry: entry.to_owned(), reason };
            let (what, from) = match entry.split_once('@') {
                None => (entry, i64::MIN),
                Some((what, from)) => {
                    let from = DateTime::parse_from_rfc3339(from);
                    (what, from.map_err(|_| refuse("must end with a time such as 2026-12-01T00:00:00Z"))?.timestamp())
                }
            };
            let (series, parts) = what.rsplit_once('=').map_or((None, what), |(series, parts)| (Some(series), parts));
            let parts = parts.parse::<u8>().ok().filter(|parts| (1..=Self::MAX).contains(parts));
            let parts = parts.ok_or_else(|| refuse("must have a number of parts from 1 to 64"))?;
            if series == Some("") {
                return Err(refuse("must name a metric or a tag before the `=`"));
            }
            if entries.last().is_some_and(|last| from < last.from) {
                return Err(refuse("must not begin before the entry in front of it"));
            }
            entries.push(Entry { series: series.map(str::to_owned), parts, from });
        }
        Ok(Self(entries))
    }

    /// The part, from 1, of the occurrence `id` whose home is `home`. `is_named` tells whether its series has a name or a
    /// tag.
    ///
    /// The last entry that fits decides. So entries that begin later change nothing about earlier buckets.
    #[must_use]
    pub(super) fn part(&self, is_named: impl Fn(&str) -> bool, id: &[u8; 16], home: Bucket) -> u128 {
        let fits = |entry: &&Entry| entry.from <= home.start() && entry.series.as_deref().is_none_or(&is_named);
        let parts = self.0.iter().rev().find(fits).map_or(1, |entry| entry.parts);
        1 + u128::from_be_bytes(*id) % u128::from(parts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DECEMBER: i64 = 1_796_083_200;

    fn read(text: &str) -> SeriesParts {
        SeriesParts::read(text).unwrap()
    }

    fn id(last: u8) -> [u8; 16] {
        let mut id = [0; 16];
        id[15] = last;
        id
    }

    fn parts(parts: &SeriesParts, series: &str, start: i64) -> usize {
        let part = |n| parts.part(|name| name == series, &id(n), Bucket::starting_at(start));
        (0..=255).map(part).collect::<std::collections::BTreeSet<_>>().len()
    }

    #[test]
    fn the_last_entry_that_fits_decides() {
        let all = read(
            "flow:billing=3, 4@2026-12-01T00:00:00Z,flow:checkout=16@2026-12-01T01:00:00+01:00,2@2027-01-01T00:00:00Z",
        );
        for (series, start, expected) in [
            ("flow:checkout", 0, 1),
            ("flow:billing", 0, 3),
            ("flow:checkout", DECEMBER - 1, 1),
            ("flow:checkout", DECEMBER, 16),
            ("flow:billing", DECEMBER, 4),
            ("flow:checkout", DECEMBER + 31 * 86_400, 2),
        ] {
            assert_eq!(parts(&all, series, start), expected, "{series} at {start}");
        }
        assert_eq!(parts(&SeriesParts::default(), "flow:checkout", DECEMBER), 1);
    }

    #[test]
    fn an_entry_of_another_form_is_named() {
        for (text, reason) in [
            ("4,x", "`x` must have a number of parts from 1 to 64"),
            ("0", "`0` must have a number of parts from 1 to 64"),
            ("65", "`65` must have a number of parts from 1 to 64"),
            ("=4", "`=4` must name a metric or a tag before the `=`"),
            ("4@tomorrow", "`4@tomorrow` must end with a time such as 2026-12-01T00:00:00Z"),
            ("4@2026-12-01T00:00:00Z,8", "`8` must not begin before the entry in front of it"),
        ] {
            assert_eq!(SeriesParts::read(text).unwrap_err().to_string(), reason);
        }
    }

    proptest! {
        /// What was stored before a change stays where it is.
        #[test]
        fn an_entry_that_begins_later_moves_nothing(
            before in prop::collection::vec((1..=SeriesParts::MAX, 0..1_000_i64), 0..4),
            parts in 1..=SeriesParts::MAX,
            later in 0..1_000_i64,
            id: [u8; 16],
            home in 0..3_000_i64,
        ) {
            let mut before = before;
            before.sort_by_key(|(_, from)| *from);
            let entry = |(parts, from): &(u8, i64)| Entry { series: None, parts: *parts, from: *from };
            let before = SeriesParts(before.iter().map(entry).collect());
            let last = before.0.last().map_or(0, |entry| entry.from);
            let mut after = before.clone();
            after.0.push(entry(&(parts, last + later)));
            let part = |all: &SeriesParts| all.part(|_| false, &id, Bucket::starting_at(home));
            if home < last + later {
                prop_assert_eq!(part(&before), part(&after));
            } else {
                prop_assert!((1..=u128::from(parts)).contains(&part(&after)));
            }
        }
    }
}
