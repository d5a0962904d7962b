//! Reads a record of the correlation table's stream: a new fact, or a retraction.

use cxtrace_domain::journeys::{Fact, Id};
use serde_dynamo::AttributeValue;

use super::key;
use crate::key::{PK, SK};
use crate::stream::{StreamRecord, UnreadableRecord};

/// A change that may change journeys.
#[derive(Debug, Clone, PartialEq)]
pub enum JourneyChange {
    /// A fact was appended.
    Fact(Box<Fact>),
    /// Somebody decided about an edge of this id.
    Cut(Id),
}

/// The change in `record`; `None` for items that follow from facts.
///
/// # Errors
/// When the item is not as Cxtrace writes it.
pub fn inserted(record: &StreamRecord) -> Result<Option<JourneyChange>, UnreadableRecord> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let text = |item: &serde_dynamo::Item, name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    let sk = text(&record.images.keys, SK).unwrap_or_default();
    let unreadable = |reason: String| UnreadableRecord::new(record, reason);
    if sk.starts_with(key::FACT) {
        let body = text(&record.images.new_image, "body").ok_or_else(|| unreadable("`body` is missing".to_owned()))?;
        let fact = serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))?;
        return Ok(Some(JourneyChange::Fact(Box::new(fact))));
    }
    if sk.starts_with(key::CUT) || sk.starts_with(key::DECISION) {
        let id = text(&record.images.keys, PK).and_then(|pk| pk.strip_prefix("id#")?.parse().ok());
        return Ok(Some(JourneyChange::Cut(id.ok_or_else(|| unreadable("`pk` must hold an id".to_owned()))?)));
    }
    Ok(None)
}
