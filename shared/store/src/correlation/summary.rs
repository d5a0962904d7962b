//! The summary of a journey as an attribute of its row: a map, by `serde_dynamo`.

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_domain::journeys::JourneySummary;

/// A summary as the table holds it. A summary of another version of Cxtrace may be unreadable. It is kept unchanged,
/// and replaced when the journey is assembled again.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredSummary {
    /// A summary that this version can show.
    Readable(Box<JourneySummary>),
    /// A summary that this version cannot show.
    Unreadable(UnreadableSummary),
}

/// Why a summary cannot be shown, and what the table holds.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the attribute `line` is not a summary of this version: {reason}")]
pub struct UnreadableSummary {
    reason: String,
    attribute: AttributeValue,
}

impl From<JourneySummary> for StoredSummary {
    fn from(summary: JourneySummary) -> Self {
        Self::Readable(Box::new(summary))
    }
}

impl StoredSummary {
    /// The summary.
    ///
    /// # Errors
    /// When this version cannot show it.
    pub fn as_result(&self) -> Result<&JourneySummary, &UnreadableSummary> {
        match self {
            Self::Readable(summary) => Ok(summary),
            Self::Unreadable(unreadable) => Err(unreadable),
        }
    }

    pub(super) fn read(attribute: Option<&AttributeValue>) -> Self {
        let attribute = attribute.cloned().unwrap_or(AttributeValue::Null(true));
        match serde_dynamo::from_attribute_value(attribute.clone()) {
            Ok(summary) => Self::Readable(Box::new(summary)),
            Err(error) => Self::Unreadable(UnreadableSummary { reason: error.to_string(), attribute }),
        }
    }

    pub(super) fn attribute(&self) -> AttributeValue {
        match self {
            // A summary contains only texts, numbers and lists. All of them can be written to DynamoDB.
            Self::Readable(summary) => serde_dynamo::to_attribute_value(summary).unwrap_or(AttributeValue::Null(true)),
            Self::Unreadable(unreadable) => unreadable.attribute.clone(),
        }
    }
}
