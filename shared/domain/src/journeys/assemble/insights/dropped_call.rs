//! A call that ended by a fault.

use chrono::{DateTime, Utc};

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::{duration, nth_agent, whereabouts};
use crate::journeys::clocks::plus;
use crate::journeys::document::Severity;
use crate::journeys::span::{Outcome, SpanType};
use crate::journeys::traits::EndReason;

pub(super) const DEFINITION: Definition = Definition {
    title: "Dropped call",
    severity: Severity::Error,
    finds: "A call ended by a fault while the customer was with somebody or something. A drop that several systems see \
            is one insight, which names the first ending.",
    media: "Voice and call-backs.",
    evidence: "The line, or the agent, AI agent or IVR that the customer was with, ended with the status `error` or by \
               a fault.",
    defeated_by: "The customer was transferred; something else follows on the same line; another line of the same call \
                  ended normally before the fault; the journey is going on and a source may still be late.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut faults: Vec<_> =
        view.lines.all().filter_map(|placed| Some((ended_by_fault(placed, view)?, placed))).collect();
    faults.sort_by_key(|(end, placed)| (*end, &placed.span.key));
    let mut drops: Vec<(DateTime<Utc>, Vec<&PlacedSpan>)> = Vec::new();
    for (end, placed) in faults {
        match drops.last_mut() {
            // A line that was up when the call dropped belongs to the same call, however late its own end is noticed.
            Some((dropped, seen)) if placed.start() <= *dropped => seen.push(placed),
            _ => drops.push((end, vec![placed])),
        }
    }
    drops.into_iter().filter_map(|(end, seen)| finding(end, &seen, view)).collect()
}

fn finding(end: DateTime<Utc>, seen: &[&PlacedSpan], view: &View<'_>) -> Option<Finding> {
    let first = *seen.first()?;
    if ended_normally_before(end, first, view) {
        return None;
    }
    let with = if first.is_line() { with_whom(end, view) } else { Some(first) };
    let place = with.map_or_else(|| "on the line".to_owned(), |with| place(with, view));
    let after = with.and_then(PlacedSpan::duration).map_or(String::new(), |took| format!(" after {}", duration(took)));
    let reason = first.span.reason.as_deref().map_or(String::new(), |reason| format!(" ({reason})"));
    let with = with.filter(|with| !seen.iter().any(|placed| placed.span.key == with.span.key));
    Some(Finding::new(format!("The call dropped {place}{after}{reason}."), seen.iter().copied().chain(with)))
}

/// The customer's counterpart: `with the second agent` if there was more than one agent.
fn place(with: &PlacedSpan, view: &View<'_>) -> String {
    let agents = view.agents();
    let number = with.agent().and_then(|agent| agents.iter().position(|other| *other == agent));
    match number {
        Some(number) if agents.len() > 1 => format!("with {}", nth_agent(number + 1)),
        _ => whereabouts(with.span.span_type).to_owned(),
    }
}

/// When it ended, if that was by a fault and nothing follows.
fn ended_by_fault(placed: &PlacedSpan, view: &View<'_>) -> Option<DateTime<Utc>> {
    let end = placed.span.ended_at?.0;
    let fault = placed.span.status == Some(Outcome::Error) || placed.traits.end_reason == Some(EndReason::Fault);
    let leg = placed.is(&[SpanType::Telephony, SpanType::AgentInteraction, SpanType::AiConversation, SpanType::Ivr]);
    let dropped = fault
        && leg
        && view.is_voice(placed)
        && !placed.is_transfer()
        && view.absence_is_known(end)
        && !goes_on(placed, end, view)
        && (!placed.is_line() || with_whom(end, view).is_some());
    dropped.then_some(end)
}

/// Whether another line of the same call ended normally before. Ends on two clocks that differ by little may have been
/// in either order.
fn ended_normally_before(end: DateTime<Utc>, first: &PlacedSpan, view: &View<'_>) -> bool {
    view.lines.all().filter(|line| line.is_line() && line.span.key != first.span.key).any(|line| {
        let Some(ended) = line.span.ended_at.map(|end| end.0) else { return false };
        let margin = if line.clock == first.clock { chrono::TimeDelta::zero() } else { view.policy.skew };
        let normal = matches!(line.span.status, Some(Outcome::Ok | Outcome::Abandoned)) && !line.is_transfer();
        normal && plus(ended, margin) < end && first.start() <= ended && !goes_on(line, ended, view)
    })
}

/// The activity of the customer when a line ended at `end`: people before machines, then the latest.
fn with_whom<'a>(end: DateTime<Utc>, view: &View<'a>) -> Option<&'a PlacedSpan> {
    let then = view.lines.activities.iter().copied().filter(|placed| {
        !placed.is_line()
            && !placed.is(&[SpanType::Hold, SpanType::Web])
            && placed.start() <= end
            && plus(placed.until(view.now), view.policy.transition) >= end
    });
    then.max_by_key(|placed| (placed.is(&[SpanType::AgentInteraction]), placed.start(), &placed.span.key))
}

/// Whether the customer was in something else afterwards, on the same line or by a hand-off.
fn goes_on(placed: &PlacedSpan, end: DateTime<Utc>, view: &View<'_>) -> bool {
    let latest = view.last_chance(end);
    let mut others = view.lines.activities.iter().filter(|other| other.span.key != placed.span.key && !other.is_line());
    others.any(|other| {
        let later = other.start() >= end || other.until(view.now) > plus(end, view.policy.transition);
        later && !other.is(&[SpanType::Hold, SpanType::Web]) && other.start() <= latest
    })
}
