//! Which journeys are exported as traces, and as which requests.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::Journey;
use cxtrace_otlp::export::requests::{chunks, request};
use cxtrace_otlp::export::sampling::Sampling;
use cxtrace_otlp::export::{Before, LaneSpan, Window, export_since, lost};
use cxtrace_otlp::messages::ExportTraceServiceRequest;
use cxtrace_settings::{Environment, InvalidSetting, registry};
use cxtrace_store::correlation::Exported;
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
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Traces {
    pub(crate) spans: Vec<LaneSpan>,
    /// The number of spans that the receiver would refuse for their time, and that it does not have from an earlier export.
    pub(crate) lost: usize,
    /// The number of spans of the whole journey. After this export, each was sent or counted.
    pub(crate) whole: u64,
    /// When the journey settles, if these are the traces of a part of it that goes on.
    pub(crate) settles_at: Option<DateTime<Utc>>,
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

    /// The traces of `journey`, without what `before` says was exported. `None` if the journey is not exported.
    pub(crate) fn traces(&self, journey: &Journey, before: Option<Exported>, now: DateTime<Utc>) -> Option<Traces> {
        self.traces_since(journey, before, None, now)
    }

    /// The traces of what happened since the last export in a `journey` that goes on.
    pub(crate) fn part(&self, journey: &Journey, before: Option<Exported>, now: DateTime<Utc>) -> Option<Traces> {
        let since = before.map(|before| before.until);
        let traces = self.traces_since(journey, before, since, now)?;
        Some(Traces { settles_at: Some(journey.settles_at.0), ..traces })
    }

    fn traces_since(
        &self,
        journey: &Journey,
        before: Option<Exported>,
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<Traces> {
        if !self.sampling.keeps(journey) {
            return None;
        }
        let spans = |Exported { until, spans }| Before { until, spans: usize::try_from(spans).unwrap_or(usize::MAX) };
        Some(Traces {
            spans: export_since(journey, self.window, now, since).spans,
            lost: lost(journey, self.window, now, before.map(spans)),
            whole: journey.spans.len() as u64,
            settles_at: None,
        })
    }

    /// The requests that carry `spans`.
    pub(crate) fn requests(&self, spans: Vec<LaneSpan>) -> impl Iterator<Item = ExportTraceServiceRequest> {
        let resource: Vec<_> = self.resource.clone().into_iter().collect();
        chunks(spans).into_iter().map(move |chunk| request(chunk, &resource, env!("CARGO_PKG_VERSION")))
    }
}
