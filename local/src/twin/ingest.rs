//! Passes events to the handlers that they wake, as EventBridge and Lambda do.

use std::sync::Arc;
use std::time::Duration;

use cxtrace_clock::{Backoff, Clock, RandomJitter, SystemClock};
use cxtrace_sources::delivery::Delivery;
use flow_metrics::{FlowMetrics, IngestError};
use span_collector::{CollectError, SpanCollector};

use super::recorded_signatures::RecordedSignatures;
use crate::failure::describe;
use crate::wiring::{self, Handler};

/// The number of attempts with an event, while the table does not respond.
const MAX_ATTEMPTS: u32 = 3;

/// The back-off between them.
const BACK_OFF: Backoff = Backoff { first: Duration::from_millis(500), max: Duration::from_secs(2) };

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
    /// Checks recorded webhooks. `None` takes all.
    pub(super) signatures: Option<RecordedSignatures>,
}

/// Why an event failed.
enum IngestFailure {
    Unreadable(String),
    NotStored(String),
}

impl Ingest {
    /// The collector, for the transports that are no events.
    #[must_use]
    pub fn collector(&self) -> Arc<SpanCollector> {
        self.span_collector.clone()
    }

    /// Processes one EventBridge event, or one recorded delivery of another transport. `topic` is its `detail-type`.
    pub async fn take(&self, topic: Option<&str>, json: &str) -> Ingested {
        let delivery = if topic.is_none() { Delivery::from_recording(json) } else { Ok(None) };
        let delivery = match delivery {
            // An EventBridge event is read by its topic.
            Ok(delivery) => delivery.filter(|delivery| delivery.envelope.is_none()),
            Err(error) => return Ingested::Unreadable(describe(&error)),
        };
        if let Some((signatures, delivery)) = self.signatures.as_ref().zip(delivery.as_ref())
            && let Err(reason) = signatures.check(delivery)
        {
            return Ingested::Unreadable(reason);
        }
        // Any other event may be of a source whose definition takes it. The collector ignores the rest.
        let handler = wiring::of_event(topic).unwrap_or(Handler::SpanCollector);
        let mut attempt = 1;
        loop {
            let taken = match (&delivery, handler) {
                (Some(delivery), _) => self.collect_delivery(delivery).await,
                (None, Handler::SpanCollector) => self.collect(json).await,
                (None, _) => self.count(json).await,
            };
            match taken {
                Ok(taken) => return taken,
                Err(IngestFailure::Unreadable(reason)) => return Ingested::Unreadable(reason),
                Err(IngestFailure::NotStored(reason)) if attempt == MAX_ATTEMPTS => return Ingested::NotStored(reason),
                Err(IngestFailure::NotStored(_)) => SystemClock.sleep(BACK_OFF.pause(attempt, &RandomJitter)).await,
            }
            attempt += 1;
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
        Self::collected(Box::pin(self.span_collector.handle(json)).await)
    }

    async fn collect_delivery(&self, delivery: &Delivery) -> Result<Ingested, IngestFailure> {
        Self::collected(Box::pin(self.span_collector.take(delivery)).await)
    }

    fn collected(outcome: Result<span_collector::Outcome, CollectError>) -> Result<Ingested, IngestFailure> {
        match outcome {
            // Its facts wake the assembler, not the publisher.
            Ok(span_collector::Outcome::Stored(_)) => Ok(Ingested::Processed { new: 0 }),
            Ok(span_collector::Outcome::Ignored { .. }) => Ok(Ingested::Ignored),
            Err(error @ (CollectError::Event(_) | CollectError::Traces(_))) => {
                Err(IngestFailure::Unreadable(describe(&error)))
            }
            Err(error) => Err(IngestFailure::NotStored(describe(&error))),
        }
    }
}
