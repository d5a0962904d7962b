//! A long wait in a queue.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::duration;
use crate::journeys::document::Severity;
use crate::journeys::span::SpanType;
use crate::journeys::traits::Medium;
use chrono::TimeDelta;

pub(super) const DEFINITION: Definition = Definition {
    title: "Long wait in queue",
    severity: Severity::Warning,
    finds: "The customer waited in a queue for `LONG_QUEUE_SECONDS` or more.",
    media: "Voice and chat, where the customer waits at the other end. Not call-backs, messages and e-mails.",
    evidence: "The queue's span is that long, or is open and has lasted that long.",
    defeated_by: "The medium is one in which nobody waits at the other end.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let queues = view.spans.iter().filter(|placed| placed.is(&[SpanType::Queue]) && placed.is_observed());
    let waiting = queues.filter(|queue| matches!(view.medium_of(queue), None | Some(Medium::Voice | Medium::Chat)));
    let long = waiting.filter_map(|queue| {
        let live = queue.is_live(view.now);
        let so_far = (view.now - queue.start()).max(TimeDelta::zero());
        let took = queue.duration().or(live.then_some(so_far)).filter(|took| *took >= view.policy.long_queue)?;
        let verb = if live { "has been waiting" } else { "waited" };
        Some(Finding::new(format!("The customer {verb} {} in the queue.", duration(took)), [queue]))
    });
    long.collect()
}
