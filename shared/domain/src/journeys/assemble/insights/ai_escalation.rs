//! An AI agent that handed the customer over to a person.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::duration;
use crate::journeys::clocks::plus;
use crate::journeys::document::Severity;
use crate::journeys::handoff;
use crate::journeys::span::SpanType;

pub(super) const DEFINITION: Definition = Definition {
    title: "AI escalation",
    severity: Severity::Info,
    finds: "An AI agent handed the customer over to a person, or to a queue for one.",
    media: "All.",
    evidence: "A span of type `ai_conversation` ended. A queue or an agent began on the same line, on a line that began \
               within `LONG_GAP_SECONDS`, or by a matched hand-off.",
    defeated_by: "Another AI agent talked to the customer in between; the customer left and came back later.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let activities = &view.lines.activities;
    let escalated = activities.iter().filter(|placed| placed.is(&[SpanType::AiConversation])).filter_map(|ai| {
        let end = ai.span.ended_at?.0;
        let person = activities.iter().find(|placed| {
            let later = plus(placed.start(), handoff::TOLERANCE) >= end && placed.start() > ai.start();
            placed.is(&[SpanType::Queue, SpanType::AgentInteraction]) && later
        })?;
        let another = |placed: &&PlacedSpan| {
            let between = ai.start() < placed.start() && placed.start() < person.start();
            placed.is(&[SpanType::AiConversation]) && between
        };
        if activities.iter().any(another) || !is_connected(ai, person, view) {
            return None;
        }
        let to = if person.is(&[SpanType::Queue]) { "a queue for human agents" } else { "a human agent" };
        let text = sentences::escalated(&ai.span.platform, to, duration(end - ai.start()));
        Some(Finding::new(text, [*ai, *person]))
    });
    escalated.collect()
}

/// Whether the customer went from the AI agent to the person without leaving.
fn is_connected(ai: &PlacedSpan, person: &PlacedSpan, view: &View<'_>) -> bool {
    let Some(end) = ai.span.ended_at.map(|end| end.0) else { return false };
    let matched = view.gathered.handoffs.iter().any(|(from, _)| *from == ai.span.key);
    let soon = plus(end, view.policy.long_gap);
    let lines = view.lines.all().filter(|line| line.is_line() && line.start() <= soon);
    let up = lines.map(|line| line.until(view.now)).filter(|until| plus(*until, handoff::TOLERANCE) >= end);
    let latest = up.max().map_or(soon, |until| until.max(soon));
    matched || person.start() <= latest
}
