//! Passes events to the handlers that they wake, as EventBridge and Lambda do.

use std::sync::Arc;
use std::time::Duration;

use cxtrace_clock::{Clock, SystemClock};
use flow_metrics::{FlowMetrics, IngestError};
use span_collector::{CollectError, SpanCollector};

use crate::failure::describe;
use crate::wiring::{self, Handler};

/// The pauses before an event is retried, when the table does not respond.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// The result of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// Its facts are stored.
    Processed {
        /// How many of them are new.
        new: usize,
    },
    /// No handler takes its topic.
    Ignored,
    /// It cannot be read. A retry would not help.
    Unreadable(String),
    /// Its facts could not be stored, after all retries.
    NotStored(String),
}

/// The ingest functions.
#[derive(Debug, Clone)]
pub struct Ingest {
    pub(super) flow_metrics: Arc<FlowMetrics>,
    pub(super) span_collector: Arc<SpanCollector>,
}

/// Why an event failed.
enum IngestFailure {
    Unreadable(String),
    NotStored(String),
}

impl Ingest {
    /// Processes one event. `topic` is its `detail-type`.
    pub async fn take(&self, topic: Option<&str>, json: &str) -> Ingested {
        let Some(handler) = wiring::of_event(topic) else { return Ingested::Ignored };
        let mut pauses = PAUSES.into_iter();
        loop {
            let taken = match handler {
                Handler::SpanCollector => self.collect(json).await,
                _ => self.count(json).await,
            };
            match (taken, pauses.next()) {
                (Ok(taken), _) => return taken,
                (Err(IngestFailure::Unreadable(reason)), _) => return Ingested::Unreadable(reason),
                (Err(IngestFailure::NotStored(_)), Some(pause)) => SystemClock.sleep(pause).await,
                (Err(IngestFailure::NotStored(reason)), None) => return Ingested::NotStored(reason),
            }
        }
    }

    async fn count(&self, json: &str) -> Result<Ingested, IngestFailure> {
        // Boxed: the SDK's futures are nested too deep for the compiler's layout of types.
        match Box::pin(self.flow_metrics.handle(json)).await {
            Ok(flow_metrics::Outcome::Processed(counted)) => Ok(Ingested::Processed { new: counted.new }),
            Ok(flow_metrics::Outcome::Ignored { .. }) => Ok(Ingested::Ignored),
            Err(error @ IngestError::Event(_)) => Err(IngestFailure::Unreadable(describe(&error))),
            Err(error) => Err(IngestFailure::NotStored(describe(&error))),
        }
    }

    async fn collect(&self, json: &str) -> Result<Ingested, IngestFailure> {
        match Box::pin(self.span_collector.handle(json)).await {
            // Its facts wake the assembler, not the publisher.
            Ok(span_collector::Outcome::Stored(_)) => Ok(Ingested::Processed { new: 0 }),
            Ok(span_collector::Outcome::Ignored { .. }) => Ok(Ingested::Ignored),
            Err(error @ CollectError::Event(_)) => Err(IngestFailure::Unreadable(describe(&error))),
            Err(error) => Err(IngestFailure::NotStored(describe(&error))),
        }
    }
}
