//! What a trace of OpenTelemetry says about a journey, by the definitions of sources.

use cxtrace_domain::journeys::Fact;
use cxtrace_otlp::receive::Trace;
use cxtrace_sources::delivery::{Delivery, Transport, read_delivery};
use cxtrace_sources::registry::Definition;
use cxtrace_sources::{Context, SourceError};
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
    /// Spans without a valid trace id and span id.
    pub invalid: usize,
}

/// The facts of a trace: by the first definition that takes it as a whole, or span by span by the definitions that take single
/// spans, and the rest by the generic one.
pub(crate) fn facts_of(trace: &Trace, delivery: &Delivery, context: &Context) -> Result<Vec<Fact>, SourceError> {
    let takes_traces = |definition: &&Definition| {
        let mut inputs = definition.inputs.iter();
        !definition.is_abstract && inputs.any(|input| input.transport == Some(Transport::Otlp))
    };
    let specific = context.registry.definitions().filter(takes_traces).map(|definition| definition.source.as_str());
    let mut facts = Vec::new();
    let mut left: Vec<&Value> = trace.items.iter().collect();
    for source in specific.filter(|source| *source != GENERIC) {
        if let Some(found) = read_by(source, &left, delivery, context)? {
            facts.extend(found);
            return Ok(facts);
        }
        let mut others = Vec::new();
        for item in left {
            match read_by(source, item, delivery, context)? {
                Some(found) => facts.extend(found),
                None => others.push(item),
            }
        }
        left = others;
        if left.is_empty() {
            return Ok(facts);
        }
    }
    facts.extend(read_by(GENERIC, &left, delivery, context)?.unwrap_or_default());
    Ok(facts)
}

/// The facts of `body` by the definition of `source`; `None` if none of its inputs takes it.
fn read_by(
    source: &str,
    body: &(impl Serialize + ?Sized),
    delivery: &Delivery,
    context: &Context,
) -> Result<Option<Vec<Fact>>, SourceError> {
    // No key of these items is anything but a text, so this cannot fail.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let delivery = Delivery { source: source.to_owned(), body, ..delivery.clone() };
    let read = read_delivery(&delivery, context)?;
    Ok(read.input.map(|_| read.facts))
}
