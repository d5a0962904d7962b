//! Ids that one source links with too many others, such as a test account. The links of this source join nothing there. The
//! links of other sources do, so nobody hides what others link. It must not know how neighbours are stored or followed.

use std::collections::{BTreeMap, BTreeSet};

use super::id::Id;
use super::origin::Source;

/// If one source links an id with more neighbours than this, none of these links joins anything.
pub const MAX_EDGES: usize = 200;

/// What is stored about the neighbours of an id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The neighbours, each with a source that links it. Entries of earlier versions have no source. [`MAX_EDGES`] + 1
    /// entries of a source are enough to know that they are too many.
    pub edges: BTreeSet<(Option<Source>, Id)>,
    /// The sources whose links were too many once, although some may have expired. `None` stands for every source: an earlier
    /// version counted all neighbours together.
    pub quarantined: BTreeSet<Option<Source>>,
}

/// The sources that say together that two ids belong together: one for a link, two for a code or a transfer, and none for
/// an entry of an earlier version.
pub(super) type Proof = BTreeSet<Source>;

/// Whose links join nothing at an id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct IgnoredSources(BTreeSet<Option<Source>>);

impl IgnoredSources {
    pub(super) fn of(neighbours: &Neighbours) -> Self {
        let mut counts: BTreeMap<&Option<Source>, usize> = BTreeMap::new();
        neighbours.edges.iter().for_each(|(source, _)| *counts.entry(source).or_default() += 1);
        let many = counts.into_iter().filter(|(_, count)| *count > MAX_EDGES);
        let many = many.map(|(source, _)| source.clone());
        Self(many.chain(neighbours.quarantined.iter().cloned()).collect())
    }

    /// Whether an edge with this proof holds at the id.
    pub(super) fn accepts(&self, proof: &Proof) -> bool {
        !self.is_everything() && proof.iter().all(|source| !self.0.contains(&Some(source.clone())))
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing at all is joined through the id.
    pub(super) fn is_everything(&self) -> bool {
        self.0.contains(&None)
    }

    /// The sources; `None` for all.
    pub(super) fn sources(&self) -> impl Iterator<Item = Option<Source>> {
        self.0.iter().cloned()
    }
}
