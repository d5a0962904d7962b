//! Reads a record of the correlation table's stream: a new fact, or a retraction.

use cxtrace_domain::journeys::{Fact, Id};
use serde_dynamo::AttributeValue;

use super::key::{self, BODY};
use crate::error::StoreError;
use crate::key::{PK, SK};
use crate::packed::unpack;
use crate::stream::StreamRecord;

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
/// [`StoreError::Unreadable`] when the item is not as Cxtrace writes it.
pub fn inserted(record: &StreamRecord) -> Result<Option<JourneyChange>, StoreError> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let text = |item: &serde_dynamo::Item, name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    let (pk, sk) =
        (text(&record.images.keys, PK).unwrap_or_default(), text(&record.images.keys, SK).unwrap_or_default());
    let unreadable = |reason: String| StoreError::Unreadable { pk: pk.clone(), sk: sk.clone(), reason };
    if sk.starts_with(key::FACT) {
        let body = match record.images.new_image.get(BODY) {
            Some(AttributeValue::B(packed)) => {
                unpack(packed).map_err(|error| unreadable(format!("`{BODY}`: {error}")))?
            }
            Some(AttributeValue::S(text)) => text.clone(),
            _ => return Err(unreadable(format!("`{BODY}` is missing"))),
        };
        let fact = serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))?;
        return Ok(Some(JourneyChange::Fact(Box::new(fact))));
    }
    if sk.starts_with(key::CUT) || sk.starts_with(key::DECISION) {
        let id = pk.strip_prefix("id#").and_then(|id| id.parse().ok());
        return Ok(Some(JourneyChange::Cut(id.ok_or_else(|| unreadable("`pk` must hold an id".to_owned()))?)));
    }
    Ok(None)
}
