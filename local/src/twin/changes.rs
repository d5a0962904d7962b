//! The changes of a table, for the function that they wake.

use cxtrace_store::stream::{StreamBatch, StreamRecord};
use serde_json::{Value, json};

use super::stream::{StreamChanges, StreamError};
use crate::engine::Engine;
use crate::wiring::{self, Handler};

/// The changes of a table that wake one function.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The function.
    wakes: Handler,
    feed: ChangeFeed,
}

/// The source of a table's changes.
#[derive(Debug)]
pub(crate) enum ChangeFeed {
    /// The embedded engine, which has them at once.
    Engine(Engine),
    /// A DynamoDB stream, which has them after a delay.
    Stream(Box<StreamChanges>),
}

/// Changes could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The stream does not respond.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A record does not have the form of a Lambda event.
    #[error("a change of a table cannot be read")]
    Record(#[from] serde_json::Error),
}

impl Changes {
    /// The changes of `feed` that wake `wakes`.
    pub(crate) fn new(wakes: Handler, feed: ChangeFeed) -> Self {
        Self { wakes, feed }
    }

    /// Whether a change may appear some time after it was made.
    pub(crate) fn is_delayed(&self) -> bool {
        matches!(self.feed, ChangeFeed::Stream(_))
    }

    /// Takes the changes, oldest first, each once. A stream is read until it has `expected` changes, for one second at
    /// most.
    pub(crate) async fn take(&mut self, expected: usize) -> Result<Vec<StreamRecord>, ChangesError> {
        let wakes = |event_name: &str, sort_key: &str| wiring::of_change(event_name, sort_key) == Some(self.wakes);
        let records = match &mut self.feed {
            ChangeFeed::Engine(engine) => engine
                .take_changes(0, usize::MAX)
                .into_iter()
                .filter(|change| wakes(change.event_name(), change.sort_key()))
                .map(|change| change.record())
                .collect(),
            ChangeFeed::Stream(stream) => stream.take(expected, &wakes).await?,
        };
        // Through JSON, as on Lambda, so that the handlers receive exactly what the deployed ones receive.
        let batch: StreamBatch = serde_json::from_value(json!({"Records": Value::Array(records)}))?;
        Ok(batch.records)
    }
}
