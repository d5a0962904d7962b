//! Turns EventBridge events into facts: Genesys Cloud's conversation events, and events of any other system. Records of Kinesis
//! streams and other deliveries become facts in the same way. The function `flow-metrics` reads attributes events.

pub mod kinesis;
mod otlp;
pub mod records;
mod traces;
mod unreadable;
mod waiting;
pub mod wiring;

use std::sync::{Mutex, OnceLock};

use cxtrace_domain::journeys::Fact;
use cxtrace_lambda::own_traces::work;
use cxtrace_lambda::pseudonyms::{PseudonymKey, PseudonymKeyError};
use cxtrace_otlp::receive::{Interactions, Refusal};
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::delivery::{Delivery, Dropped, Transport, read_delivery};
use cxtrace_sources::registry::Undeclared;
use cxtrace_sources::{Context, Read, SourceError};
use cxtrace_store::{CorrelationTable, StoreError};
use tokio::sync::OnceCell;

pub use traces::TracesTaken;
pub use unreadable::UnreadableFields;
use waiting::Waiting;

/// Why an event could not be stored. Lambda retries it, and then sends it to the dead-letter queue unchanged.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The event cannot be read.
    #[error(transparent)]
    Event(#[from] SourceError),
    /// The request with spans cannot be read.
    #[error(transparent)]
    Traces(#[from] Refusal),
    /// The key of pseudonyms is not available.
    #[error("the event's ids and numbers cannot be hashed")]
    Key(#[from] PseudonymKeyError),
    /// The table could not be written.
    #[error("the event's facts could not be stored")]
    Store(#[from] StoreError),
}

/// The result of handling an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No reader takes the event's topic, or no input of the delivery's source takes the delivery.
    Ignored { topic: String },
    /// This many facts were stored.
    Stored(usize),
}

/// The function's state between invocations.
#[derive(Debug)]
pub struct SpanCollector {
    table: CorrelationTable,
    key: PseudonymKey,
    span_attributes: Allowlist,
    undeclared: Undeclared,
    has_examples: bool,
    interactions: Interactions,
    /// The same, with the names of the definitions.
    names: OnceLock<Interactions>,
    waiting: Mutex<Waiting>,
    /// Made at the first event, because it needs the key.
    context: OnceCell<Context>,
    unreadable: Option<UnreadableFields>,
}

impl SpanCollector {
    /// A collector that appends to `table`, and stores `span_attributes` of senders' spans.
    #[must_use]
    pub fn new(table: CorrelationTable, key: PseudonymKey, span_attributes: Allowlist) -> Self {
        Self {
            table,
            key,
            span_attributes,
            undeclared: Undeclared::default(),
            has_examples: false,
            interactions: Interactions::default(),
            names: OnceLock::new(),
            waiting: Mutex::default(),
            context: OnceCell::new(),
            unreadable: None,
        }
    }

    /// The collector, which treats senders that no definition declares in this way.
    #[must_use]
    pub fn with_undeclared(self, undeclared: Undeclared) -> Self {
        Self { undeclared, ..self }
    }

    /// The collector, which takes events of the examples' senders if `has_examples`.
    #[must_use]
    pub fn with_examples(self, has_examples: bool) -> Self {
        Self { has_examples, ..self }
    }

    /// The collector, which finds ids of interactions under these names of attributes in spans of OpenTelemetry.
    #[must_use]
    pub fn with_interactions(self, interactions: Interactions) -> Self {
        Self { interactions, ..self }
    }

    /// The collector, which also counts the fields that it cannot read.
    #[must_use]
    pub fn with_counts(self, unreadable: UnreadableFields) -> Self {
        Self { unreadable: Some(unreadable), ..self }
    }

    /// Stores the facts of one EventBridge event, given as JSON.
    ///
    /// # Errors
    /// When the event cannot be read, or its facts cannot be stored. Handling it again changes nothing.
    pub async fn handle(&self, json: &str) -> Result<Outcome, CollectError> {
        match cxtrace_sources::read(json, self.context().await?)? {
            Read::Foreign { topic } => Ok(Outcome::Ignored { topic }),
            Read::Facts(facts) => self.store(&facts).await,
        }
    }

    /// Stores the facts of one delivery of any transport.
    ///
    /// # Errors
    /// When the delivery cannot be read, or its facts cannot be stored. Handling it again changes nothing.
    pub async fn take(&self, delivery: &Delivery) -> Result<Outcome, CollectError> {
        // Samples of definitions hold the items of a trace, not a request.
        if delivery.transport == Transport::Otlp && !delivery.body.starts_with(b"[") {
            return Ok(Outcome::Stored(self.take_traces(delivery).await?.facts));
        }
        let read = read_delivery(delivery, self.context().await?)?;
        if let Some(Dropped { path, why }) = &read.refused {
            tracing::error!(
                source = read.source,
                path,
                reason = why,
                "a part of a delivery cannot be read and is left out"
            );
        }
        if read.input.is_none() {
            if let Some(counts) = &self.unreadable {
                counts.count_unmatched(&read.source, delivery).await?;
            }
            return Ok(Outcome::Ignored { topic: read.source });
        }
        self.store(&read.facts).await
    }

    async fn store(&self, facts: &[Fact]) -> Result<Outcome, CollectError> {
        let stored: Vec<_> = facts.iter().filter(|fact| !fact.is_void()).cloned().collect();
        stored.iter().for_each(|fact| work::journey(fact.anchor.journey()));
        if !stored.is_empty() {
            self.table.append(&stored).await?;
        }
        if let Some(unreadable) = &self.unreadable {
            for fact in facts.iter().filter(|fact| !fact.unreadable.is_empty() || !fact.meaningless.is_empty()) {
                unreadable.count(fact).await?;
            }
        }
        Ok(Outcome::Stored(stored.len()))
    }

    async fn context(&self) -> Result<&Context, PseudonymKeyError> {
        let made = async || {
            let pseudonyms = self.key.pseudonyms().await?.clone();
            let context = Context::new(pseudonyms, self.span_attributes.clone());
            let context = if self.has_examples { context.with_examples() } else { context };
            Ok(Context { undeclared: self.undeclared, ..context })
        };
        self.context.get_or_try_init(made).await
    }
}
