//! Records of Kinesis streams. A stream belongs to one source. A record that cannot be read goes to the dead-letter queue with
//! the reason, and the others of its batch are stored. The order of records does not matter.

use std::collections::BTreeMap;
use std::fmt;

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
}

/// Which source each stream belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSources(BTreeMap<String, String>);

/// The setting of streams cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not written stream=source")]
pub struct InvalidStreams(String);

impl StreamSources {
    /// Reads `stream=source` entries, separated by commas. A stream may be given as its ARN. An entry without a stream is left
    /// out, because the template writes one for each parameter that is empty.
    ///
    /// # Errors
    /// The first entry of another form.
    pub fn read(setting: &str) -> Result<Self, InvalidStreams> {
        let mut all = BTreeMap::new();
        for entry in setting.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (stream, source) = entry.split_once('=').ok_or_else(|| InvalidStreams(entry.to_owned()))?;
            let (stream, source) = (stream.trim().rsplit('/').next().unwrap_or_default(), source.trim());
            if source.is_empty() {
                return Err(InvalidStreams(entry.to_owned()));
            }
            if !stream.is_empty() {
                all.insert(stream.to_owned(), source.to_owned());
            }
        }
        Ok(Self(all))
    }

    /// The source of a stream.
    #[must_use]
    pub fn of(&self, stream: &str) -> Option<&str> {
        self.0.get(stream).map(String::as_str)
    }
}

impl fmt::Display for StreamSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries: Vec<_> = self.0.iter().map(|(stream, source)| format!("{stream}={source}")).collect();
        f.write_str(&entries.join(","))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stream_belongs_to_one_source_by_its_name_or_arn() {
        let setting =
            "arn:aws:kinesis:eu-west-1:123456789012:stream/connect-records=amazon-connect, cxone=nice-cxone,=twilio";
        let streams = StreamSources::read(setting).unwrap();
        assert_eq!(streams.of("connect-records"), Some("amazon-connect"));
        assert_eq!((streams.of("cxone"), streams.of("other"), streams.of("")), (Some("nice-cxone"), None, None));
        assert_eq!(StreamSources::read(" , ").unwrap(), StreamSources::default());
        for wrong in ["stream", "stream="] {
            assert!(StreamSources::read(wrong).is_err(), "{wrong}");
        }
    }

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
