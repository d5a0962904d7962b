//! A customer who left while waiting.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::duration;
use crate::journeys::document::Severity;
use crate::journeys::span::{Outcome, SpanType};
use crate::journeys::traits::EndReason;

pub(super) const DEFINITION: Definition = Definition {
    title: "Abandoned in queue",
    severity: Severity::Error,
    finds: "The customer left the queue before anybody answered.",
    media: "All.",
    evidence: "A queue reports that the customer abandoned it.",
    defeated_by: "Nothing: the queue itself says so. A customer who accepts a call-back is reported as sent on.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let queues = view.spans.iter().filter(|placed| placed.is(&[SpanType::Queue]) && placed.is_observed());
    let abandoned = queues.filter(|queue| is_abandoned(queue));
    abandoned
        .map(|queue| {
            let waited = queue.span.ended_at.map(|end| view.waited_in_queue(queue, end.0));
            let text =
                waited.map_or_else(sentences::left_queue_unseen, |waited| sentences::left_queue(duration(waited)));
            Finding::new(text, [queue])
        })
        .collect()
}

fn is_abandoned(queue: &PlacedSpan) -> bool {
    queue.span.status == Some(Outcome::Abandoned) || queue.traits.end_reason == Some(EndReason::Abandoned)
}
