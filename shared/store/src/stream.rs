//! Records of a table's stream, in the shape in which DynamoDB writes them, and what a record of the state table says.

use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, Series};
use serde::Deserialize;
use serde_dynamo::AttributeValue;
use std::collections::HashMap;

use crate::key::{self, BucketKey, OCCURRENCE, PK, SK};

/// A batch of records.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct StreamBatch {
    /// The records, oldest first.
    #[serde(rename = "Records")]
    pub records: Vec<StreamRecord>,
}

/// One change of one item.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct StreamRecord {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(rename = "eventName")]
    pub event_name: String,
    /// The item.
    #[serde(rename = "dynamodb")]
    pub images: ItemImages,
}

/// The item of a record, before and after the change.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct ItemImages {
    /// Its key.
    #[serde(rename = "Keys")]
    pub keys: serde_dynamo::Item,
    /// The whole item after the change; empty when it was removed.
    #[serde(rename = "NewImage", default)]
    pub new_image: serde_dynamo::Item,
    /// The record's number in its shard.
    #[serde(rename = "SequenceNumber", default)]
    pub sequence_number: String,
}

/// A stream record whose item is not as Cxtrace writes it.
#[derive(Debug, thiserror::Error)]
#[error("the stream record {sequence} cannot be read: {reason}")]
pub struct UnreadableRecord {
    sequence: String,
    reason: String,
}

impl UnreadableRecord {
    pub(crate) fn new(record: &StreamRecord, reason: String) -> Self {
        Self { sequence: record.images.sequence_number.clone(), reason }
    }
}

#[derive(Deserialize)]
struct Image {
    pk: String,
    sk: String,
    name: String,
    tags: Vec<String>,
    interval: u32,
    conversation: String,
    at: Option<DateTime<Utc>>,
}

/// The occurrence that `record` inserts; `None` for every other change.
///
/// The filter of the event source mapping passes only occurrences. A mapping without it must do no harm.
///
/// # Errors
/// When the image is not as [`crate::StateTable::put_occurrences`] writes it.
pub fn inserted(record: &StreamRecord) -> Result<Option<Occurrence>, UnreadableRecord> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let is_occurrence = match record.images.keys.get("sk") {
        Some(AttributeValue::S(sk)) => sk.starts_with(OCCURRENCE),
        _ => false,
    };
    if !is_occurrence {
        return Ok(None);
    }
    read(record).map(Some).map_err(|reason| UnreadableRecord::new(record, reason))
}

fn read(record: &StreamRecord) -> Result<Occurrence, String> {
    let image: Image = serde_dynamo::from_item(record.images.new_image.clone()).map_err(|e| e.to_string())?;
    let id =
        image.sk.strip_prefix(OCCURRENCE).and_then(OccurrenceId::from_hex).ok_or("`sk` must hold an occurrence id")?;
    let key = BucketKey::read(&image.pk).ok_or("`pk` must name a bucket")?;
    let series = Series::stored(image.name, image.tags);
    if series.id() != key.series {
        return Err("`pk` names another series than `name` and `tags`".to_owned());
    }
    let conversation = ConversationId::try_new(image.conversation).map_err(|e| e.to_string())?;
    Ok(Occurrence { id, series, bucket: key.bucket, interval: image.interval, conversation, at: image.at })
}

/// The record that inserts `occurrence`: it wakes the publisher where the records of the stream were lost.
#[must_use]
pub fn insert_record(occurrence: &Occurrence) -> StreamRecord {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = [(PK, text(&BucketKey::of(occurrence).pk())), (SK, text(&key::occurrence(occurrence.id)))];
    let attributes = [
        ("name", text(occurrence.series.name())),
        ("tags", AttributeValue::L(occurrence.series.tags().map(text).collect())),
        ("interval", AttributeValue::N(occurrence.interval.to_string())),
        ("conversation", text(occurrence.conversation.as_str())),
    ];
    let at = occurrence.at.map(|at| ("at", text(&at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))));
    let image = key.iter().cloned().chain(attributes).chain(at);
    let images = ItemImages { new_image: item(image), keys: item(key), sequence_number: String::new() };
    StreamRecord { event_name: "INSERT".to_owned(), images }
}

fn item<'a>(attributes: impl IntoIterator<Item = (&'a str, AttributeValue)>) -> serde_dynamo::Item {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
    attributes.collect::<HashMap<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_insert_record_of_an_occurrence_reads_as_the_occurrence() {
        let at = "2023-03-05T08:18:04.568Z".parse().ok();
        let series = Series::stored("a.b".to_owned(), vec!["flow:a".to_owned(), "metric:b".to_owned()]);
        for at in [at, None] {
            let occurrence = Occurrence {
                id: OccurrenceId::from_bytes([7; 16]),
                series: series.clone(),
                bucket: cxtrace_domain::metrics::Bucket::starting_at(1_678_004_280),
                interval: 10,
                conversation: ConversationId::try_new("c").unwrap(),
                at,
            };
            assert_eq!(inserted(&insert_record(&occurrence)).unwrap(), Some(occurrence));
        }
    }
}
