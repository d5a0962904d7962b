//! What is doubtful about the sources themselves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{Scene, insight};
use crate::journeys::assemble::spans::{END_LOST, Part};
use crate::journeys::assemble::status;
use crate::journeys::assemble::words::{lasting, list, the};
use crate::journeys::document::{Insight, InsightRule, Severity, Span};
use crate::journeys::fact::Source;
use crate::journeys::id::{Id, Namespace};

/// A clock that was corrected by much.
pub(super) fn clock_skew(scene: &Scene<'_>) -> Vec<Insight> {
    let much = scene.clocks.shifts().filter(|(_, shift)| shift.by.abs() >= scene.policy.skew);
    much.map(|(source, shift)| {
        let (is, shown) = if shift.by < TimeDelta::zero() { ("ahead of", "earlier") } else { ("behind", "later") };
        let by = lasting(shift.by.abs());
        let reference = &shift.reference;
        let text = format!("The clock of {source} is {by} {is} that of {reference}: its times are shown {shown}.");
        let spans = scene.parts.iter().map(|part| &part.span).filter(|span| shift.shown_by.contains(&span.key));
        insight(InsightRule::ClockSkew, Severity::Info, text, spans)
    })
    .collect()
}

/// A source that others speak of and that told nothing, or that told of a start and never of the end.
pub(super) fn missing(scene: &Scene<'_>) -> Vec<Insight> {
    let mut found = Vec::new();
    for ((source, namespace), (ids, by)) in silent(scene) {
        let text = match ids.len() {
            1 => format!("{source} told nothing of a {namespace} that others name."),
            n => format!("{source} told nothing of {n} ids of {namespace} that others name."),
        };
        let spans = by.iter().filter_map(|by| scene.parts.iter().find(|part| part.span.sources.contains(by)));
        let spans: BTreeSet<_> = spans.map(|part| part.span.key.clone()).collect();
        let spans = scene.parts.iter().map(|part| &part.span).filter(|span| spans.contains(&span.key));
        found.push(insight(InsightRule::MissingSource, Severity::Warning, text, spans));
    }
    let mut endless: BTreeMap<&Source, Vec<&Span>> = BTreeMap::new();
    for Part { span, clock, .. } in scene.parts.iter().filter(|part| part.span.flags.contains(&END_LOST)) {
        if let Some(source) = clock {
            endless.entry(source).or_default().push(span);
        }
    }
    for (source, spans) in endless {
        let mut what: Vec<_> = spans.iter().map(|span| the(span.span_type).to_owned()).collect();
        what.dedup();
        let text = format!("{source} never told the end of {}.", list(&what));
        found.push(insight(InsightRule::MissingSource, Severity::Warning, text, spans));
    }
    found
}

/// An id that was not followed.
pub(super) fn quarantined(scene: &Scene<'_>) -> Vec<Insight> {
    let mut by_namespace: BTreeMap<&Namespace, usize> = BTreeMap::new();
    for id in &scene.gathered.quarantined {
        *by_namespace.entry(id.namespace()).or_default() += 1;
    }
    let text = |(namespace, count): (&Namespace, usize)| match count {
        1 => format!("Too many share a {namespace} of this journey: nothing was joined by it."),
        n => format!("Too many share {n} ids of {namespace} of this journey: nothing was joined by them."),
    };
    let found = by_namespace.into_iter().map(text);
    found.map(|text| insight(InsightRule::QuarantinedId, Severity::Info, text, [])).collect()
}

/// Ids that were named, and by whom.
type Named<'a> = (BTreeSet<&'a Id>, BTreeSet<&'a Source>);

/// The ids that others name and whose own source has had its time, by that source.
fn silent<'a>(scene: &Scene<'a>) -> BTreeMap<(&'a Source, &'a Namespace), Named<'a>> {
    let mut silent: BTreeMap<_, Named<'a>> = BTreeMap::new();
    for silence in status::silences(scene.gathered, scene.policy).filter(|silence| silence.until <= scene.now) {
        let (ids, by) = silent.entry((silence.teller, silence.id.namespace())).or_default();
        ids.insert(silence.id);
        by.extend(silence.by);
    }
    silent
}
