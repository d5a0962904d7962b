//! What has changed in a table, for those whom it wakes.

use cxtrace_store::stream::{StreamBatch, StreamRecord};
use serde_json::{Value, json};

use super::stream::{StreamChanges, StreamError};
use crate::engine::Engine;
use crate::wiring::{self, Handler};

/// The changes of a table that wake one function.
#[derive(Debug)]
pub(crate) struct Changes {
    /// Which.
    wakes: Handler,
    told: Told,
}

/// Where changes are told.
#[derive(Debug)]
pub(crate) enum Told {
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
    #[error("a change of a table cannot be read")]
    Record(#[from] serde_json::Error),
}

impl Changes {
    /// The changes that `told` tells of and that wake `wakes`.
    pub(crate) fn new(wakes: Handler, told: Told) -> Self {
        Self { wakes, told }
    }

    /// Whether a change may be told of some time after it was made.
    pub(crate) fn are_told_late(&self) -> bool {
        matches!(self.told, Told::Stream(_))
    }

    /// Takes them, oldest first, each once. `expected` is how many there should be: a stream is waited for, for a
    /// moment.
    pub(crate) async fn take(&mut self, expected: usize) -> Result<Vec<StreamRecord>, ChangesError> {
        let wakes = |event_name: &str, sort_key: &str| wiring::of_change(event_name, sort_key) == Some(self.wakes);
        let records = match &mut self.told {
            Told::Engine(engine) => engine
                .take_changes(0, usize::MAX)
                .into_iter()
                .filter(|change| wakes(change.event_name(), change.sort_key()))
                .map(|change| change.record())
                .collect(),
            Told::Stream(stream) => stream.take(expected, &wakes).await?,
        };
        // The way that Lambda's JSON takes, so that the twin's functions are handed what the deployed ones are.
        let event: StreamBatch = serde_json::from_value(json!({"Records": Value::Array(records)}))?;
        Ok(event.records)
    }
}
