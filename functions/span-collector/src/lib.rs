//! EventBridge events to facts: what Genesys Cloud tells of a conversation, and what any other system tells of its own
//! spans. Attributes events are for `flow-metrics`, which compares them with what their conversation has shown.

use cxtrace_lambda::pseudonyms::{PseudonymKey, PseudonymKeyError};
use cxtrace_sources::cxtrace_span::Kept;
use cxtrace_sources::{Context, Read, SourceError};
use cxtrace_store::{CorrelationTable, StoreError};
use tokio::sync::OnceCell;

/// Why an event could not be taken. It is tried again, and ends in the dead-letter queue whole.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// It cannot be read.
    #[error(transparent)]
    Event(#[from] SourceError),
    /// There is no key to conceal with what must be concealed.
    #[error("the event's ids and numbers cannot be concealed")]
    Key(#[from] PseudonymKeyError),
    /// The table does not take its facts.
    #[error("the event's facts could not be stored")]
    Store(#[from] StoreError),
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is of another topic.
    Ignored {
        /// Which.
        topic: String,
    },
    /// So many facts are stored.
    Stored(usize),
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct SpanCollector {
    table: CorrelationTable,
    key: PseudonymKey,
    kept: Kept,
    /// Made for the first event: it needs the key.
    context: OnceCell<Context>,
}

impl SpanCollector {
    /// A collector that appends to `table`, and keeps `kept` of senders' attributes.
    #[must_use]
    pub fn new(table: CorrelationTable, key: PseudonymKey, kept: Kept) -> Self {
        Self { table, key, kept, context: OnceCell::new() }
    }

    /// Takes one EventBridge event, as JSON.
    ///
    /// # Errors
    /// When it cannot be read, or its facts not stored. Taking it again is harmless.
    pub async fn handle(&self, json: &str) -> Result<Outcome, CollectError> {
        match cxtrace_sources::read(json, self.context().await?)? {
            Read::Foreign { topic } => Ok(Outcome::Ignored { topic }),
            Read::Facts(facts) => {
                if !facts.is_empty() {
                    self.table.append(&facts).await?;
                }
                Ok(Outcome::Stored(facts.len()))
            }
        }
    }

    async fn context(&self) -> Result<&Context, PseudonymKeyError> {
        let made = async || {
            let pseudonyms = self.key.pseudonyms().await?.clone();
            Ok(Context { pseudonyms, span_attributes: self.kept.clone() })
        };
        self.context.get_or_try_init(made).await
    }
}
