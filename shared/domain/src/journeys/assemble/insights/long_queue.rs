//! A long wait in a queue.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::duration;
use crate::journeys::document::Severity;
use crate::journeys::span::SpanType;
use crate::journeys::traits::Medium;

pub(super) const DEFINITION: Definition = Definition {
    title: "Long wait in queue",
    severity: Severity::Warning,
    finds: "The customer waited in a queue for `LONG_QUEUE_SECONDS` or more.",
    media: "Voice and chat, where the customer waits at the other end. Not call-backs, messages and e-mails.",
    evidence: "The customer's time in the queue is that long. In a queue that is still open, only time longer ago than the \
               source's delay counts. The time with an agent who has answered does not count.",
    defeated_by: "The medium is one in which nobody waits at the other end.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let queues = view.spans.iter().filter(|placed| placed.is(&[SpanType::Queue]) && placed.is_observed());
    let waiting = queues.filter(|queue| matches!(view.medium_of(queue), None | Some(Medium::Voice | Medium::Chat)));
    let long = waiting.filter_map(|queue| {
        let live = queue.is_live(view.now);
        // The customer may have left the queue, and its source may still report that.
        let certain = queue.span.ended_at.map_or_else(|| view.certain_until(queue), |end| end.0);
        let took = view.waited_in_queue(queue, certain);
        let text = match live {
            true => sentences::long_wait_goes_on(duration(took)),
            false => sentences::long_wait(duration(took)),
        };
        (took >= view.policy.long_queue && (live || queue.span.ended_at.is_some())).then(|| Finding::new(text, [queue]))
    });
    long.collect()
}
