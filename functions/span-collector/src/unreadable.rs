//! Counts unreadable fields of events by source and field, and placeholder ids and numbers by namespace. These counts
//! are occurrences in the state table, so they are published like all others and are equally exact. A fact and a field
//! or namespace make their identity, so an event that is sent again counts once. An event without them costs no
//! request. It also counts the deliveries that no input of their source takes.

use cxtrace_clock::SharedClock;
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, Placement, Series, self_metrics};
use cxtrace_settings::MetricSettings;
use cxtrace_sources::delivery::Delivery;
use cxtrace_sources::{genesys, ids};
use cxtrace_store::{Admissions, BucketKey, Redirect, StateTable, StoreError};

/// Counts unreadable fields into the state table.
#[derive(Debug)]
pub struct UnreadableFields {
    table: StateTable,
    settings: MetricSettings,
    clock: SharedClock,
    admissions: Admissions,
}

impl UnreadableFields {
    #[must_use]
    pub fn new(table: StateTable, settings: MetricSettings, clock: SharedClock) -> Self {
        Self { table, settings, clock, admissions: Admissions::default() }
    }

    /// Counts the unreadable fields and the meaningless ids of `fact`.
    ///
    /// # Errors
    /// When the state table does not answer. Counting again changes nothing.
    pub async fn count(&self, fact: &Fact) -> Result<(), StoreError> {
        let Ok(conversation) = ConversationId::try_new(fact.anchor.value()) else { return Ok(()) };
        let mut counts = Vec::new();
        for field in &fact.unreadable {
            counts.push((format!("unreadable {} {field}", fact.id()), self.series(fact, field).await?));
        }
        for (namespace, count) in &fact.meaningless {
            let series = self_metrics::meaningless(&self.settings.template, ids::counted_as(namespace));
            counts.extend((0..*count).map(|n| (format!("meaningless {} {namespace} {n}", fact.id()), series.clone())));
        }
        let mut occurrences = Vec::new();
        for (what, series) in counts {
            let id = OccurrenceId::of(&conversation, &format!("\0{what}"));
            // A fact is observed at one time, in any event. Only a clock far ahead is corrected.
            let placement = Placement::of(fact.observed_at, fact.observed_at, self.clock.now(), self.settings.width);
            let series = self.settings.template.part(series, id.as_bytes(), placement.home);
            let home = BucketKey { series: series.id(), bucket: placement.home };
            let bucket = match placement.redirect {
                None => placement.home,
                Some(to) => match self.table.redirect(home, id, to).await? {
                    Redirect::To(bucket) => bucket,
                    Redirect::Home => continue,
                },
            };
            let (interval, conversation) = (self.settings.width.seconds(), conversation.clone());
            occurrences.push(Occurrence { id, series, bucket, interval, conversation, at: Some(fact.observed_at) });
        }
        match occurrences.is_empty() {
            true => Ok(()),
            false => self.table.put_occurrences(&occurrences).await,
        }
    }

    /// Counts a delivery that no input of `source` takes. A delivery counts once: its content and the time of its arrival
    /// make its identity.
    ///
    /// # Errors
    /// When the state table does not answer. Counting again changes nothing.
    pub async fn count_unmatched(&self, source: &str, delivery: &Delivery) -> Result<(), StoreError> {
        let transport = delivery.transport.to_string();
        let Ok(conversation) = ConversationId::try_new(format!("{source} {transport}")) else { return Ok(()) };
        let arrived = delivery.received_at.unwrap_or_else(|| self.clock.now());
        let digest = Digest128::of([delivery.body.as_slice(), arrived.timestamp_millis().to_string().as_bytes()]);
        let series = self_metrics::unmatched(&self.settings.template, source, &transport);
        let id = OccurrenceId::of(&conversation, &format!("\0unmatched {digest}"));
        let placement = Placement::of(arrived, arrived, self.clock.now(), self.settings.width);
        let series = self.settings.template.part(series, id.as_bytes(), placement.home);
        let home = BucketKey { series: series.id(), bucket: placement.home };
        let bucket = match placement.redirect {
            None => placement.home,
            Some(to) => match self.table.redirect(home, id, to).await? {
                Redirect::To(bucket) => bucket,
                Redirect::Home => return Ok(()),
            },
        };
        let interval = self.settings.width.seconds();
        self.table
            .put_occurrences(&[Occurrence { id, series, bucket, interval, conversation, at: Some(arrived) }])
            .await
    }

    /// Senders choose their names, so the cardinality budget covers them. Genesys has one name.
    async fn series(&self, fact: &Fact, field: &str) -> Result<Series, StoreError> {
        let MetricSettings { template, max_series, .. } = &self.settings;
        let (series, admission) = self_metrics::unreadable(template, fact.source.as_str(), field);
        let is_admitted =
            fact.source == genesys::SOURCE || self.admissions.ask(&self.table, admission, *max_series).await?;
        Ok(if is_admitted { series } else { self_metrics::unreadable_overflow(template) })
    }
}
