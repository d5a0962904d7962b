//! Stores the records of a Kinesis batch. What cannot be read is set aside with its place and reason, and stops nothing.

use cxtrace_domain::journeys::Fact;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::dead_letters::{DeadLetterError, DeadLetters};
use cxtrace_settings::StreamSources;
use cxtrace_sources::delivery::{Delivery, Transport, read_delivery};
use cxtrace_sources::{Context, SourceError};
use serde_json::json;

use crate::kinesis::{KinesisBatch, KinesisRecord};
use crate::{CollectError, Outcome, SpanCollector};

/// The largest record whose data fits into a message of SQS beside the rest.
const MAX_LETTER: usize = 900_000;

/// Why a batch could not be handled. The stream hands it to the function again.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error("a record that cannot be read could not be set aside")]
    SetAside(#[from] DeadLetterError),
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordsOutcome {
    /// How many facts were stored.
    pub stored: usize,
    /// How many records no input of their source takes.
    pub ignored: usize,
    /// How many records were set aside.
    pub set_aside: usize,
    /// The first record that could not be stored. The stream hands it and the later ones to the function again.
    pub failed: Option<String>,
}

impl RecordsOutcome {
    fn note(&mut self, stored: &Outcome) {
        if let Outcome::Stored(facts) = stored {
            self.stored += facts;
        }
    }
}

/// The content of a record.
enum Content {
    Facts(Vec<Fact>),
    Ignored,
    Unreadable(String),
}

impl SpanCollector {
    /// Stores the facts of a batch's records.
    ///
    /// # Errors
    /// When the key of pseudonyms is not available, or an unreadable record cannot be set aside.
    pub async fn handle_records(
        &self,
        batch: &KinesisBatch,
        streams: &StreamSources,
        dead_letters: &dyn DeadLetters,
    ) -> Result<RecordsOutcome, RecordsError> {
        let context = self.context().await.map_err(CollectError::from)?;
        let contents: Vec<_> = batch.records.iter().map(|record| (record, content(record, streams, context))).collect();
        let mut outcome = RecordsOutcome::default();
        let all: Vec<Fact> = contents.iter().flat_map(|(_, content)| content.facts()).cloned().collect();
        // One request for all. If it fails, one record may be the reason, so each is stored alone.
        match self.store(&all).await {
            Ok(stored) => outcome.note(&stored),
            Err(_) => {
                for (record, content) in &contents {
                    match self.store(content.facts()).await {
                        Ok(stored) => outcome.note(&stored),
                        Err(error) => {
                            let (stream, error) = (record.stream(), error_chain(&error));
                            tracing::warn!(
                                stream,
                                error,
                                "a record could not be stored, and the stream sends it again"
                            );
                            outcome.failed = Some(record.sequence_number().to_owned());
                            break;
                        }
                    }
                }
            }
        }
        // The last step: a batch that is retried for hours would send the same message each time.
        let is_handled = |record: &KinesisRecord| outcome.failed.as_deref() != Some(record.sequence_number());
        for (record, content) in contents.iter().take_while(|(record, _)| is_handled(record)) {
            match content {
                Content::Facts(_) => {}
                Content::Ignored => {
                    outcome.ignored += 1;
                    let delivery = streams.of(record.stream()).and_then(|source| delivery(record, source));
                    if let (Some(counts), Some(delivery)) = (&self.unreadable, delivery) {
                        let counted = counts.count_unmatched(&delivery.source, &delivery).await;
                        counted.map_err(CollectError::from)?;
                    }
                }
                Content::Unreadable(reason) => {
                    outcome.set_aside += 1;
                    set_aside(record, reason, dead_letters).await?;
                }
            }
        }
        Ok(outcome)
    }
}

impl Content {
    fn facts(&self) -> &[Fact] {
        match self {
            Self::Facts(facts) => facts,
            _ => &[],
        }
    }
}

fn content(record: &KinesisRecord, streams: &StreamSources, context: &Context) -> Content {
    let Some(source) = streams.of(record.stream()) else {
        return Content::Unreadable("the setting KINESIS_STREAMS gives the stream no source".to_owned());
    };
    match read(record, source, context) {
        None => Content::Unreadable("its data is not base64".to_owned()),
        Some(Err(error)) => Content::Unreadable(error.to_string()),
        Some(Ok(None)) => Content::Ignored,
        Some(Ok(Some(facts))) => Content::Facts(facts),
    }
}

/// `None` if the data cannot be decoded; no facts if no input takes the record.
fn read(record: &KinesisRecord, source: &str, context: &Context) -> Option<Result<Option<Vec<Fact>>, SourceError>> {
    let delivery = delivery(record, source)?;
    Some(read_delivery(&delivery, context).map(|read| read.input.is_some().then_some(read.facts)))
}

/// `None` if the data cannot be decoded.
fn delivery(record: &KinesisRecord, source: &str) -> Option<Delivery> {
    Some(Delivery {
        transport: Transport::Kinesis,
        source: source.to_owned(),
        headers: Default::default(),
        query: Default::default(),
        body: record.bytes()?,
        received_at: record.arrived_at(),
        envelope: None,
    })
}

async fn set_aside(record: &KinesisRecord, reason: &str, letters: &dyn DeadLetters) -> Result<(), DeadLetterError> {
    let (stream, sequence_number) = (record.stream(), record.sequence_number());
    tracing::error!(stream, sequence_number, reason, "a record of a stream cannot be read and is set aside");
    let data = Some(record.data()).filter(|data| data.len() <= MAX_LETTER);
    let letter = json!({
        "what": "kinesis record", "reason": reason, "stream": stream, "sequence_number": sequence_number, "data": data,
    });
    letters.send(letter.to_string()).await
}
