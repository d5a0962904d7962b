//! A source that should have reported something and did not.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::{END_LOST, PlacedSpan};
use crate::journeys::assemble::status::silent_sources;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::{list, with_article};
use crate::journeys::document::Severity;
use crate::journeys::id::{Id, Namespace};
use crate::journeys::origin::Source;

pub(super) const DEFINITION: Definition = Definition {
    title: "Missing source",
    severity: Severity::Warning,
    finds: "A source reported nothing about an id of its own that other sources name, or reported a start and never the \
            end.",
    media: "All for ids. For ends, voice and chat: a conversation in writing may stay open.",
    evidence: "The source has had its whole delay, or a call without an end is older than a day.",
    defeated_by: "The delay has not elapsed; the medium waits by design, and its idle time has not elapsed or ended the \
                  conversation; the id is quarantined.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    silent(view).into_iter().chain(endless(view)).collect()
}

/// The ids about which a source reported nothing, and the sources that named them.
type SilentIds<'a> = (BTreeSet<&'a Id>, BTreeSet<&'a Source>);

/// Sources that reported nothing about an id.
fn silent(view: &View<'_>) -> Vec<Finding> {
    let mut silent: BTreeMap<(&Source, &Namespace), SilentIds<'_>> = BTreeMap::new();
    for found in silent_sources(view.gathered, view.policy).filter(|found| found.until <= view.now) {
        let (ids, named_by) = silent.entry((found.reporter, found.id.namespace())).or_default();
        ids.insert(found.id);
        named_by.extend(found.named_by);
    }
    let finding = |((source, namespace), (ids, named_by)): (_, (BTreeSet<&Id>, BTreeSet<&Source>))| {
        let text = match ids.len() {
            1 => format!("Other sources name a {namespace}, but {source} reported nothing about it."),
            n => format!("Other sources name {n} ids of {namespace}, but {source} reported nothing about them."),
        };
        // One span of each source that named the id shows it.
        let shown = named_by.iter().filter_map(|by| view.spans.iter().find(|placed| placed.span.sources.contains(by)));
        let shown: BTreeSet<_> = shown.map(|placed| &placed.span.key).collect();
        Finding::new(text, view.spans.iter().filter(|placed| shown.contains(&placed.span.key)))
    };
    silent.into_iter().map(finding).collect()
}

/// Sources that reported a start and never the end.
fn endless(view: &View<'_>) -> Vec<Finding> {
    let waits =
        |placed: &PlacedSpan| view.medium_of(placed).is_some_and(|medium| view.policy.idle.contains_key(&medium));
    let lost = view.spans.iter().filter(|placed| placed.span.flags.contains(&END_LOST) && !waits(placed));
    let mut endless: BTreeMap<&Source, Vec<&PlacedSpan>> = BTreeMap::new();
    for placed in lost {
        if let Some(source) = &placed.clock {
            endless.entry(source).or_default().push(placed);
        }
    }
    let finding = |(source, spans): (&Source, Vec<&PlacedSpan>)| {
        let mut what: Vec<_> = spans.iter().map(|placed| with_article(placed.span.span_type).to_owned()).collect();
        what.dedup();
        Finding::new(format!("{source} reported no end time for {}.", list(&what)), spans)
    };
    endless.into_iter().map(finding).collect()
}
