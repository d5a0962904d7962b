//! Handing events to the functions that they wake, as EventBridge and Lambda do.

use std::sync::Arc;
use std::time::Duration;

use cxtrace_clock::{Clock, SystemClock};
use flow_metrics::{FlowMetrics, IngestError};
use span_collector::{CollectError, SpanCollector};

use crate::failure::told;
use crate::wiring::{self, Handler};

/// The pauses after which an event is taken again when the table does not answer.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Its facts are stored.
    Processed {
        /// How many of them are new.
        new: usize,
    },
    /// It is of a topic that wakes nobody.
    Ignored,
    /// It cannot be read. It never will be.
    Unreadable(String),
    /// Its facts could not be stored, again and again.
    NotStored(String),
}

/// The ingest functions.
#[derive(Debug, Clone)]
pub struct Ingest {
    pub(super) flow_metrics: Arc<FlowMetrics>,
    pub(super) span_collector: Arc<SpanCollector>,
}

/// Why an event was not taken.
enum NotTaken {
    Unreadable(String),
    NotStored(String),
}

impl Ingest {
    /// Takes one event of the topic that it states.
    pub async fn take(&self, topic: Option<&str>, json: &str) -> Taken {
        let Some(handler) = wiring::of_event(topic) else { return Taken::Ignored };
        let mut pauses = PAUSES.into_iter();
        loop {
            let taken = match handler {
                Handler::SpanCollector => self.collect(json).await,
                _ => self.count(json).await,
            };
            match (taken, pauses.next()) {
                (Ok(taken), _) => return taken,
                (Err(NotTaken::Unreadable(reason)), _) => return Taken::Unreadable(reason),
                (Err(NotTaken::NotStored(_)), Some(pause)) => SystemClock.sleep(pause).await,
                (Err(NotTaken::NotStored(reason)), None) => return Taken::NotStored(reason),
            }
        }
    }

    async fn count(&self, json: &str) -> Result<Taken, NotTaken> {
        // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
        match Box::pin(self.flow_metrics.handle(json)).await {
            Ok(flow_metrics::Outcome::Processed(counted)) => Ok(Taken::Processed { new: counted.new }),
            Ok(flow_metrics::Outcome::Ignored { .. }) => Ok(Taken::Ignored),
            Err(error @ IngestError::Event(_)) => Err(NotTaken::Unreadable(told(&error))),
            Err(error) => Err(NotTaken::NotStored(told(&error))),
        }
    }

    async fn collect(&self, json: &str) -> Result<Taken, NotTaken> {
        match Box::pin(self.span_collector.handle(json)).await {
            // Its facts wake the assembler, and nobody who counts.
            Ok(span_collector::Outcome::Stored(_)) => Ok(Taken::Processed { new: 0 }),
            Ok(span_collector::Outcome::Ignored { .. }) => Ok(Taken::Ignored),
            Err(error @ CollectError::Event(_)) => Err(NotTaken::Unreadable(told(&error))),
            Err(error) => Err(NotTaken::NotStored(told(&error))),
        }
    }
}
