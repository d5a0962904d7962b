//! What a trace of OpenTelemetry says about a journey, by the definitions of sources.

use std::collections::BTreeSet;

use cxtrace_domain::journeys::{Fact, Namespace};
use cxtrace_otlp::receive::{Interactions, Trace};
use cxtrace_sources::Context;
use cxtrace_sources::delivery::{Delivery, read_delivery};
use cxtrace_sources::registry::Registry;
use serde::Serialize;
use serde_json::Value;

/// The definition that reads the traces that no other one takes.
const GENERIC: &str = "otlp";

/// What became of a request's spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TracesTaken {
    /// The number of facts.
    pub facts: usize,
    /// Spans of traces that belong to no journey.
    pub irrelevant: usize,
    /// Spans of large traces that were left out.
    pub left_out: usize,
    /// Spans without a valid trace id and span id, and spans that no definition can read.
    pub invalid: usize,
    /// Traces of earlier requests that were found to belong to a journey.
    pub late: usize,
}

/// The names of attributes that hold ids: those of `interactions`, and those of each library's definition in its spans.
pub(crate) fn names(interactions: &Interactions, registry: &Registry) -> Interactions {
    let patterns = registry.span_sources().flat_map(|(_, patterns)| patterns);
    patterns.filter(|pattern| !pattern.ids.is_empty()).fold(interactions.clone(), |names, pattern| {
        let ids = pattern.ids.iter().filter_map(|(name, namespace)| Some((name.clone(), Namespace::read(namespace)?)));
        names.with_library(&pattern.scopes, ids)
    })
}

/// The facts of a trace, and the number of spans that no definition can read. The first definition that takes the trace as a
/// whole reads it; or those that take single spans read these, and the generic one reads the rest.
pub(crate) fn facts_of(trace: &Trace, delivery: &Delivery, context: &Context) -> (Vec<Fact>, usize) {
    let mut reading = Reading { delivery, context, facts: Vec::new(), unreadable: 0 };
    let mut left: Vec<&Value> = trace.items.iter().collect();
    let scopes: BTreeSet<&str> = trace.items.iter().filter_map(|item| item["scope"]["name"].as_str()).collect();
    for (source, patterns) in context.registry.span_sources().filter(|(source, _)| *source != GENERIC) {
        if !patterns.iter().any(|pattern| scopes.iter().any(|scope| pattern.matches(scope))) {
            continue;
        }
        if reading.take(source, &left) {
            return (reading.facts, reading.unreadable);
        }
        left.retain(|item| !reading.take_one(source, item));
        if left.is_empty() {
            break;
        }
    }
    reading.take_all(GENERIC, &left);
    (reading.facts, reading.unreadable)
}

/// What was read of a trace.
struct Reading<'a> {
    delivery: &'a Delivery,
    context: &'a Context,
    facts: Vec<Fact>,
    unreadable: usize,
}

impl Reading<'_> {
    /// Reads several spans at once. Gives whether the definition takes them as a whole.
    fn take(&mut self, source: &str, items: &[&Value]) -> bool {
        match self.read(source, &items) {
            Ok(None) => false,
            Ok(Some(facts)) => {
                self.facts.extend(facts);
                true
            }
            // It takes them, and they are too large for one document.
            Err(_) => {
                self.take_halves(source, items);
                true
            }
        }
    }

    /// Reads several spans that the definition takes. A trace that is too large for one document is read in parts.
    fn take_all(&mut self, source: &str, items: &[&Value]) {
        match self.read(source, &items) {
            Ok(facts) => self.facts.extend(facts.unwrap_or_default()),
            Err(_) => self.take_halves(source, items),
        }
    }

    fn take_halves(&mut self, source: &str, items: &[&Value]) {
        match items.len() {
            0 => {}
            1 => self.unreadable += 1,
            several => {
                let (first, second) = items.split_at(several / 2);
                self.take_all(source, first);
                self.take_all(source, second);
            }
        }
    }

    /// Reads one span. Gives whether the definition takes it.
    fn take_one(&mut self, source: &str, item: &Value) -> bool {
        match self.read(source, item) {
            Ok(None) => return false,
            Ok(Some(facts)) => self.facts.extend(facts),
            Err(_) => self.unreadable += 1,
        }
        true
    }

    /// The facts of `body`; `None` if no input of the source takes it. An error, if a part of it is refused.
    fn read(&self, source: &str, body: &(impl Serialize + ?Sized)) -> Result<Option<Vec<Fact>>, Unreadable> {
        // No key of these items is anything but a text, so this cannot fail.
        let body = serde_json::to_vec(body).unwrap_or_default();
        let delivery = Delivery { source: source.to_owned(), body, ..self.delivery.clone() };
        match read_delivery(&delivery, self.context) {
            Ok(read) if read.refused.is_some() => Err(Unreadable),
            Ok(read) => Ok(read.input.map(|_| read.facts)),
            Err(_) => Err(Unreadable),
        }
    }
}

/// A definition takes the spans, and cannot read them.
struct Unreadable;
