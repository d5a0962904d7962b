//! What has changed in the correlation table, as its stream tells it.

use aws_lambda_events::dynamodb::EventRecord;
use cxtrace_domain::journeys::{Fact, Id};
use serde_dynamo::AttributeValue;

use super::key;
use crate::key::{PK, SK};
use crate::stream::UnreadableRecord;

/// Something new.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A fact.
    Fact(Box<Fact>),
    /// An id was cut from another.
    Cut(Id),
}

/// What `record` tells is new; `None` when it tells of anything that follows from facts.
///
/// # Errors
/// When the item is not as Cxtrace writes it.
pub fn inserted(record: &EventRecord) -> Result<Option<Change>, UnreadableRecord> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let text = |item: &serde_dynamo::Item, name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    let sk = text(&record.change.keys, SK).unwrap_or_default();
    let unreadable = |reason: String| UnreadableRecord::new(record, reason);
    if sk.starts_with(key::FACT) {
        let body = text(&record.change.new_image, "body").ok_or_else(|| unreadable("`body` is missing".to_owned()))?;
        let fact = serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))?;
        return Ok(Some(Change::Fact(Box::new(fact))));
    }
    if sk.starts_with(key::CUT) {
        let id = text(&record.change.keys, PK).and_then(|pk| pk.strip_prefix("id#")?.parse().ok());
        return Ok(Some(Change::Cut(id.ok_or_else(|| unreadable("`pk` holds no id".to_owned()))?)));
    }
    Ok(None)
}
