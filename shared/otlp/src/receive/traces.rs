//! The traces of a request, and which of them belong to a journey.
//!
//! A trace belongs to a journey if one of its spans, or their resource or scope, names an interaction, or if the trace, or one
//! that it links to or names as the previous one, is known. Everything else is left out: an application's traces are far
//! more than those of customers who call.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use serde_json::Value as Json;

use super::folding::fold;
use super::interaction::{Interactions, add_previous, trace_id};
use super::item::{Around, item};
use crate::messages::{ExportTraceServiceRequest, InstrumentationScope, Resource, ResourceSpans, ScopeSpans, Span};

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
    /// The traces that it links to or names as the previous one, in hexadecimal digits.
    pub related: Vec<String>,
    /// The number of spans that were left out because the trace is large.
    pub left_out: usize,
}

/// A trace that belongs to no journey yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// In hexadecimal digits.
    pub id: String,
    /// The traces that it links to or names as the previous one, likewise.
    pub related: Vec<String>,
    /// Its spans, as a request in protobuf without compression.
    pub body: Vec<u8>,
}

impl<'a> Received<'a> {
    /// The traces of `request`.
    #[must_use]
    pub fn of(request: &'a ExportTraceServiceRequest, names: &Interactions) -> Self {
        let mut received = Self { traces: BTreeMap::new(), invalid: 0 };
        for of in &request.resource_spans {
            let resource = of.resource.as_ref();
            let scopes = || of.scope_spans.iter().map(|of| of.scope.as_ref().map_or("", |scope| scope.name.as_str()));
            let mut of_resource = BTreeSet::new();
            let mut earlier = BTreeSet::new();
            if let Some(resource) = resource {
                names.within(scopes()).add(&resource.attributes, &mut of_resource);
                add_previous(&resource.attributes, &mut earlier);
            }
            for (scope_spans, name) in of.scope_spans.iter().zip(scopes()) {
                let scope = scope_spans.scope.as_ref();
                let names = names.within([name]);
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
        let joins = |(id, trace): &(&[u8; 16], &TraceSpans<'_>)| {
            !trace.interactions.is_empty() || is_known(id) || trace.related.iter().any(is_known)
        };
        let mut relevant: BTreeSet<&[u8; 16]> = self.traces.iter().filter(joins).map(|(id, _)| id).collect();
        // What is related to a trace that belongs to a journey belongs to it, too, in either direction.
        let mut neighbours: BTreeMap<&[u8; 16], Vec<&[u8; 16]>> = BTreeMap::new();
        for (id, trace) in &self.traces {
            for other in &trace.related {
                neighbours.entry(other).or_default().push(id);
                neighbours.entry(id).or_default().push(other);
            }
        }
        let mut next: Vec<&[u8; 16]> = relevant.iter().copied().collect();
        while let Some(id) = next.pop() {
            let found = neighbours.remove(id).unwrap_or_default();
            next.extend(found.into_iter().filter(|found| relevant.insert(found)));
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
        self.but(relevant).map(|(_, trace)| trace.spans.len()).sum()
    }

    /// The traces other than `relevant`.
    #[must_use]
    pub fn others(&self, relevant: &[Trace]) -> Vec<Other> {
        let other = |(id, trace): (&[u8; 16], &TraceSpans<'_>)| Other {
            id: hex::encode(id),
            related: trace.related.iter().map(hex::encode).collect(),
            body: trace.request().encode_to_vec(),
        };
        self.but(relevant).map(other).collect()
    }

    fn but(&self, relevant: &[Trace]) -> impl Iterator<Item = (&[u8; 16], &TraceSpans<'a>)> {
        let relevant: BTreeSet<&str> = relevant.iter().map(|trace| trace.id.as_str()).collect();
        self.traces.iter().filter(move |(id, _)| !relevant.contains(hex::encode(id).as_str()))
    }
}

impl TraceSpans<'_> {
    /// The request with these spans alone.
    fn request(&self) -> ExportTraceServiceRequest {
        let mut resource_spans: Vec<ResourceSpans> = Vec::new();
        let mut last = None;
        for (span, resource, scope) in &self.spans {
            let around = (resource.map(std::ptr::from_ref), scope.map(std::ptr::from_ref));
            if last != Some(around) {
                let scope_spans = vec![ScopeSpans { scope: scope.cloned(), spans: Vec::new() }];
                resource_spans.push(ResourceSpans { resource: resource.cloned(), scope_spans });
                last = Some(around);
            }
            if let Some(scope_spans) = resource_spans.last_mut().and_then(|of| of.scope_spans.last_mut()) {
                scope_spans.spans.push((*span).clone());
            }
        }
        ExportTraceServiceRequest { resource_spans }
    }

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
        let items = folded.kept.iter().map(item).collect();
        Trace { id: hex::encode(id), items, related, left_out: folded.left_out }
    }
}
