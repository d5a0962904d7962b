//! The metrics that Cxtrace sends about itself: one registry of all of them.
//!
//! The counts about flow metrics are occurrences and carried counts like any other, stored and published in the same way.
//! So they are as exact as the metrics that they describe. The identity of each count comes from its cause.

use super::normalise::tag_value;
use super::occurrence::OccurrenceId;
use super::series::{AdmissionId, OTHER, Series, SeriesTemplate, Tag};

/// A metric about Cxtrace itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfMetric {
    Malformed,
    Unreadable,
    Meaningless,
    Unmatched,
    UnreadableItem,
    Skewed,
    Overflow,
    Late,
    Uncertain,
    Republished,
    JourneyInsights,
    JourneyDuration,
    JourneySegment,
    JourneyWait,
    /// See [`SelfMetric::definition`].
    JourneyHandoff,
    /// See [`SelfMetric::definition`].
    JourneyQueueWait,
    JourneyInsightOffset,
    /// See [`SelfMetric::definition`].
    JourneyOverdue,
    /// See [`SelfMetric::definition`].
    ExportedJourneys,
    /// See [`SelfMetric::definition`].
    ExportedSpans,
}

/// How Datadog aggregates a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricType {
    /// A number for each bucket.
    Count,
    /// Single values.
    Distribution,
}

/// The definition of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    pub name: &'static str,
    pub metric_type: MetricType,
    pub unit: &'static str,
    /// The keys of its own tags.
    pub tags: &'static [&'static str],
    /// What it counts or measures.
    pub description: &'static str,
}

const fn count(
    name: &'static str,
    unit: &'static str,
    tags: &'static [&'static str],
    description: &'static str,
) -> Definition {
    Definition { name, metric_type: MetricType::Count, unit, tags, description }
}

const fn distribution(
    name: &'static str,
    unit: &'static str,
    tags: &'static [&'static str],
    description: &'static str,
) -> Definition {
    Definition { name, metric_type: MetricType::Distribution, unit, tags, description }
}

const fn seconds(name: &'static str, tags: &'static [&'static str], description: &'static str) -> Definition {
    distribution(name, "second", tags, description)
}

impl SelfMetric {
    /// Every metric, in the order of `docs/metrics.md`.
    pub const ALL: &'static [Self] = &[
        Self::Malformed,
        Self::Unreadable,
        Self::Meaningless,
        Self::Unmatched,
        Self::UnreadableItem,
        Self::Skewed,
        Self::Overflow,
        Self::Late,
        Self::Uncertain,
        Self::Republished,
        Self::JourneyInsights,
        Self::JourneyDuration,
        Self::JourneySegment,
        Self::JourneyWait,
        Self::JourneyHandoff,
        Self::JourneyQueueWait,
        Self::JourneyInsightOffset,
        Self::JourneyOverdue,
        Self::ExportedJourneys,
        Self::ExportedSpans,
    ];

    /// The definition. To add a metric, add a variant and its definition.
    #[must_use]
    pub const fn definition(self) -> Definition {
        match self {
            Self::Malformed => count(
                "cxtrace.attributes.malformed",
                "attribute",
                &["flow"],
                "Attributes that look like a metric and have no valid time. They usually are a typo in a flow.",
            ),
            Self::Unreadable => count(
                "cxtrace.fields.unreadable",
                "field",
                &["source", "field"],
                "Fields of events that could not be read and were left out. The rest of the event is kept.",
            ),
            Self::Meaningless => count(
                "cxtrace.ids.meaningless",
                "id",
                &["namespace"],
                "Placeholder ids and phone numbers, such as `null`, which were left out. They join \
                 nothing.",
            ),
            Self::Unmatched => count(
                "cxtrace.deliveries.unmatched",
                "delivery",
                &["source", "transport"],
                "Deliveries of a platform that no input of its definition takes, so nothing of them is stored. The platform \
                 may have changed its form, or it sends kinds of events that the definition does not read.",
            ),
            Self::UnreadableItem => count(
                "cxtrace.items.unreadable",
                "item",
                &[],
                "Items of the state table that could not be read and were set aside. The dead-letter queue has their keys.",
            ),
            Self::Skewed => count(
                "cxtrace.attributes.skewed",
                "attribute",
                &[],
                "Attributes whose time is more than 5 minutes ahead of their event or more than 50 minutes behind it. They \
                 are counted at the time of the event.",
            ),
            Self::Overflow => count(
                "cxtrace.series.overflow",
                "occurrence",
                &[],
                "Occurrences beyond `MAX_SERIES`. They are counted under `flow:__other__,metric:__other__`.",
            ),
            Self::Late => count(
                "cxtrace.occurrences.late",
                "occurrence",
                &[],
                "Occurrences carried to a later bucket, because their own bucket had closed. An occurrence that is carried \
                 twice counts twice.",
            ),
            Self::Uncertain => count(
                "cxtrace.occurrences.uncertain",
                "occurrence",
                &[],
                "Carried occurrences that Datadog may have counted already. At most this many are counted twice.",
            ),
            Self::Republished => count(
                "cxtrace.ledgers.republished",
                "item",
                &[],
                "Series and buckets whose counts Datadog had not accepted although nothing was in hand, found by a sweep of \
                 the state table. Each counts once for each sweep that finds it. Its counts are sent, or carried to the \
                 current bucket. Metrics about Cxtrace itself are sent, too, and are left out here.",
            ),
            Self::JourneyInsights => count(
                "cxtrace.journey.insights",
                "journey",
                &["rule", "severity"],
                "Settled journeys with an insight. Each journey counts once for each rule.",
            ),
            Self::JourneyDuration => seconds(
                "cxtrace.journey.duration",
                &["platform", "revision"],
                "Durations of settled journeys, from when the customer came to when the customer left. Wrap-up, carriers \
                 and backends after that do not count. Filter by `revision:1` to count each journey once.",
            ),
            Self::JourneySegment => seconds(
                "cxtrace.journey.segment",
                &["platform", "revision", "segment"],
                "Durations of the segments of settled journeys. `queue`, `hold`, `self_service`, `ai`, `agent`, `transfer` \
                 and `gap` are the customer's time: each moment is one of them, and they add up to `total`, the \
                 journey's duration. `agent` begins with the answer and excludes holds. `carrier_latency` and \
                 `data_retrieval` overlap with these.",
            ),
            Self::JourneyWait => seconds(
                "cxtrace.journey.wait",
                &["platform", "revision"],
                "Time that a customer waited: the segments `queue` and `hold` together. Each moment counts once.",
            ),
            Self::JourneyHandoff => seconds(
                "cxtrace.journey.handoff",
                &["from", "to", "revision"],
                "Time between two legs of a settled journey, from the platform that was left to the next. Filter by \
                 `revision:1` to count each hand-off once. Platforms beyond `MAX_SERIES` are `__other__`.",
            ),
            Self::JourneyQueueWait => seconds(
                "cxtrace.journey.queue_wait",
                &["platform", "queue", "outcome", "revision"],
                "Time that the customer waited in each queue of a settled journey, until an agent answered. `outcome` is `ok`, `abandoned`, `error` or `unknown`. Queues \
                 beyond `MAX_SERIES` are `__other__`.",
            ),
            Self::JourneyInsightOffset => seconds(
                "cxtrace.journey.insight_offset",
                &["rule", "platform", "queue", "revision"],
                "Time from the start of a settled journey to the first span of each insight, with the platform of that \
                 span and the queue that the customer was in last (`none` before any queue). Filter by `revision:1` to count \
                 each insight once. Platforms and queues beyond `MAX_SERIES` are `__other__`.",
            ),
            Self::JourneyOverdue => seconds(
                "cxtrace.journey.overdue",
                &[],
                "How long the journey that has waited longest has been due, at each run of the settler. It is 0 when no \
                 journey is due.",
            ),
            Self::ExportedJourneys => distribution(
                "cxtrace.export.journeys",
                "journey",
                &["outcome"],
                "Journeys whose traces were sent in one run of the settler. `outcome` is `accepted`, `postponed` (the \
                 receiver did not take them, and they will be sent again) or `rejected` (they will never be taken).",
            ),
            Self::ExportedSpans => distribution(
                "cxtrace.export.spans",
                "span",
                &["outcome"],
                "Spans of these journeys. `outcome` is `accepted`, `refused` (by a receiver that took the rest), \
                 `rejected`, or `outside_window` (older than `OTLP_MAX_AGE_HOURS`, or in the future, and therefore not sent).",
            ),
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.definition().name
    }

    /// Its series with the operator's static tags.
    #[must_use]
    pub fn series(self, template: &SeriesTemplate) -> Series {
        template.with_static_tags(Series::new(self.name(), Vec::new()))
    }

    /// The part of its series that counts something about `cause`. So these counts are divided where their causes are, and
    /// need no decision of their own.
    #[must_use]
    pub fn beside(self, cause: &Series, template: &SeriesTemplate) -> Series {
        self.series(template).beside(cause)
    }

    /// The identity of its count for the occurrence that caused it.
    #[must_use]
    pub fn of(self, cause: OccurrenceId) -> OccurrenceId {
        cause.caused(self.name())
    }
}

/// The page `docs/metrics.md`.
#[must_use]
pub fn page() -> String {
    let mut page = "\
# Metrics about Cxtrace itself

<!-- Generated from shared/domain/src/metrics/self_metrics.rs by: CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-domain -->

Every metric also has the tags of `METRIC_TAGS`, except those of journeys. With `METRICS_TRANSPORT=extension`, counts are
sent as distributions.

| metric | type | unit | tags | description |
|---|---|---|---|---|
"
    .to_owned();
    for metric in SelfMetric::ALL {
        let Definition { name, metric_type, unit, tags, description } = metric.definition();
        let metric_type = match metric_type {
            MetricType::Count => "count",
            MetricType::Distribution => "distribution",
        };
        let tags: Vec<_> = tags.iter().map(|tag| format!("`{tag}`")).collect();
        page += &format!("| `{name}` | {metric_type} | {unit} | {} | {description} |\n", tags.join(", "));
    }
    page
}

/// The series of malformed attributes of `flow`, and its identity in the cardinality budget.
///
/// The name of a flow is free text, so its series is admitted like any other. Attributes without a flow share one series,
/// which needs no admission.
#[must_use]
pub fn malformed(template: &SeriesTemplate, flow: Option<&str>) -> (Series, Option<AdmissionId>) {
    let tags = flow.map(|flow| Tag::new("flow", flow));
    let bare = Series::new(SelfMetric::Malformed.name(), tags.into_iter().collect());
    let admission = flow.is_some().then(|| AdmissionId::from_bytes(*bare.id().as_bytes()));
    (template.with_static_tags(bare), admission)
}

/// The series of placeholder ids and numbers, by `namespace`. The caller names few namespaces, so they need no
/// admission.
#[must_use]
pub fn meaningless(template: &SeriesTemplate, namespace: &'static str) -> Series {
    let tags = vec![Tag::new("namespace", namespace)];
    template.with_static_tags(Series::new(SelfMetric::Meaningless.name(), tags))
}

/// The series of deliveries of `source` that no input takes. Definitions and code name the sources and transports, so they
/// need no admission.
#[must_use]
pub fn unmatched(template: &SeriesTemplate, source: &str, transport: &str) -> Series {
    let tags = vec![Tag::new("source", source), Tag::new("transport", transport)];
    template.with_static_tags(Series::new(SelfMetric::Unmatched.name(), tags))
}

/// The series of malformed attributes of flows beyond the budget.
#[must_use]
pub fn malformed_overflow(template: &SeriesTemplate) -> Series {
    debug_assert_ne!(tag_value(OTHER, 5), OTHER, "no flow's own name is spelt like the overflow's");
    template.with_static_tags(Series::stored(SelfMetric::Malformed.name().to_owned(), vec![format!("flow:{OTHER}")]))
}

/// The series of a field that could not be read in an event of `source`, and its identity in the cardinality budget.
///
/// `field` is a name from our own tables. Senders choose the names of their sources.
#[must_use]
pub fn unreadable(template: &SeriesTemplate, source: &str, field: &str) -> (Series, AdmissionId) {
    let tags = vec![Tag::new("source", source), Tag::new("field", field)];
    let bare = Series::new(SelfMetric::Unreadable.name(), tags);
    let admission = AdmissionId::from_bytes(*bare.id().as_bytes());
    (template.with_static_tags(bare), admission)
}

/// The series of unreadable fields beyond the budget.
#[must_use]
pub fn unreadable_overflow(template: &SeriesTemplate) -> Series {
    let tags = vec![format!("source:{OTHER}"), format!("field:{OTHER}")];
    template.with_static_tags(Series::stored(SelfMetric::Unreadable.name().to_owned(), tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::occurrence::ConversationId;

    #[test]
    fn each_metric_of_one_cause_has_its_own_identity() {
        let cause = OccurrenceId::of(&ConversationId::try_new("c").unwrap(), "AMetric_B(2023-03-05T08:18:04Z)");
        let ids: std::collections::BTreeSet<_> = SelfMetric::ALL.iter().map(|metric| metric.of(cause)).collect();
        assert_eq!(ids.len(), SelfMetric::ALL.len());
        assert!(!ids.contains(&cause));
    }

    #[test]
    fn counts_have_the_operators_tags() {
        let template = SeriesTemplate::try_new("a.b", vec![Tag::parse("env:prod").unwrap()]).unwrap();
        let series = SelfMetric::Late.series(&template);
        assert_eq!((series.name(), series.tags().collect::<Vec<_>>()), ("cxtrace.occurrences.late", vec!["env:prod"]));
        let (series, admission) = malformed(&template, Some("Ivr Main"));
        assert_eq!(series.tags().collect::<Vec<_>>(), vec!["env:prod", "flow:ivr_main"]);
        assert!(admission.is_some() && malformed(&template, None).1.is_none());
        assert!(series.is_self_metric());
    }
}
