//! Finds what is new in an event: compares its attribute names with those that the conversation has shown before.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::attribute::{Attribute, MetricName};
use super::bucket::{BucketWidth, Placement};
use super::occurrence::{ConversationId, OccurrenceId};

/// Something to count: an attribute that is a metric or was meant as one, or a field that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub id: OccurrenceId,
    pub finding: Finding<'a>,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding<'a> {
    /// A metric.
    Metric(MetricName<'a>),
    /// An attribute that was meant as a metric.
    Malformed {
        /// The flow, if the name has one.
        flow: Option<&'a str>,
    },
    /// A field of the event that could not be read.
    Unreadable {
        /// Its name in the table of fields.
        field: &'static str,
    },
    /// An id in an attribute that is a placeholder.
    Meaningless {
        /// The namespace of the id, as it is counted.
        namespace: &'static str,
    },
}

impl<'a> Candidate<'a> {
    /// Reads one attribute name of `conversation`; `None` for an ordinary attribute.
    #[must_use]
    pub fn read(conversation: &ConversationId, name: &'a str) -> Option<Self> {
        let finding = match Attribute::read(name) {
            Attribute::Ordinary => return None,
            Attribute::Malformed { flow } => Finding::Malformed { flow },
            Attribute::Metric(metric) => Finding::Metric(metric),
        };
        Some(Self { id: OccurrenceId::of(conversation, name), finding })
    }

    /// A field that could not be read in an event of `conversation`. It counts once, because later events of a
    /// conversation repeat the fields of earlier ones.
    #[must_use]
    pub fn unreadable(conversation: &ConversationId, field: &'static str) -> Self {
        // No attribute's name contains this control character.
        let id = OccurrenceId::of(conversation, &format!("\0unreadable {field}"));
        Self { id, finding: Finding::Unreadable { field } }
    }

    /// A placeholder id in an attribute of `conversation`. `named` identifies the attribute with its value, so the same
    /// value counts once in a conversation.
    #[must_use]
    pub fn meaningless(named: OccurrenceId, namespace: &'static str) -> Self {
        Self { id: named.caused("meaningless"), finding: Finding::Meaningless { namespace } }
    }

    /// The bucket: see [`Placement`].
    #[must_use]
    pub fn place(&self, published: DateTime<Utc>, now: DateTime<Utc>, width: BucketWidth) -> Placement {
        match &self.finding {
            Finding::Metric(metric) => Placement::of(metric.at, published, now, width),
            Finding::Malformed { .. } | Finding::Unreadable { .. } | Finding::Meaningless { .. } => {
                Placement::timeless(*self.id.as_bytes(), published, now, width)
            }
        }
    }
}

/// Every candidate among `names`, each once.
///
/// An event that yields none needs nothing from the table.
#[must_use]
pub fn candidates<'a>(conversation: &ConversationId, names: impl IntoIterator<Item = &'a str>) -> Vec<Candidate<'a>> {
    let mut seen = HashSet::new();
    names.into_iter().filter_map(|name| Candidate::read(conversation, name)).filter(|c| seen.insert(c.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_the_metrics_and_the_malformed_each_once() {
        let conversation = ConversationId::try_new("c").unwrap();
        let names = [
            "AMetric_B(2023-03-05T08:18:04Z)",
            "LLM (AW) question",
            "AMetric_B(2023-03-05T08:18:04Z)",
            "AMetric_B(soon)",
        ];
        let found = candidates(&conversation, names);
        assert_eq!(found.len(), 2);
        assert!(matches!(found[0].finding, Finding::Metric(MetricName { flow: "A", metric: "B", .. })));
        assert_eq!(found[1].finding, Finding::Malformed { flow: Some("A") });
    }
}
