//! The counts that Cxtrace keeps of itself.
//!
//! They are occurrences like any other, stored and published by the same way, so they are as exact as
//! what they are about. Each has an identity made from the occurrence that caused it.

use super::bucket::Bucket;
use super::normalise::tag_value;
use super::occurrence::OccurrenceId;
use super::series::{AdmissionId, OTHER, Series, SeriesTemplate, Tag};

/// What an own count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// An attribute whose own time could not be right, counted at its event's publication.
    Skewed,
    /// An occurrence beyond the cardinality budget, counted under `__other__`.
    Overflow,
    /// An occurrence moved to a later bucket, because its own had closed.
    Late,
    /// An occurrence moved although Datadog may hold it already: at most this many counts are double.
    Uncertain,
}

impl Own {
    /// The metric's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skewed => "cxtrace.attributes.skewed",
            Self::Overflow => "cxtrace.series.overflow",
            Self::Late => "cxtrace.occurrences.late",
            Self::Uncertain => "cxtrace.occurrences.uncertain",
        }
    }

    /// Its series under the operator's static tags.
    #[must_use]
    pub fn series(self, template: &SeriesTemplate) -> Series {
        template.with_static_tags(Series::new(self.name(), Vec::new()))
    }

    /// The identity of this count for the occurrence that caused it.
    #[must_use]
    pub fn of(self, cause: OccurrenceId) -> OccurrenceId {
        cause.caused(self.name())
    }

    /// The identity of this count for the move of an occurrence out of `from`: an occurrence that is
    /// moved twice counts twice.
    #[must_use]
    pub fn of_move(self, cause: OccurrenceId, from: Bucket) -> OccurrenceId {
        cause.caused(&format!("{} {from}", self.name()))
    }
}

/// The metric name of attributes that were meant as metrics and are none.
pub const MALFORMED: &str = "cxtrace.attributes.malformed";

/// The series of malformed attributes of `flow`, and what the cardinality budget knows it by.
///
/// A flow's name is free text, so it is budgeted like any other series. Attributes without a flow
/// share one series, which needs no admission.
#[must_use]
pub fn malformed(template: &SeriesTemplate, flow: Option<&str>) -> (Series, Option<AdmissionId>) {
    let tags = flow.map(|flow| Tag::new("flow", flow));
    let bare = Series::new(MALFORMED, tags.into_iter().collect());
    let admission = flow.is_some().then(|| AdmissionId::from_bytes(*bare.id().as_bytes()));
    (template.with_static_tags(bare), admission)
}

/// The series of malformed attributes of flows that the budget has no room for.
#[must_use]
pub fn malformed_overflow(template: &SeriesTemplate) -> Series {
    debug_assert_ne!(tag_value(OTHER, 5), OTHER, "no flow's own name is spelt like the overflow's");
    template.with_static_tags(Series::stored(MALFORMED.to_owned(), vec![format!("flow:{OTHER}")]))
}

/// The metric name of fields of events that could not be read, and were left out.
pub const UNREADABLE: &str = "cxtrace.fields.unreadable";

/// The series of a field that could not be read in an event of `source`, and what the cardinality budget knows it by.
///
/// `field` is a name from our own tables. Senders choose the names of their sources.
#[must_use]
pub fn unreadable(template: &SeriesTemplate, source: &str, field: &str) -> (Series, AdmissionId) {
    let bare = Series::new(UNREADABLE, vec![Tag::new("source", source), Tag::new("field", field)]);
    let admission = AdmissionId::from_bytes(*bare.id().as_bytes());
    (template.with_static_tags(bare), admission)
}

/// The series of fields of sources that the budget has no room for.
#[must_use]
pub fn unreadable_overflow(template: &SeriesTemplate) -> Series {
    let tags = vec![format!("source:{OTHER}"), format!("field:{OTHER}")];
    template.with_static_tags(Series::stored(UNREADABLE.to_owned(), tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::occurrence::ConversationId;

    #[test]
    fn each_own_count_of_one_cause_has_its_own_identity() {
        let cause = OccurrenceId::of(&ConversationId::try_new("c").unwrap(), "AMetric_B(2023-03-05T08:18:04Z)");
        let ids: std::collections::BTreeSet<_> =
            [Own::Skewed, Own::Overflow, Own::Late, Own::Uncertain].map(|own| own.of(cause)).into();
        assert_eq!(ids.len(), 4);
        assert!(!ids.contains(&cause));
    }

    #[test]
    fn own_counts_carry_the_operators_tags() {
        let template = SeriesTemplate::try_new("a.b", vec![Tag::parse("env:prod").unwrap()]).unwrap();
        let series = Own::Late.series(&template);
        assert_eq!((series.name(), series.tags().collect::<Vec<_>>()), ("cxtrace.occurrences.late", vec!["env:prod"]));
        let (series, admission) = malformed(&template, Some("Ivr Main"));
        assert_eq!(series.tags().collect::<Vec<_>>(), vec!["env:prod", "flow:ivr_main"]);
        assert!(admission.is_some() && malformed(&template, None).1.is_none());
        assert!(series.is_own());
    }
}
