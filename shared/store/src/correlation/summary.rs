//! The summary and the anchors of a journey as an attribute of its row: compressed JSON.

use aws_sdk_dynamodb::types::AttributeValue;
use cxtrace_domain::journeys::{Id, JourneySummary};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::item::Item;
use crate::packed::{pack, unpack};

/// The attribute.
const LINE: &str = "line";

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

/// The content of the attribute. The anchors stand beside the summary because it repeats most of them, which costs nothing
/// when it is compressed.
#[derive(Serialize)]
struct Line<'a> {
    anchors: &'a [Id],
    summary: &'a JourneySummary,
}

#[derive(Deserialize)]
struct ReadLine {
    anchors: Vec<String>,
    summary: Value,
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

    /// The anchors and the summary of a row. Without its anchors a row is complete: they only tell early which other rows
    /// belong to the journey.
    pub(super) fn read(row: &Item) -> (Vec<Id>, Self) {
        let attribute = row.get(LINE).cloned().unwrap_or(AttributeValue::Null(true));
        let unreadable = |reason: String| Self::Unreadable(UnreadableSummary { reason, attribute: attribute.clone() });
        let anchors = |texts: &[String]| texts.iter().filter_map(|id| id.parse().ok()).collect();
        let AttributeValue::B(packed) = &attribute else {
            let summary = serde_dynamo::from_attribute_value(attribute.clone());
            let summary = summary.map_or_else(|error| unreadable(error.to_string()), |it| Self::Readable(Box::new(it)));
            return (anchors(&earlier_anchors(row)), summary);
        };
        let line = unpack(packed.as_ref()).map_err(|error| error.to_string());
        let line = line.and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string()));
        match line {
            Ok(ReadLine { anchors: texts, summary }) => {
                let summary = serde_json::from_value(summary);
                (anchors(&texts), summary.map_or_else(|error| unreadable(error.to_string()), Self::Readable))
            }
            Err(reason) => (Vec::new(), unreadable(reason)),
        }
    }

    /// Puts both into `row`. An unreadable summary stays as it was, with the anchors in it.
    pub(super) fn put(&self, anchors: &[Id], row: &mut Item) {
        let attribute = match self {
            // A summary contains only texts, numbers and lists. All of them can be written as JSON.
            Self::Readable(summary) => pack(&serde_json::to_string(&Line { anchors, summary }).unwrap_or_default()),
            Self::Unreadable(unreadable) => unreadable.attribute.clone(),
        };
        row.insert(LINE.to_owned(), attribute);
    }
}

/// The anchors as an earlier version wrote them.
fn earlier_anchors(row: &Item) -> Vec<String> {
    let all = row.get("anchors").and_then(|anchors| anchors.as_l().ok());
    all.into_iter().flatten().filter_map(|anchor| anchor.as_s().ok().cloned()).collect()
}
