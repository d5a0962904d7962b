//! Limits on what one source may add to a journey, and a count of what they kept out. They bound what a sender can cost
//! others. This file must not know how facts are read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::origin::Source;

/// A walk follows at most this many ids.
pub const MAX_IDS: usize = 500;
/// A walk reads at most this many time ranges of codes and of numbers.
pub const MAX_RANGES: usize = 500;
/// One source may add this many spans to one journey.
pub const MAX_SPANS_OF_SOURCE: usize = 20_000;
/// One source may add this many bytes of facts to one journey.
pub const MAX_BYTES_OF_SOURCE: usize = 24_000_000;

/// What was kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// All links, codes and transfers of a source.
    Links,
    /// The links of a source to one id, of which there are too many.
    #[serde(rename = "links")]
    LinksOfId,
    /// Reports of spans.
    Spans,
    /// Whole facts.
    Facts,
}

/// How many parts of each kind were kept out of a journey, by source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptOut(BTreeMap<(Source, Kind), usize>);

impl KeptOut {
    /// Notes that `count` more parts of a source were kept out.
    pub fn note(&mut self, source: &Source, kind: Kind, count: usize) {
        let all = self.0.entry((source.clone(), kind)).or_default();
        *all = all.saturating_add(count);
    }

    /// Each source and kind, with how many.
    pub fn iter(&self) -> impl Iterator<Item = (&Source, Kind, usize)> {
        self.0.iter().map(|((source, kind), count)| (source, *kind, *count))
    }

    /// The links alone.
    #[must_use]
    pub fn links(&self) -> Self {
        let links = self.0.iter().filter(|((_, kind), _)| *kind == Kind::Links);
        Self(links.map(|(key, count)| (key.clone(), *count)).collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
