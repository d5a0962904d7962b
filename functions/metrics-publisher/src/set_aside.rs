//! Sets aside unreadable items and records: sends them to the dead-letter queue with their place and the reason, and
//! counts them. They do not stop the others.

use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::{ConversationId, Occurrence, OccurrenceId, Series};
use cxtrace_store::stream::{StreamRecord, UnreadableRecord};
use cxtrace_store::{BucketKey, StoreError};
use serde_json::json;

use crate::handler::{Grown, MetricsPublisher, PublishError};

/// The unreadable items of one ledger.
pub(crate) struct Unreadable {
    key: BucketKey,
    series: Series,
    items: Vec<StoreError>,
    is_left_out: bool,
}

impl MetricsPublisher {
    /// Removes unreadable items from `ledgers`, and the ledgers whose total is therefore unknown: publishing or
    /// carrying a total that is too small would lose counts.
    pub(crate) fn split_unreadable(ledgers: Vec<Grown>) -> (Vec<Grown>, Vec<Unreadable>) {
        let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
        for mut grown in ledgers {
            let items = std::mem::take(&mut grown.contents.unreadable);
            let is_left_out = grown.contents.is_incomplete;
            if !items.is_empty() {
                unreadable.push(Unreadable { key: grown.key, series: grown.series.clone(), items, is_left_out });
            }
            if !is_left_out {
                readable.push(grown);
            }
        }
        (readable, unreadable)
    }

    pub(crate) async fn set_aside_record(
        &self,
        record: &StreamRecord,
        error: &UnreadableRecord,
    ) -> Result<(), PublishError> {
        let reason = error.to_string();
        tracing::error!(reason, "a stream record is set aside");
        let dead_letter = json!({"what": "stream record", "reason": reason, "keys": record.images.keys});
        Ok(self.dead_letters.send(dead_letter.to_string()).await?)
    }

    /// Sets aside items, and returns how many. This is the last step of a batch: a batch that is retried for hours
    /// would send the same message each time.
    pub(crate) async fn set_aside(&self, unreadable: Vec<Unreadable>) -> Result<usize, PublishError> {
        let mut counts = Vec::new();
        for Unreadable { key, series, items, is_left_out } in &unreadable {
            for item in items {
                let StoreError::Unreadable { pk, sk, reason } = item else { continue };
                tracing::error!(pk, sk, reason, is_left_out, "an item of a ledger is set aside");
                let dead_letter = json!({
                    "what": "ledger item",
                    "reason": reason,
                    "keys": { "pk": pk, "sk": sk },
                    "metric": series.name(),
                    "tags": series.tags().collect::<Vec<_>>(),
                    "timestamp": key.bucket.start(),
                    "published": !is_left_out,
                });
                self.dead_letters.send(dead_letter.to_string()).await?;
                counts.extend(self.count_of_unreadable(*key, sk));
            }
        }
        self.table.put_occurrences(&counts).await?;
        Ok(counts.len())
    }

    /// The count of an unreadable item, in the bucket of its ledger, so that reading it again counts nothing.
    fn count_of_unreadable(&self, key: BucketKey, sk: &str) -> Option<Occurrence> {
        let conversation = ConversationId::try_new(format!("{} {}", key.series, key.bucket)).ok()?;
        Some(Occurrence {
            id: OccurrenceId::of(&conversation, sk),
            series: SelfMetric::UnreadableItem.series(&self.settings.template),
            bucket: key.bucket,
            interval: self.settings.width.seconds(),
            conversation,
            at: None,
        })
    }
}
