//! A call that ended by a fault.

use chrono::{DateTime, TimeDelta, Utc};

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::{duration, list, whereabouts};
use crate::journeys::clocks::plus;
use crate::journeys::document::{CallEnding, Severity};
use crate::journeys::span::{Outcome, SpanType};
use crate::journeys::traits::EndReason;

pub(super) const DEFINITION: Definition = Definition {
    title: "Dropped call",
    severity: Severity::Error,
    finds: "A call ended by a fault while the customer was with somebody or something. A drop that several systems see \
            is one insight, which says how each of them saw the call end.",
    media: "Voice and call-backs.",
    evidence: "The line, or the agent, AI agent or IVR that the customer was with, ended with the status `error` or by \
               a fault.",
    defeated_by: "The customer was transferred; something else follows on the same line; another line of the same call \
                  ended normally before the fault; the journey is going on and a source may still be late.",
    find,
};

/// A call that dropped.
pub(in crate::journeys::assemble) struct Drop<'a> {
    /// The first of its endings.
    pub(in crate::journeys::assemble) at: DateTime<Utc>,
    /// The spans that ended by a fault, in the order of their ends.
    endings: Vec<&'a PlacedSpan>,
    /// What the customer was with.
    with: Option<&'a PlacedSpan>,
}

impl Drop<'_> {
    /// Where the customer was: ` with the second agent`.
    pub(in crate::journeys::assemble) fn place(&self, view: &View<'_>) -> String {
        let place = self.with.map_or_else(|| whereabouts(SpanType::Telephony).to_owned(), |with| view.place(with));
        format!(" {place}")
    }

    /// The first span of each platform that ended with the call, in the order of their ends. A line may notice the end
    /// late, and without a fault.
    fn seen_by<'b>(&'b self, view: &'b View<'_>) -> Vec<&'b PlacedSpan> {
        let late = plus(self.at, view.policy.long_gap);
        let lines = view.lines.all().filter(|line| line.is_line() && line.start() <= self.at);
        let noticed = lines.filter(|line| line.span.ended_at.is_some_and(|end| self.at <= end.0 && end.0 <= late));
        let mut all: Vec<_> = self.endings.iter().copied().chain(noticed).collect();
        // The order is stable, so of equal times the fault comes first.
        all.sort_by_key(|placed| placed.span.ended_at);
        let mut platforms: Vec<&PlacedSpan> = Vec::new();
        for placed in all {
            if !platforms.iter().any(|other| other.span.platform == placed.span.platform) {
                platforms.push(placed);
            }
        }
        platforms
    }

    /// How much later than `first` the platform of `placed` saw the call end. `None` if the clocks cannot tell: ends on two
    /// clocks that differ by little may have been in either order.
    fn later(first: &PlacedSpan, placed: &PlacedSpan, view: &View<'_>) -> Option<TimeDelta> {
        let trusted = if placed.clock == first.clock { TimeDelta::zero() } else { view.policy.skew };
        let later = placed.span.ended_at?.0 - first.span.ended_at?.0;
        (later > trusted).then_some(later)
    }

    /// How each platform saw it end, the first one first.
    pub(in crate::journeys::assemble) fn lines(&self, view: &View<'_>) -> Vec<CallEnding> {
        let platforms = self.seen_by(view);
        let Some(first) = platforms.first().copied() else { return Vec::new() };
        let line = |placed: &PlacedSpan| {
            Some(CallEnding {
                platform: placed.span.platform.clone(),
                span: placed.span.key.clone(),
                ended_at: placed.span.ended_at?,
                later_ms: Self::later(first, placed, view).map(|later| later.num_milliseconds()),
                reason: placed.span.reason.clone(),
            })
        };
        platforms.into_iter().filter_map(line).collect()
    }

    /// The same, as a sentence.
    pub(in crate::journeys::assemble) fn endings(&self, view: &View<'_>) -> String {
        let platforms = self.seen_by(view);
        let Some(first) = platforms.first().copied() else { return String::new() };
        let (mut at_once, mut afterwards) = (Vec::new(), Vec::new());
        for placed in platforms {
            let reason = placed.span.reason.as_deref().map_or(String::new(), |reason| format!(" (reason {reason})"));
            let platform = format!("{}{reason}", placed.span.platform);
            match Self::later(first, placed, view) {
                None => at_once.push(platform),
                Some(later) => afterwards.push(format!("{platform} {} later", duration(later))),
            }
        }
        match (at_once.as_slice(), afterwards.as_slice()) {
            ([only], []) => sentences::one_saw_the_end(only),
            ([first], later) => sentences::first_saw_the_end(first, list(later)),
            (all, []) => sentences::all_saw_the_end(list(all)),
            (some, later) => sentences::some_saw_the_end(list(some), list(later)),
        }
    }

    /// Whether it is how the journey ended: the customer was in nothing that began later.
    pub(in crate::journeys::assemble) fn is_last(&self, view: &View<'_>) -> bool {
        let own = |placed: &PlacedSpan| self.endings.iter().any(|ending| ending.span.key == placed.span.key);
        !view.lines.activities.iter().any(|placed| placed.start() >= self.at && !own(placed))
    }
}

fn find(view: &View<'_>) -> Vec<Finding> {
    drops(view)
        .into_iter()
        .map(|drop| {
            let after = view.since_start(drop.at);
            let text = sentences::call_dropped(drop.place(view), after, drop.endings(view));
            // The text says how each platform saw the end, also one that noticed it without a fault.
            let mut spans = drop.endings.clone();
            for placed in drop.seen_by(view).into_iter().chain(drop.with) {
                if !spans.iter().any(|other| other.span.key == placed.span.key) {
                    spans.push(placed);
                }
            }
            Finding::new(text, spans)
        })
        .collect()
}

/// The calls that dropped, in order.
pub(in crate::journeys::assemble) fn drops<'a>(view: &View<'a>) -> Vec<Drop<'a>> {
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
    drops.into_iter().filter_map(|(at, endings)| drop_of(at, endings, view)).collect()
}

fn drop_of<'a>(at: DateTime<Utc>, endings: Vec<&'a PlacedSpan>, view: &View<'a>) -> Option<Drop<'a>> {
    let first = *endings.first()?;
    if ended_normally_before(at, first, view) {
        return None;
    }
    let with = if first.is_line() { with_whom(at, view) } else { Some(first) };
    Some(Drop { at, endings, with })
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
        let margin = if line.clock == first.clock { TimeDelta::zero() } else { view.policy.skew };
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
