//! Handing events to the functions that they wake, as EventBridge and Lambda do.

use std::sync::Arc;
use std::time::Duration;

use cxtrace_runtime::time::{Clock, SystemClock};
use flow_metrics::{FlowMetrics, IngestError, Outcome};

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
pub struct Ingest(pub(super) Arc<FlowMetrics>);

impl Ingest {
    /// Takes one event of the topic that it states.
    pub async fn take(&self, topic: Option<&str>, json: &str) -> Taken {
        if wiring::of_event(topic) != Some(Handler::FlowMetrics) {
            return Taken::Ignored;
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            // Boxed: the SDK's futures nest too deep for the compiler to lay out in one piece.
            match Box::pin(self.0.handle(json)).await {
                Ok(Outcome::Processed(counted)) => return Taken::Processed { new: counted.new },
                Ok(Outcome::Ignored { .. }) => return Taken::Ignored,
                Err(error @ IngestError::Event(_)) => return Taken::Unreadable(told(&error)),
                Err(error @ IngestError::Store(_)) => match pauses.next() {
                    Some(pause) => SystemClock.sleep(pause).await,
                    None => return Taken::NotStored(told(&error)),
                },
            }
        }
    }
}
