//! Carries late counts to the current bucket, and finishes what earlier invocations left unfinished.
//!
//! `docs/design.md`, section 6, walks through every crash.

use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::{Bucket, CarriedCount, Carry, ConversationId, Occurrence, OccurrenceId};
use cxtrace_store::{MoveReason, StoreError};
use futures::stream::{StreamExt, iter};

use crate::handler::{CONCURRENCY, Grown, MetricsPublisher, PublishError, Published, keep_first};

impl MetricsPublisher {
    /// Finishes unfinished carries and redirects of these ledgers. Returns the ledgers without an unfinished carry:
    /// deciding another carry would overwrite the unfinished one.
    pub(crate) async fn finish(&self, ledgers: Vec<Grown>, first_error: &mut Option<PublishError>) -> Vec<Grown> {
        let copies: Vec<_> = ledgers.iter().flat_map(|grown| self.copies(grown)).collect();
        if let Err(error) = self.table.put_occurrences(&copies).await {
            keep_first(first_error, error.into());
        }
        let unfinished = ledgers.iter().filter_map(|grown| Some((grown, grown.contents.ledger.carried.unfinished()?)));
        let unfinished: Vec<_> = unfinished.collect();
        match self.store_counts(&unfinished).await {
            Ok(()) => ledgers,
            Err(error) => {
                keep_first(first_error, error.into());
                let is_finished = |grown: &Grown| grown.contents.ledger.carried.unfinished().is_none();
                ledgers.into_iter().filter(is_finished).collect()
            }
        }
    }

    /// Carries the late occurrences of these ledgers.
    pub(crate) async fn carry(
        &self,
        late: Vec<(Grown, Carry)>,
        done: &mut Published,
        first_error: &mut Option<PublishError>,
    ) {
        let decisions: Vec<_> = late.into_iter().map(|(grown, carry)| self.decide(grown, carry)).collect();
        let mut deciding = iter(decisions).buffer_unordered(CONCURRENCY);
        let mut decided = Vec::new();
        while let Some(outcome) = deciding.next().await {
            match outcome {
                Ok(carried) => decided.push(carried),
                Err(error) => keep_first(first_error, error.into()),
            }
        }
        drop(deciding);
        // Decisions end in any order; sorting makes the rest deterministic.
        decided.sort_by_key(|(grown, _)| grown.key);
        done.carries = decided.len();
        done.carried = decided.iter().map(|(_, carry)| carry.count).sum();
        let decided: Vec<_> = decided.iter().map(|(grown, carry)| (grown, *carry)).collect();
        if let Err(error) = self.store_counts(&decided).await {
            keep_first(first_error, error.into());
        }
    }

    async fn decide(&self, grown: Grown, carry: Carry) -> Result<(Grown, Carry), StoreError> {
        self.table.decide_carry(grown.key, &grown.contents.ledger, carry).await?;
        tracing::warn!(
            series = grown.series.name(),
            bucket = grown.key.bucket.start(),
            to = carry.to.start(),
            count = carry.count,
            uncertain = carry.uncertain,
            "Datadog had not accepted all occurrences of a bucket when it closed; the rest counts in the current bucket"
        );
        Ok((grown, carry))
    }

    /// Stores the counts of these carries, then notes that each carry is finished.
    async fn store_counts(&self, carries: &[(&Grown, Carry)]) -> Result<(), StoreError> {
        let (template, interval) = (&self.settings.template, self.settings.width.seconds());
        let counts = |(grown, carry): &(&Grown, Carry)| -> Vec<CarriedCount> {
            carry.counts(&grown.series, grown.key.bucket, interval, template)
        };
        self.table.put_carried_counts(&carries.iter().flat_map(counts).collect::<Vec<_>>()).await?;
        let notes: Vec<_> =
            carries.iter().map(|(grown, carry)| self.table.note_carry_finished(grown.key, carry.number)).collect();
        let mut noting = iter(notes).buffer_unordered(CONCURRENCY);
        let mut first_error = Ok(());
        while let Some(outcome) = noting.next().await {
            first_error = first_error.and(outcome);
        }
        first_error
    }

    /// The copies of redirected occurrences that are stored at their home.
    ///
    /// The invocation that decides a redirect also writes the copy, unless it dies first. Before it is retried, another
    /// event may store the occurrence at its home and add it to the seen set. Then only the publisher can write the
    /// copy.
    fn copies(&self, grown: &Grown) -> Vec<Occurrence> {
        let copies = grown.contents.ledger.redirected();
        copies.flat_map(|(id, to)| self.copy(grown, id, to).into_iter().flatten()).collect()
    }

    fn copy(&self, grown: &Grown, id: OccurrenceId, to: Bucket) -> Option<Vec<Occurrence>> {
        let (conversation, at) = grown.contents.details.get(&id)?;
        let copy = Occurrence {
            id,
            bucket: to,
            interval: self.settings.width.seconds(),
            conversation: ConversationId::try_new(conversation.as_str()).ok()?,
            at: *at,
            series: grown.series.clone(),
        };
        let is_skewed =
            grown.contents.reasons.get(&id) == Some(&MoveReason::Redirected) && !copy.series.is_self_metric();
        let skewed = is_skewed.then(|| Occurrence {
            id: SelfMetric::Skewed.of(id),
            series: SelfMetric::Skewed.beside(&copy.series, &self.settings.template),
            ..copy.clone()
        });
        Some(skewed.into_iter().chain([copy]).collect())
    }
}
