//! A source that should have reported something and did not.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::{END_LOST, PlacedSpan};
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::status::silent_sources;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::{course, list, several};
use crate::journeys::document::Severity;
use crate::journeys::id::{Id, Namespace};
use crate::journeys::origin::Source;

pub(super) const DEFINITION: Definition = Definition {
    title: "Missing source",
    severity: Severity::Warning,
    finds: "A source reported nothing about an id of its own that other sources name, or reported a start and never the \
            end.",
    media: "All for ids. For ends, all but messages, e-mails and call-backs, which may stay open.",
    evidence: "For an id: the source has had its whole delay since another source named the id. For an end: the source has \
               had its whole delay since the line of the span ended or, if no line ended, the span began more than 24 h ago.",
    defeated_by: "The delay has not elapsed; the id is quarantined.",
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
        let by = match named_by.len() {
            1..=3 => list(&named_by.iter().map(ToString::to_string).collect::<Vec<_>>()),
            n => several(n, "source"),
        };
        let text = match ids.len() {
            1 => sentences::silent_about_id(by, namespace, source),
            n => sentences::silent_about_ids(by, n, namespace, source),
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
        let mut what: Vec<String> = Vec::new();
        for course in spans.iter().map(|placed| course(placed.span.span_type)) {
            if !what.iter().any(|other| other == course) {
                what.push(course.to_owned());
            }
        }
        Finding::new(sentences::endless(source, list(&what)), spans)
    };
    endless.into_iter().map(finding).collect()
}
