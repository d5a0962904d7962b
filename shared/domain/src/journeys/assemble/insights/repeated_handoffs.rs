//! A customer who was handed over repeatedly.

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::clocks::plus;
use crate::journeys::document::Severity;
use crate::journeys::span::SpanType;
use crate::journeys::traits::EndReason;

pub(super) const DEFINITION: Definition = Definition {
    title: "Repeated hand-offs",
    severity: Severity::Warning,
    finds: "The customer was handed over three times or more, between agents or between platforms.",
    media: "All.",
    evidence: "Another agent, or another platform's IVR, AI agent, agent or conversation, follows without the customer \
               having left.",
    defeated_by: "It is the same agent in another session; the agent did not answer, or was only consulted; the customer \
                  left and came back, or went to a web site.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    const PLACES: [SpanType; 4] =
        [SpanType::Ivr, SpanType::AiConversation, SpanType::AgentInteraction, SpanType::Message];
    let mut handed = Vec::new();
    let mut before: Option<&PlacedSpan> = None;
    let mut agent: Option<&str> = None;
    for placed in view.lines.activities.iter().copied().filter(|placed| placed.is(&PLACES) && took_over(placed, view)) {
        if let Some(before) = before.filter(|before| follows(placed, before, view)) {
            let other_platform = before.span.platform != placed.span.platform;
            let other_agent = agent.is_some() && placed.agent().is_some() && placed.agent() != agent;
            if other_platform || other_agent {
                handed.push(placed);
            }
            agent = placed.agent().or(agent.filter(|_| !other_platform));
        } else {
            agent = placed.agent();
        }
        before = Some(placed);
    }
    if handed.len() < view.policy.many_handoffs.max(1) {
        return Vec::new();
    }
    let text = sentences::repeated_handoffs(handed.len());
    vec![Finding::new(text, handed)]
}

/// Whether the customer talked to it. This is false for an agent who did not answer or whom another agent consulted.
fn took_over(placed: &PlacedSpan, view: &View<'_>) -> bool {
    let unanswered = placed.is_unanswered_agent() || placed.traits.end_reason.is_some_and(EndReason::is_unanswered);
    let around = |other: &&PlacedSpan| {
        let inside = other.start() < placed.start() && placed.until(view.now) < other.until(view.now);
        other.is(&[SpanType::AgentInteraction]) && other.agent() != placed.agent() && inside
    };
    let consulted = placed.agent().is_some() && view.lines.activities.iter().any(around);
    !unanswered && !consulted
}

/// Whether the customer was still there when it began.
fn follows(placed: &PlacedSpan, before: &PlacedSpan, view: &View<'_>) -> bool {
    let end = before.until(view.now);
    placed.start() <= end || placed.start() <= plus(view.last_chance(end), view.policy.long_gap)
}
