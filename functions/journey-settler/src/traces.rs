//! Which journeys are exported as traces, and as which requests.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Journey;
use cxtrace_otlp::export::requests::{chunks, request};
use cxtrace_otlp::export::sampling::Sampling;
use cxtrace_otlp::export::{LaneSpan, Window, export};
use cxtrace_otlp::messages::ExportTraceServiceRequest;
use cxtrace_settings::{Environment, InvalidSetting, registry};
use cxtrace_trace_exporter::TraceExporter;

use crate::circuit_breaker::CircuitBreaker;

/// The export of settled journeys.
#[derive(Debug)]
pub struct Export {
    pub exporter: TraceExporter,
    pub sampling: Sampling,
    pub window: Window,
    /// Attributes of every resource.
    pub resource: BTreeMap<String, String>,
    /// Open if the receiver has just refused.
    pub breaker: CircuitBreaker,
}

/// The traces of a journey.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Traces {
    pub(crate) spans: Vec<LaneSpan>,
    /// The number of spans that the receiver would refuse for their time. They are not among `spans`.
    pub(crate) outside: usize,
}

impl Export {
    /// The export of the environment through `exporter`.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub fn read(environment: &Environment, exporter: TraceExporter) -> Result<Self, InvalidSetting> {
        let percent = u8::try_from(registry::OTLP_SAMPLE_PERCENT.read(environment)?).unwrap_or(100);
        let hours = registry::OTLP_MAX_AGE_HOURS.read(environment)?;
        Ok(Self {
            exporter,
            sampling: Sampling { percent, slow: registry::OTLP_SLOW_SECONDS.read(environment)? },
            window: Window { max_age: TimeDelta::hours(hours.into()) },
            resource: registry::OTLP_RESOURCE_ATTRIBUTES.read(environment)?,
            breaker: CircuitBreaker::default(),
        })
    }

    /// The traces of `journey`; `None` if it is not exported.
    pub(crate) fn traces(&self, journey: &Journey, now: DateTime<Utc>) -> Option<Traces> {
        if !self.sampling.keeps(journey) {
            return None;
        }
        let exported = export(journey, self.window, now);
        Some(Traces { spans: exported.spans, outside: exported.outside })
    }

    /// The requests that carry `spans`.
    pub(crate) fn requests(&self, spans: Vec<LaneSpan>) -> impl Iterator<Item = ExportTraceServiceRequest> {
        let resource: Vec<_> = self.resource.clone().into_iter().collect();
        chunks(spans).into_iter().map(move |chunk| request(chunk, &resource, env!("CARGO_PKG_VERSION")))
    }
}
