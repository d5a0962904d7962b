//! Groups of ids. The ids of one group probably belong to one journey, and are processed one after the other. Groups
//! are processed concurrently. A wrong group only costs time.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_domain::journeys::Id;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    ids: BTreeSet<Id>,
    /// Maps an id to another id of its group. Roots are not in the map.
    parents: BTreeMap<Id, Id>,
}

impl Groups {
    pub(crate) fn add(&mut self, id: Id) {
        self.ids.insert(id);
    }

    /// Adds two ids of one group.
    pub(crate) fn join(&mut self, one: &Id, other: &Id) {
        self.link(one, other);
        self.add(one.clone());
        self.add(other.clone());
    }

    /// Puts two ids into one group, without adding them.
    pub(crate) fn link(&mut self, one: &Id, other: &Id) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.parents.insert(other, one);
        }
    }

    /// The number of added ids.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The added ids, by group.
    pub(crate) fn into_groups(self) -> Vec<BTreeSet<Id>> {
        let mut groups: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for id in &self.ids {
            groups.entry(self.root(id)).or_default().insert(id.clone());
        }
        groups.into_values().collect()
    }

    fn root(&self, id: &Id) -> Id {
        let mut id = id;
        while let Some(parent) = self.parents.get(id) {
            id = parent;
        }
        id.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(value: &str) -> Id {
        format!("sip.call_id:{value}").parse().unwrap()
    }

    #[test]
    fn linked_ids_are_one_group_of_added_ids() {
        let mut groups = Groups::default();
        groups.add(id("a1"));
        groups.link(&id("a1"), &id("x1"));
        groups.link(&id("c1"), &id("x1"));
        groups.add(id("b1"));
        groups.join(&id("c1"), &id("d1"));
        let all: BTreeSet<BTreeSet<_>> = groups.into_groups().into_iter().collect();
        assert_eq!(all, BTreeSet::from([BTreeSet::from([id("a1"), id("c1"), id("d1")]), BTreeSet::from([id("b1")])]));
    }
}
