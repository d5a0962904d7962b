//! Requests within the receivers' limits: at most [`MAX_SPANS`] spans and [`MAX_BYTES`] before compression.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use crate::messages::{
    ExportTraceServiceRequest, InstrumentationScope, KeyValue, Resource, ResourceSpans, ScopeSpans, Span,
};

/// The maximum number of spans in one request.
pub const MAX_SPANS: usize = 1_000;

/// The maximum size of one request in protobuf. Datadog takes 3.2 MB.
pub const MAX_BYTES: usize = 3_000_000;

/// What a lane adds to a request, at most.
const LANE_BYTES: usize = 1_000;

/// An exported span, and the lane that it is drawn in.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneSpan {
    /// Its `service.name`.
    pub lane: String,
    pub span: Span,
}

/// The size of a span in a request.
#[must_use]
pub fn size(span: &LaneSpan) -> usize {
    span.span.encoded_len() + 8
}

/// `spans` in chunks that fit into one request each.
#[must_use]
pub fn chunks(spans: Vec<LaneSpan>) -> Vec<Vec<LaneSpan>> {
    let mut chunks: Vec<Vec<LaneSpan>> = Vec::new();
    let (mut bytes, mut lanes) = (0, BTreeSet::new());
    for span in spans {
        let more = size(&span) + if lanes.contains(&span.lane) { 0 } else { LANE_BYTES };
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < MAX_SPANS && bytes + more <= MAX_BYTES => {
                bytes += more;
                lanes.insert(span.lane.clone());
                chunk.push(span);
            }
            _ => {
                bytes = size(&span) + LANE_BYTES;
                lanes = BTreeSet::from([span.lane.clone()]);
                chunks.push(vec![span]);
            }
        }
    }
    chunks
}

/// The request of `spans`, one resource for each lane. `attributes` are added to every resource.
#[must_use]
pub fn request(spans: Vec<LaneSpan>, attributes: &[(String, String)], version: &str) -> ExportTraceServiceRequest {
    let mut lanes: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for LaneSpan { lane, span } in spans {
        lanes.entry(lane).or_default().push(span);
    }
    let resource_spans = lanes.into_iter().map(|(lane, spans)| {
        let given = attributes.iter().map(|(name, value)| KeyValue::text(name, value));
        let attributes = std::iter::once(KeyValue::text("service.name", lane)).chain(given).collect();
        // Datadog's Lambda extension skips spans without a scope.
        let scope = InstrumentationScope {
            name: "cxtrace".to_owned(),
            version: version.to_owned(),
            ..InstrumentationScope::default()
        };
        ResourceSpans {
            resource: Some(Resource { attributes }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans }],
        }
    });
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }
}
