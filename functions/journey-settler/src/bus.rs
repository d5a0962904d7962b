//! The journey bus: events about settled journeys, for other systems.

use std::future::Future;
use std::sync::OnceLock;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_types::SdkConfig;
use cxtrace_domain::journeys::{InsightSummary, Journey, JourneySummary};
use serde_json::{Value, json};

/// The source of every event that Cxtrace puts on a bus.
pub const SOURCE: &str = "cxtrace";

/// The maximum number of entries of one `PutEvents`.
const BATCH: usize = 10;

/// An event for the bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub detail_type: &'static str,
    pub detail: Value,
}

/// The bus did not take an event.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("events could not be put on the journey bus {bus}")]
    Request {
        bus: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bus took only some of the events.
    #[error("the journey bus {bus} did not take {failed} events ({code}). They will be sent again.")]
    Partly {
        bus: String,
        /// The number of refused events.
        failed: usize,
        /// The error code of the first of them.
        code: String,
    },
}

/// A journey bus.
pub trait Bus: Send + Sync {
    /// Sends `events`. A receiver may get an event twice.
    fn put(&self, events: Vec<Event>) -> impl Future<Output = Result<(), BusError>> + Send;
}

/// A bus of Amazon EventBridge.
#[derive(Debug, Clone)]
pub struct EventBridge {
    config: SdkConfig,
    /// Created for the first event, because most runs of the schedule settle nothing.
    client: OnceLock<Client>,
    bus: String,
}

impl EventBridge {
    #[must_use]
    pub fn new(config: SdkConfig, bus: impl Into<String>) -> Self {
        Self { config, client: OnceLock::new(), bus: bus.into() }
    }
}

impl Bus for EventBridge {
    async fn put(&self, events: Vec<Event>) -> Result<(), BusError> {
        for batch in events.chunks(BATCH) {
            let entry = |event: &Event| {
                PutEventsRequestEntry::builder()
                    .event_bus_name(&self.bus)
                    .source(SOURCE)
                    .detail_type(event.detail_type)
                    .detail(event.detail.to_string())
                    .build()
            };
            let client = self.client.get_or_init(|| Client::new(&self.config));
            let request = client.put_events().set_entries(Some(batch.iter().map(entry).collect()));
            let response = request.send().await;
            let response =
                response.map_err(|error| BusError::Request { bus: self.bus.clone(), source: error.into() })?;
            let failed: Vec<_> = response.entries().iter().filter_map(|entry| entry.error_code()).collect();
            if let Some(code) = failed.first() {
                let (failed, code) = (failed.len(), (*code).to_owned());
                return Err(BusError::Partly { bus: self.bus.clone(), failed, code });
            }
        }
        Ok(())
    }
}

/// The events of a settled journey: one with its summary, and one for each insight, so that a rule on the bus can match
/// single insights.
#[must_use]
pub fn events(journey: &Journey) -> Vec<Event> {
    let summary = JourneySummary::of(journey);
    let settled = Event { detail_type: "Journey Settled", detail: json!(summary) };
    let insight = |insight: &InsightSummary| Event {
        detail_type: "Insight Detected",
        detail: json!({
            "journey": journey.id,
            "revision": journey.revision,
            "rule": insight.rule,
            "severity": insight.severity,
            "text": insight.text,
            "started_at": journey.started_at,
            "platforms": summary.platforms,
        }),
    };
    std::iter::once(settled).chain(summary.insights.iter().map(insight)).collect()
}
