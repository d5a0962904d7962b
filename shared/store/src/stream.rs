//! Records of a table's stream in DynamoDB's form, and the meaning of a record of the state table.

use cxtrace_domain::metrics::Series;
use serde::Deserialize;
use serde_dynamo::AttributeValue;
use std::collections::HashMap;

use crate::key::{BucketKey, OCCURRENCE, PK, SK, is_counted};

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
    #[serde(rename = "dynamodb")]
    pub images: ItemImages,
}

/// The item of a record, before and after the change.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct ItemImages {
    /// Its key.
    #[serde(rename = "Keys")]
    pub keys: serde_dynamo::Item,
    /// The whole item after the change; empty if it was removed.
    #[serde(rename = "NewImage", default)]
    pub new_image: serde_dynamo::Item,
    /// The record's number in its shard.
    #[serde(rename = "SequenceNumber", default)]
    pub sequence_number: String,
}

/// A stream record whose item does not have the form that Cxtrace writes.
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

/// A ledger that has grown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrownLedger {
    pub key: BucketKey,
    pub series: Series,
    /// The bucket's width, in seconds.
    pub interval: u32,
}

#[derive(Deserialize)]
struct Image {
    pk: String,
    name: String,
    tags: Vec<String>,
    interval: u32,
}

/// The ledger to which `record` adds an occurrence or a carried count; `None` for other records.
///
/// The filter of the event source mapping passes only such records. A mapping without the filter must be harmless.
///
/// # Errors
/// When the image does not name a ledger and its series.
pub fn inserted(record: &StreamRecord) -> Result<Option<GrownLedger>, UnreadableRecord> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let adds = match record.images.keys.get(SK) {
        Some(AttributeValue::S(sk)) => is_counted(sk),
        _ => false,
    };
    if !adds {
        return Ok(None);
    }
    read(record).map(Some).map_err(|reason| UnreadableRecord::new(record, reason))
}

fn read(record: &StreamRecord) -> Result<GrownLedger, String> {
    let image: Image = serde_dynamo::from_item(record.images.new_image.clone()).map_err(|e| e.to_string())?;
    let key = BucketKey::read(&image.pk).ok_or("`pk` must name a bucket")?;
    let series = Series::stored(image.name, image.tags);
    if series.id() != key.series {
        return Err("`pk` names another series than `name` and `tags`".to_owned());
    }
    Ok(GrownLedger { key, series, interval: image.interval })
}

/// A record that wakes the publisher for `ledger`, for the case that a stream was lost.
#[must_use]
pub fn wake(ledger: &GrownLedger) -> StreamRecord {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = [(PK, text(&ledger.key.pk())), (SK, text(OCCURRENCE))];
    let attributes = [
        ("name", text(ledger.series.name())),
        ("tags", AttributeValue::L(ledger.series.tags().map(text).collect())),
        ("interval", AttributeValue::N(ledger.interval.to_string())),
    ];
    let images = ItemImages {
        new_image: item(key.iter().cloned().chain(attributes)),
        keys: item(key),
        sequence_number: String::new(),
    };
    StreamRecord { event_name: "INSERT".to_owned(), images }
}

fn item<'a>(attributes: impl IntoIterator<Item = (&'a str, AttributeValue)>) -> serde_dynamo::Item {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
    attributes.collect::<HashMap<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use cxtrace_domain::metrics::Bucket;

    use super::*;

    #[test]
    fn a_record_that_wakes_the_publisher_names_the_ledger() {
        let series = Series::stored("a.b".to_owned(), vec!["flow:a".to_owned(), "metric:b".to_owned()]);
        let key = BucketKey { series: series.id(), bucket: Bucket::starting_at(1_678_004_280) };
        let ledger = GrownLedger { key, series, interval: 10 };
        assert_eq!(inserted(&wake(&ledger)).unwrap(), Some(ledger));
    }
}
