//! Records of Kinesis streams. A stream belongs to one source. A record that cannot be read goes to the dead-letter queue with
//! the reason, and the others of its batch are stored. The order of records does not matter.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// The payload of an invocation by a stream.
#[derive(Debug, Deserialize)]
pub struct KinesisBatch {
    #[serde(rename = "Records")]
    pub records: Vec<KinesisRecord>,
}

/// A record of a stream.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KinesisRecord {
    #[serde(rename = "eventSource")]
    source: EventSource,
    #[serde(rename = "eventSourceARN")]
    stream: String,
    kinesis: Content,
}

/// Only records of Kinesis are read here. Those of SQS have another form.
#[derive(Debug, Deserialize)]
enum EventSource {
    #[serde(rename = "aws:kinesis")]
    Kinesis,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    sequence_number: String,
    /// Base64.
    data: String,
    #[serde(default, deserialize_with = "seconds")]
    approximate_arrival_timestamp: Option<DateTime<Utc>>,
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Ok(DateTime::from_timestamp_millis((seconds * 1e3) as i64))
}

impl KinesisBatch {
    /// The batch in a payload; `None` for any other payload.
    #[must_use]
    pub fn read(payload: &str) -> Option<Self> {
        // Most payloads are events and are not parsed for this.
        if !payload.contains("\"aws:kinesis\"") {
            return None;
        }
        serde_json::from_str(payload).ok()
    }
}

impl KinesisRecord {
    /// The name of the stream.
    #[must_use]
    pub fn stream(&self) -> &str {
        self.stream.rsplit('/').next().unwrap_or_default()
    }

    /// The number that identifies the record in its shard.
    #[must_use]
    pub fn sequence_number(&self) -> &str {
        &self.kinesis.sequence_number
    }

    /// When the stream took the record.
    #[must_use]
    pub fn arrived_at(&self) -> Option<DateTime<Utc>> {
        self.kinesis.approximate_arrival_timestamp
    }

    /// The data, as base64.
    #[must_use]
    pub fn data(&self) -> &str {
        let EventSource::Kinesis = self.source;
        &self.kinesis.data
    }

    /// The data; `None` if it is not base64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.kinesis.data).ok()
    }

    /// A record that did not come through a stream, for the twin.
    #[must_use]
    pub fn of(stream: &str, sequence_number: String, data: &[u8], arrived_at: DateTime<Utc>) -> Self {
        let (data, approximate_arrival_timestamp) = (STANDARD.encode(data), Some(arrived_at));
        let kinesis = Content { sequence_number, data, approximate_arrival_timestamp };
        Self { source: EventSource::Kinesis, stream: stream.to_owned(), kinesis }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_invocation_by_a_stream_is_a_batch() {
        let record = json!({
            "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "1", "sequenceNumber": "4959", "data": "e30=",
                        "approximateArrivalTimestamp": 1_739_537_297.25},
            "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": "shardId-000000000006:4959",
            "eventName": "aws:kinesis:record", "awsRegion": "eu-west-1",
            "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/cxone",
        });
        let batch = KinesisBatch::read(&json!({"Records": [record]}).to_string()).unwrap();
        let record = &batch.records[0];
        assert_eq!((record.stream(), record.sequence_number(), record.data()), ("cxone", "4959", "e30="));
        assert_eq!(record.arrived_at().unwrap().timestamp_millis(), 1_739_537_297_250);
        for other in [
            json!({"detail-type": "Cxtrace Span", "detail": {"eventSource": "aws:kinesis"}}),
            json!({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "\"aws:kinesis\""}]}),
        ] {
            assert!(KinesisBatch::read(&other.to_string()).is_none(), "{other}");
        }
    }
}
