//! A customer who left while waiting.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
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
            let after = waited.map_or(String::new(), |waited| format!(" after {}", duration(waited)));
            Finding::new(format!("The customer left the queue{after}."), [queue])
        })
        .collect()
}

fn is_abandoned(queue: &PlacedSpan) -> bool {
    queue.span.status == Some(Outcome::Abandoned) || queue.traits.end_reason == Some(EndReason::Abandoned)
}
