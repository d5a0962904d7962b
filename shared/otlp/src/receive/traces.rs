//! The traces of a request, and which of them belong to a journey.
//!
//! A trace belongs to a journey if one of its spans, or their resource or scope, names an interaction, or if the trace, or one
//! that it links to or names as the previous one, is known. Everything else is left out: an application's traces are far
//! more than those of customers who call.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::folding::fold;
use super::interaction::{Interactions, add_previous, trace_id};
use super::item::{Around, item};
use crate::messages::{ExportTraceServiceRequest, InstrumentationScope, Resource, Span};

/// A span with more links belongs to work on many traces at once, such as a batch. Its links join nothing.
const MAX_LINKS: usize = 4;

/// A request, by traces.
#[derive(Debug)]
pub struct Received<'a> {
    traces: BTreeMap<[u8; 16], TraceSpans<'a>>,
    /// The number of spans without a valid trace id and span id.
    pub invalid: usize,
}

#[derive(Debug, Default)]
struct TraceSpans<'a> {
    spans: Vec<(&'a Span, Option<&'a Resource>, Option<&'a InstrumentationScope>)>,
    interactions: BTreeSet<String>,
    related: BTreeSet<[u8; 16]>,
}

/// A trace that belongs to a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// In hexadecimal digits.
    pub id: String,
    /// The items of its spans, for the mapping of a definition.
    pub items: Vec<Json>,
    /// The number of spans that were left out because the trace is large.
    pub left_out: usize,
}

impl<'a> Received<'a> {
    /// The traces of `request`.
    #[must_use]
    pub fn of(request: &'a ExportTraceServiceRequest, names: &Interactions) -> Self {
        let mut received = Self { traces: BTreeMap::new(), invalid: 0 };
        for of in &request.resource_spans {
            let resource = of.resource.as_ref();
            let mut of_resource = BTreeSet::new();
            let mut earlier = BTreeSet::new();
            if let Some(resource) = resource {
                names.add(&resource.attributes, &mut of_resource);
                add_previous(&resource.attributes, &mut earlier);
            }
            for scope_spans in &of.scope_spans {
                let scope = scope_spans.scope.as_ref();
                let mut named = of_resource.clone();
                if let Some(scope) = scope {
                    names.add(&scope.attributes, &mut named);
                }
                for span in &scope_spans.spans {
                    let is_valid = span.span_id.len() == 8 && span.span_id != [0; 8];
                    let Some(id) = trace_id(&span.trace_id).filter(|_| is_valid) else {
                        received.invalid += 1;
                        continue;
                    };
                    let trace = received.traces.entry(id).or_default();
                    trace.interactions.extend(named.iter().cloned());
                    trace.related.extend(earlier.iter().copied());
                    names.add(&span.attributes, &mut trace.interactions);
                    add_previous(&span.attributes, &mut trace.related);
                    let links = if span.links.len() > MAX_LINKS { &[] } else { span.links.as_slice() };
                    for link in links {
                        trace.related.extend(trace_id(&link.trace_id));
                        names.add(&link.attributes, &mut trace.interactions);
                    }
                    for event in &span.events {
                        names.add(&event.attributes, &mut trace.interactions);
                    }
                    trace.spans.push((span, resource, scope));
                }
            }
        }
        received
    }

    /// The traces that the table must be asked about, in hexadecimal digits: those that name no interaction, and what they
    /// relate to.
    #[must_use]
    pub fn unknown(&self) -> BTreeSet<String> {
        let asked = self.traces.iter().filter(|(_, trace)| trace.interactions.is_empty());
        asked.flat_map(|(id, trace)| std::iter::once(id).chain(&trace.related)).map(hex::encode).collect()
    }

    /// The traces that belong to a journey, if the table knows the traces `known`.
    #[must_use]
    pub fn relevant(&self, known: &BTreeSet<String>) -> Vec<Trace> {
        let is_known = |id: &[u8; 16]| known.contains(&hex::encode(id));
        let mut relevant: BTreeSet<&[u8; 16]> = self
            .traces
            .iter()
            .filter(|(id, trace)| !trace.interactions.is_empty() || is_known(id) || trace.related.iter().any(is_known))
            .map(|(id, _)| id)
            .collect();
        // A trace of this request may be related to another one of it that belongs to a journey.
        loop {
            let joins = |(id, trace): &(&[u8; 16], &TraceSpans<'_>)| {
                !relevant.contains(*id) && trace.related.iter().any(|other| relevant.contains(other))
            };
            let more: Vec<_> = self.traces.iter().filter(joins).map(|(id, _)| id).collect();
            if more.is_empty() {
                break;
            }
            relevant.extend(more);
        }
        relevant
            .into_iter()
            .filter_map(|id| Some((id, self.traces.get(id)?)))
            .map(|(id, trace)| trace.items(id))
            .collect()
    }

    /// The number of spans in traces other than `relevant`.
    #[must_use]
    pub fn irrelevant(&self, relevant: &[Trace]) -> usize {
        let is_relevant = |id: &[u8; 16]| relevant.iter().any(|trace| trace.id == hex::encode(id));
        self.traces.iter().filter(|(id, _)| !is_relevant(id)).map(|(_, trace)| trace.spans.len()).sum()
    }
}

impl TraceSpans<'_> {
    fn items(&self, id: &[u8; 16]) -> Trace {
        let spans: Vec<_> = self.spans.iter().map(|(span, ..)| *span).collect();
        let folded = fold(&spans);
        let interactions: Vec<_> = self.interactions.iter().cloned().collect();
        let related: Vec<_> = self.related.iter().map(hex::encode).collect();
        let mut left_out = folded.left_out;
        let item = |at: &usize| {
            let (span, resource, scope) = self.spans[*at];
            let parent = folded.parents.get(at).unwrap_or(&span.parent_span_id);
            // The first kept span without a parent in the request tells how many were left out.
            let is_entry = !spans.iter().any(|other| other.span_id == *parent);
            let folded = if is_entry { std::mem::take(&mut left_out) } else { 0 };
            item(span, parent, Around { resource, scope, interactions: &interactions, related: &related, folded })
        };
        Trace { id: hex::encode(id), items: folded.kept.iter().map(item).collect(), left_out: folded.left_out }
    }
}
