//! The table's stream, as Lambda hands it over.

use aws_lambda_events::dynamodb::EventRecord;
use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, Series};
use serde::Deserialize;
use serde_dynamo::AttributeValue;
use std::collections::HashMap;

use crate::key::{self, BucketKey, OCCURRENCE, PK, SK};

/// A stream record that does not hold what it says.
#[derive(Debug, thiserror::Error)]
#[error("the stream record {sequence} cannot be read: {reason}")]
pub struct UnreadableRecord {
    sequence: String,
    reason: String,
}

impl UnreadableRecord {
    pub(crate) fn new(record: &EventRecord, reason: String) -> Self {
        Self { sequence: record.change.sequence_number.clone().unwrap_or_default(), reason }
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

/// The occurrence that `record` tells of; `None` when it tells of anything else.
///
/// The event source mapping lets only these through; a mapping without its filter must do no harm.
///
/// # Errors
/// When the image is not as [`crate::StateTable::put_occurrences`] writes it.
pub fn inserted(record: &EventRecord) -> Result<Option<Occurrence>, UnreadableRecord> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let is_occurrence = match record.change.keys.get("sk") {
        Some(AttributeValue::S(sk)) => sk.starts_with(OCCURRENCE),
        _ => false,
    };
    if !is_occurrence {
        return Ok(None);
    }
    read(record).map(Some).map_err(|reason| UnreadableRecord::new(record, reason))
}

fn read(record: &EventRecord) -> Result<Occurrence, String> {
    let image: Image = serde_dynamo::from_item(record.change.new_image.clone()).map_err(|e| e.to_string())?;
    let id = image.sk.strip_prefix(OCCURRENCE).and_then(OccurrenceId::from_hex).ok_or("`sk` holds no occurrence id")?;
    let key = BucketKey::read(&image.pk).ok_or("`pk` is no bucket")?;
    let series = Series::stored(image.name, image.tags);
    if series.id() != key.series {
        return Err("`pk` names another series than `name` and `tags`".to_owned());
    }
    let conversation = ConversationId::try_new(image.conversation).map_err(|e| e.to_string())?;
    Ok(Occurrence { id, series, bucket: key.bucket, interval: image.interval, conversation, at: image.at })
}

/// The record that tells of `occurrence`, once more: for waking the publisher where a stream was lost.
#[must_use]
pub fn retell(occurrence: &Occurrence) -> EventRecord {
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
    let mut record = EventRecord::default();
    record.event_name = "INSERT".to_owned();
    record.change.new_image = item(image);
    record.change.keys = item(key);
    record
}

fn item<'a>(attributes: impl IntoIterator<Item = (&'a str, AttributeValue)>) -> serde_dynamo::Item {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
    attributes.collect::<HashMap<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_told_again_is_read_like_the_first() {
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
            assert_eq!(inserted(&retell(&occurrence)).unwrap(), Some(occurrence));
        }
    }
}
