//! An id that too many journeys share.

use std::collections::BTreeMap;

use super::definition::{Definition, Finding};
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::document::Severity;
use crate::journeys::id::Namespace;

pub(super) const DEFINITION: Definition = Definition {
    title: "Quarantined id",
    severity: Severity::Info,
    finds: "Too many other journeys share an id of this journey, so the id joined nothing.",
    media: "All.",
    evidence: "One source links the id with more than 200 other ids, or the id is a code with more than 1,000 events in 24 h 15 min.",
    defeated_by: "Nothing.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut by_namespace: BTreeMap<&Namespace, usize> = BTreeMap::new();
    for id in &view.gathered.quarantined {
        *by_namespace.entry(id.namespace()).or_default() += 1;
    }
    let text = |(namespace, count): (&Namespace, usize)| match count {
        1 => sentences::quarantined_id(namespace),
        n => sentences::quarantined_ids(n, namespace),
    };
    by_namespace.into_iter().map(|found| Finding::new(text(found), [])).collect()
}
