//! Moving what came too late: each occurrence once, marked first, then copied.

use cxtrace_domain::metrics::SelfMetric;
use cxtrace_domain::metrics::{ConversationId, Move, Occurrence, OccurrenceId};
use cxtrace_store::{MoveReason, StoreError};

use crate::handler::{Grown, MetricsPublisher};

impl MetricsPublisher {
    /// Moves `moves` of a closed ledger to the current bucket, and finishes what was begun before: every
    /// mark whose occurrence is stored here must have its copy and its own counts.
    ///
    /// A move that was begun here has its copy unless this function died between the two. A redirect has
    /// it from the function that decided it, unless that died; and when it tried again, an event that
    /// judged otherwise may have stored the occurrence here and marked it as seen.
    pub(crate) async fn move_late(&self, grown: &Grown, moves: &[(OccurrenceId, bool)]) -> Result<(), StoreError> {
        let now = self.clock.now();
        let reason_of = |id| grown.contents.reasons.get(&id).copied().unwrap_or(MoveReason::Late);
        let mut marked: Vec<_> = grown.contents.ledger.moved().map(|(id, to)| (id, to, reason_of(id))).collect();
        for (id, uncertain) in moves {
            let own_time = grown.contents.details.get(id).and_then(|(_, at)| *at);
            let wanted = Move { to: self.settings.width.after_closing(own_time, now), uncertain: *uncertain };
            marked.push((*id, self.table.mark_late(grown.key, *id, wanted).await?, MoveReason::Late));
        }
        if marked.is_empty() {
            return Ok(());
        }
        if !moves.is_empty() {
            let uncertain = moves.iter().filter(|(_, uncertain)| *uncertain).count();
            tracing::warn!(
                series = grown.sample.series.name(),
                bucket = grown.key.bucket.start(),
                moved = moves.len(),
                uncertain,
                "occurrences of a closed bucket are moved to the current one"
            );
        }
        let facts: Vec<_> =
            marked.into_iter().flat_map(|(id, to, reason)| self.facts_of_move(grown, id, to, reason)).collect();
        self.table.put_occurrences(&facts).await
    }

    /// The copy, and what Cxtrace counts of itself for it.
    fn facts_of_move(&self, grown: &Grown, id: OccurrenceId, to: Move, reason: MoveReason) -> Vec<Occurrence> {
        let (conversation, at) = match grown.contents.details.get(&id) {
            Some((conversation, at)) => (ConversationId::try_new(conversation.as_str()).ok(), *at),
            None => (None, grown.sample.at),
        };
        let copy = Occurrence {
            id,
            bucket: to.to,
            interval: self.settings.width.seconds(),
            conversation: conversation.unwrap_or_else(|| grown.sample.conversation.clone()),
            at,
            series: grown.sample.series.clone(),
        };
        let own: &[SelfMetric] = match reason {
            // An outage that counted the lateness of its own counts would never end counting.
            _ if grown.sample.series.is_self_metric() => &[],
            MoveReason::Redirected => &[SelfMetric::Skewed],
            MoveReason::Late if to.uncertain => &[SelfMetric::Late, SelfMetric::Uncertain],
            MoveReason::Late => &[SelfMetric::Late],
        };
        let own = own.iter().map(|own| Occurrence {
            id: match reason {
                MoveReason::Redirected => own.of(id),
                MoveReason::Late => own.of_move(id, grown.key.bucket),
            },
            series: own.series(&self.settings.template),
            ..copy.clone()
        });
        own.chain([copy.clone()]).collect()
    }
}
