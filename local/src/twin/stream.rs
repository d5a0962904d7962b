//! The changes of a table on another DynamoDB-compatible server, from its stream.
//!
//! A stream has shards. Each is read from its beginning to its end. A shard is read after its parent, so that the changes
//! of one item stay in order.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record, ShardIteratorType};
use aws_smithy_types::base64;
use serde_json::{Map, Value, json};

/// The maximum number of pauses of [`PAUSE`] while an expected change is missing.
const PAUSES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// The list of shards is read again after this many calls.
const SHARDS_EVERY: u32 = 200;

/// Whether a change with this event name and sort key is wanted.
type Wanted<'a> = &'a (dyn Fn(&str, &str) -> bool + Sync);

/// A request to the stream failed.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The server refused, failed or did not respond.
    #[error(
        "{operation} of the stream of table {table} failed ({code}). Check that the server offers DynamoDB streams."
    )]
    Request {
        /// The operation.
        operation: &'static str,
        /// The table.
        table: String,
        /// The error code.
        code: String,
        /// The SDK's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The table has no stream.
    #[error("the table {table} has no stream. Name a table that does not exist yet, which is created with a stream.")]
    None {
        /// The table.
        table: String,
    },
}

/// The changes of one table.
#[derive(Debug)]
pub(crate) struct StreamChanges {
    client: Client,
    table: String,
    arn: String,
    shards: BTreeMap<String, Shard>,
    calls: u32,
}

#[derive(Debug, Default)]
struct Shard {
    parent: Option<String>,
    /// The iterator of the next read; `None` before the first read and after the last.
    iterator: Option<String>,
    /// The sequence number of the last change that was read.
    sequence: Option<String>,
    ended: bool,
}

impl StreamChanges {
    /// The changes in the stream `arn` of `table`, from its beginning.
    pub(crate) fn new(client: Client, table: String, arn: String) -> Self {
        Self { client, table, arn, shards: BTreeMap::new(), calls: 0 }
    }

    /// The new changes that are `wanted`, in the form of Lambda's events.
    pub(crate) async fn take(&mut self, expected: usize, wanted: Wanted<'_>) -> Result<Vec<Value>, StreamError> {
        let mut taken = self.read(wanted).await?;
        for _ in 0..PAUSES {
            if taken.len() >= expected {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            taken.extend(self.read(wanted).await?);
        }
        Ok(taken)
    }

    async fn read(&mut self, wanted: Wanted<'_>) -> Result<Vec<Value>, StreamError> {
        if self.calls.is_multiple_of(SHARDS_EVERY) {
            self.list_shards().await?;
        }
        self.calls += 1;
        let mut taken = Vec::new();
        // A shard's children may be read in the same call, once it has ended.
        loop {
            let readable = |shard: &Shard| {
                let after = shard.parent.as_ref().and_then(|parent| self.shards.get(parent));
                !shard.ended && after.is_none_or(|parent| parent.ended)
            };
            let names: Vec<_> =
                self.shards.iter().filter(|(_, shard)| readable(shard)).map(|(name, _)| name.clone()).collect();
            let mut some_ended = false;
            for name in names {
                some_ended |= self.read_shard(&name, wanted, &mut taken).await?;
            }
            if !some_ended {
                return Ok(taken);
            }
            self.list_shards().await?;
        }
    }

    /// Reads a shard up to its latest change. Returns whether the shard has ended.
    async fn read_shard(
        &mut self,
        name: &str,
        wanted: Wanted<'_>,
        taken: &mut Vec<Value>,
    ) -> Result<bool, StreamError> {
        loop {
            let iterator = match self.shards.get(name).and_then(|shard| shard.iterator.clone()) {
                Some(iterator) => iterator,
                None => self.iterator(name).await?,
            };
            let answer = match self.client.get_records().shard_iterator(iterator).send().await {
                Ok(answer) => answer,
                Err(error) if is_outdated(&error) => {
                    // Iterators expire after some minutes. A new one continues after the last change.
                    self.shards.entry(name.to_owned()).or_default().iterator = None;
                    continue;
                }
                Err(error) => return Err(self.error("GetRecords", error)),
            };
            let shard = self.shards.entry(name.to_owned()).or_default();
            let records = answer.records.unwrap_or_default();
            if let Some(last) = records.last().and_then(|record| record.dynamodb()?.sequence_number()) {
                shard.sequence = Some(last.to_owned());
            }
            shard.ended = answer.next_shard_iterator.is_none();
            shard.iterator = answer.next_shard_iterator;
            let reached_the_end = records.is_empty();
            taken.extend(records.into_iter().filter(|record| is_wanted(record, wanted)).map(record_as_lambda_has_it));
            if shard.ended || reached_the_end {
                return Ok(shard.ended);
            }
        }
    }

    async fn iterator(&self, name: &str) -> Result<String, StreamError> {
        let sequence = self.shards.get(name).and_then(|shard| shard.sequence.clone());
        let from =
            if sequence.is_some() { ShardIteratorType::AfterSequenceNumber } else { ShardIteratorType::TrimHorizon };
        let answer = self
            .client
            .get_shard_iterator()
            .stream_arn(&self.arn)
            .shard_id(name)
            .shard_iterator_type(from)
            .set_sequence_number(sequence)
            .send()
            .await
            .map_err(|error| self.error("GetShardIterator", error))?;
        Ok(answer.shard_iterator.unwrap_or_default())
    }

    async fn list_shards(&mut self) -> Result<(), StreamError> {
        let mut after = None;
        loop {
            let answer = self
                .client
                .describe_stream()
                .stream_arn(&self.arn)
                .set_exclusive_start_shard_id(after)
                .send()
                .await
                .map_err(|error| self.error("DescribeStream", error))?;
            let description = answer.stream_description;
            for shard in description.iter().flat_map(|description| description.shards()) {
                let known = self.shards.entry(shard.shard_id().unwrap_or_default().to_owned()).or_default();
                known.parent = shard.parent_shard_id().map(str::to_owned);
            }
            after = description.and_then(|description| description.last_evaluated_shard_id);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn error<E>(&self, operation: &'static str, error: SdkError<E>) -> StreamError
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or("no answer").to_owned();
        StreamError::Request { operation, table: self.table.clone(), code, source: error.into() }
    }
}

fn is_outdated<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    matches!(error.code(), Some("ExpiredIteratorException" | "TrimmedDataAccessException"))
}

fn is_wanted(record: &Record, wanted: Wanted<'_>) -> bool {
    let sort_key = record.dynamodb().and_then(|change| change.keys()?.get("sk")?.as_s().ok());
    let event_name = record.event_name().map_or("", |name| name.as_str());
    sort_key.is_some_and(|sort_key| wanted(event_name, sort_key))
}

fn record_as_lambda_has_it(record: Record) -> Value {
    let change = record.dynamodb;
    let created = change.as_ref().and_then(|change| change.approximate_creation_date_time).map_or(0, |at| at.secs());
    let sequence = change.as_ref().and_then(|change| change.sequence_number.clone());
    let (keys, new, old) =
        change.map_or((None, None, None), |change| (change.keys, change.new_image, change.old_image));
    let image = |item: Option<std::collections::HashMap<String, AttributeValue>>| {
        item.map(|item| item.into_iter().map(|(name, value)| (name, attribute(value))).collect::<Map<_, _>>())
    };
    let mut change = json!({
        "ApproximateCreationDateTime": created,
        "Keys": image(keys).unwrap_or_default(),
        "SequenceNumber": sequence,
        "SizeBytes": 1,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    });
    for (name, item) in [("NewImage", new), ("OldImage", old)] {
        if let Some(item) = image(item) {
            change[name] = Value::Object(item);
        }
    }
    json!({
        "eventID": record.event_id.unwrap_or_default(),
        "eventName": record.event_name.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        "eventVersion": record.event_version,
        "eventSource": "aws:dynamodb",
        "awsRegion": record.aws_region.unwrap_or_default(),
        "dynamodb": change,
    })
}

fn attribute(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(bytes) => json!({"B": base64::encode(bytes)}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(numbers) => json!({"NS": numbers}),
        AttributeValue::Bs(all) => json!({"BS": all.into_iter().map(base64::encode).collect::<Vec<_>>()}),
        AttributeValue::L(values) => json!({"L": values.into_iter().map(attribute).collect::<Vec<_>>()}),
        AttributeValue::M(values) => {
            json!({"M": values.into_iter().map(|(name, value)| (name, attribute(value))).collect::<Map<_, _>>()})
        }
        _ => json!({"NULL": true}),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::primitives::Blob;
    use aws_sdk_dynamodbstreams::types::{OperationType, StreamRecord};

    use super::*;

    #[test]
    fn every_kind_of_attribute_is_written_as_lambda_writes_it() {
        let all = AttributeValue::M(
            [
                ("s", AttributeValue::S("a".to_owned())),
                ("n", AttributeValue::N("1.5".to_owned())),
                ("b", AttributeValue::B(Blob::new([1, 2]))),
                ("flag", AttributeValue::Bool(true)),
                ("null", AttributeValue::Null(true)),
                ("l", AttributeValue::L(vec![AttributeValue::Ss(vec!["x".to_owned()])])),
                ("bs", AttributeValue::Bs(vec![Blob::new([255])])),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        );
        let expected = json!({"M": {
            "s": {"S": "a"}, "n": {"N": "1.5"}, "b": {"B": "AQI="}, "flag": {"BOOL": true}, "null": {"NULL": true},
            "l": {"L": [{"SS": ["x"]}]}, "bs": {"BS": ["/w=="]},
        }});
        assert_eq!(attribute(all), expected);
    }

    #[test]
    fn only_new_occurrences_are_taken_from_a_stream() {
        let record = |name: OperationType, sort_key: &str| {
            let keys = [("sk".to_owned(), AttributeValue::S(sort_key.to_owned()))].into();
            let change = StreamRecord::builder().set_keys(Some(keys)).build();
            Record::builder().event_name(name).dynamodb(change).build()
        };
        let new = |event_name: &str, sort_key: &str| event_name == "INSERT" && sort_key.starts_with("occurrence#");
        assert!(is_wanted(&record(OperationType::Insert, "occurrence#1"), &new));
        assert!(!is_wanted(&record(OperationType::Modify, "occurrence#1"), &new));
        assert!(!is_wanted(&record(OperationType::Insert, "moved#1"), &new));
    }
}
