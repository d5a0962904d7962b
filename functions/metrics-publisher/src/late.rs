//! Moving what came too late: each occurrence once, marked first, then copied.

use cxtrace_domain::metrics::own::Own;
use cxtrace_domain::metrics::{ConversationId, Move, Occurrence, OccurrenceId};
use cxtrace_store::{MoveReason, StoreError};

use crate::handler::{Grown, MetricsPublisher};

impl MetricsPublisher {
    /// Moves `moves` of a closed ledger to the current bucket, and finishes the moves that were begun
    /// before: every mark must have its copy and its own counts.
    pub(crate) async fn move_late(&self, grown: &Grown, moves: &[(OccurrenceId, bool)]) -> Result<(), StoreError> {
        let to = self.settings.width.bucket(self.clock.now());
        let begun = grown.contents.ledger.moved().filter(|(id, _)| {
            // A redirected occurrence has its copy from the function that redirected it.
            grown.contents.reasons.get(id) == Some(&MoveReason::Late)
        });
        let mut marked: Vec<_> = begun.collect();
        for (id, uncertain) in moves {
            let wanted = Move { to, uncertain: *uncertain };
            marked.push((*id, self.table.mark_late(grown.key, *id, wanted).await?));
        }
        if marked.is_empty() {
            return Ok(());
        }
        if !moves.is_empty() {
            let uncertain = moves.iter().filter(|(_, uncertain)| *uncertain).count();
            tracing::warn!(
                series = grown.sample.series.name(), bucket = grown.key.bucket.start(), moved = moves.len(), uncertain,
                "occurrences of a closed bucket are moved to the current one"
            );
        }
        let facts: Vec<_> = marked.into_iter().flat_map(|(id, to)| self.facts_of_move(grown, id, to)).collect();
        self.table.put_occurrences(&facts).await
    }

    /// The copy, and what Cxtrace counts of itself for it.
    fn facts_of_move(&self, grown: &Grown, id: OccurrenceId, to: Move) -> Vec<Occurrence> {
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
        // An outage that counted the lateness of its own counts would never end counting.
        let causes = if grown.sample.series.is_own() { [None, None] } else { [Some(Own::Late), to.uncertain.then_some(Own::Uncertain)] };
        let own = causes.into_iter().flatten().map(|own| Occurrence {
            id: own.of_move(id, grown.key.bucket),
            series: own.series(&self.settings.template),
            ..copy.clone()
        });
        own.chain([copy.clone()]).collect()
    }
}
