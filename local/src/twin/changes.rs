//! What has changed in the state table, for those whom it wakes.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use serde_json::{Value, json};

use super::stream::{StreamChanges, StreamError};
use crate::engine::Engine;
use crate::wiring::{self, Handler};

/// Where changes are told.
#[derive(Debug)]
pub(crate) enum Changes {
    /// The embedded engine tells them at once.
    Engine(Engine),
    /// A DynamoDB stream tells them soon.
    Stream(Box<StreamChanges>),
}

/// Changes could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The stream does not answer.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A record is not as Lambda would hand it over.
    #[error("a change of the state table cannot be read")]
    Record(#[from] serde_json::Error),
}

impl Changes {
    /// Those that wake the publisher, oldest first, each once. `expected` is how many there should be: a
    /// stream is waited for, for a moment.
    pub(crate) async fn take(&mut self, expected: usize) -> Result<Vec<EventRecord>, ChangesError> {
        let records = match self {
            Self::Engine(engine) => engine
                .take_changes(0, usize::MAX)
                .into_iter()
                .filter(|change| wakes_publisher(change.event_name(), change.sort_key()))
                .map(|change| change.record())
                .collect(),
            Self::Stream(stream) => stream.take(expected).await?,
        };
        // The way that Lambda's JSON takes, so that the twin's publisher is handed what the deployed one is.
        let event: Event = serde_json::from_value(json!({"Records": Value::Array(records)}))?;
        Ok(event.records)
    }
}

pub(crate) fn wakes_publisher(event_name: &str, sort_key: &str) -> bool {
    wiring::of_change(event_name, sort_key) == Some(Handler::MetricsPublisher)
}
