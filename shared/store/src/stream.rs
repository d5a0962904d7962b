//! The table's stream, as Lambda hands it over.

use aws_lambda_events::dynamodb::EventRecord;
use chrono::{DateTime, Utc};
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, Series};
use serde::Deserialize;

use crate::key::{BucketKey, OCCURRENCE};

/// A stream record that says it holds an occurrence and does not.
#[derive(Debug, thiserror::Error)]
#[error("the stream record {sequence} cannot be read: {reason}")]
pub struct UnreadableRecord {
    sequence: String,
    reason: String,
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
        Some(serde_dynamo::AttributeValue::S(sk)) => sk.starts_with(OCCURRENCE),
        _ => false,
    };
    if !is_occurrence {
        return Ok(None);
    }
    read(record).map(Some).map_err(|reason| UnreadableRecord {
        sequence: record.change.sequence_number.clone().unwrap_or_default(),
        reason,
    })
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
