//! Ids that a walk read and then left out: it found more of them than it may follow, and went on without the links of a source. A
//! later walk that knows them need not read them again. It must not know how ids are read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::id::Id;
use super::origin::Source;

/// What a walk left out because it reached a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The sources whose links, codes and transfers it left out, each with how many it had seen.
    pub sources: BTreeMap<Source, usize>,
    /// The ids of the journey that it had read until then.
    pub ids: BTreeSet<Id>,
    /// How many ids it had asked for.
    pub asked: usize,
}

/// The sources that walks from an id leave out, and how many ids the first of these walks had asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    pub(super) sources: BTreeMap<Source, usize>,
    pub(super) ids: usize,
}

/// The ids from which walks reach a limit. All of them are joined, so a walk that reaches one of them reaches the limit, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownLimits(BTreeMap<Id, Arc<Limits>>);

/// It holds at most this many ids, because of memory.
const MAX_KNOWN: usize = 20_000;

impl KnownLimits {
    /// Notes what a walk left out.
    pub fn note(&mut self, left_out: &LeftOut) {
        if self.0.len() + left_out.ids.len() > MAX_KNOWN {
            self.0.clear();
        }
        let limits = Arc::new(Limits { sources: left_out.sources.clone(), ids: left_out.asked });
        self.0.extend(left_out.ids.iter().map(|id| (id.clone(), Arc::clone(&limits))));
    }

    /// Whether all of this is known.
    #[must_use]
    pub fn covers(&self, left_out: &LeftOut) -> bool {
        left_out.ids.iter().all(|id| self.0.contains_key(id))
    }

    pub(super) fn of(&self, id: &Id) -> Option<&Arc<Limits>> {
        self.0.get(id)
    }
}
