//! A transfer that nobody answered.

use std::collections::BTreeSet;

use super::definition::{Definition, Finding};
use crate::journeys::assemble::placed::PlacedSpan;
use crate::journeys::assemble::sentences;
use crate::journeys::assemble::view::View;
use crate::journeys::assemble::wording::with_article;
use crate::journeys::clocks::plus;
use crate::journeys::document::Severity;
use crate::journeys::handoff;
use crate::journeys::span::{Outcome, SpanType};
use crate::journeys::traits::{EndReason, Medium, TransferTarget};

pub(super) const DEFINITION: Definition = Definition {
    title: "Failed transfer",
    severity: Severity::Error,
    finds: "The customer was sent on and reached nobody, as far as is reported.",
    media: "Voice and call-backs. Messages and e-mails may wait after a transfer.",
    evidence: "A span ended by a transfer, or a hand-off to another platform ended, and no source reported that anybody \
               or anything took the customer over.",
    defeated_by: "A hand-off was matched; something begins on the line or outlasts the transfer; the party was consulted \
                  first; the transfer went to a phone number outside and the customer's line stayed up for longer than \
                  a phone rings, which is 45 s; the hand-off itself lasted for longer than that; the queue reports that \
                  an agent answered; the journey is going on and a source may still be late.",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let failed = view.lines.all().filter(|placed| is_transfer(placed, view) && !somebody_arrived(placed, view));
    clusters(failed.collect(), view)
        .into_iter()
        .map(|cluster| {
            let from = cluster.iter().min_by_key(|placed| placed.is_line());
            let which = match from {
                Some(placed) if placed.is(&[SpanType::PlatformHandoff]) => "to another platform".to_owned(),
                Some(placed) => format!("from {}", with_article(placed.span.span_type)),
                None => format!("from {}", with_article(SpanType::Telephony)),
            };
            // That it was a transfer is known. Why nobody answered must be said.
            let tells = |placed: &&&PlacedSpan| placed.traits.end_reason != Some(EndReason::Transfer);
            let reason = cluster.iter().filter(tells).find_map(|placed| placed.span.reason.as_deref());
            let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
            let text = match cluster.iter().any(|placed| reached_nobody(placed)) {
                true => sentences::failed_transfer(which, reason),
                false => sentences::unanswered_transfer(which, reason),
            };
            Finding::new(text, cluster)
        })
        .collect()
}

/// Whether the source of the transfer says that nobody answered. Otherwise it is only known that no source reported an
/// answer.
pub(in crate::journeys::assemble) fn reached_nobody(placed: &PlacedSpan) -> bool {
    let failed = placed.is(&[SpanType::PlatformHandoff]) && placed.span.status == Some(Outcome::Error);
    failed || placed.traits.end_reason.is_some_and(EndReason::is_unanswered)
}

fn is_transfer(placed: &PlacedSpan, view: &View<'_>) -> bool {
    let sent_on = match placed.span.span_type {
        SpanType::PlatformHandoff => true,
        SpanType::Hold | SpanType::Voicemail | SpanType::Web | SpanType::Message => false,
        _ => placed.is_transfer(),
    };
    sent_on && placed.span.ended_at.is_some() && !view.medium_of(placed).is_some_and(Medium::is_written)
}

/// Whether somebody or something took the customer over, or may still be reported to have done so.
fn somebody_arrived(placed: &PlacedSpan, view: &View<'_>) -> bool {
    let Some(end) = placed.span.ended_at.map(|end| end.0) else { return true };
    let answered = placed.is(&[SpanType::PlatformHandoff])
        && placed.span.status != Some(Outcome::Error)
        && end > plus(placed.start(), view.policy.ringing);
    let matched = view.gathered.handoffs.iter().any(|(from, _)| *from == placed.span.key);
    let consulted = placed.traits.end_reason == Some(EndReason::ConsultTransfer);
    if answered || matched || consulted || !view.absence_is_known(end) {
        return true;
    }
    let latest = view.last_chance(end);
    // Nobody reports who answers outside the platform. If the line stays up for longer than a phone rings, somebody
    // answered.
    let outside = matches!(placed.traits.transfer_target, None | Some(TransferTarget::Number))
        && placed.traits.end_reason != Some(EndReason::UnansweredTransfer);
    if outside && latest.min(view.now) > plus(plus(end, view.policy.ringing), handoff::TOLERANCE) {
        return true;
    }
    let mut others = view.lines.all().filter(|other| other.span.key != placed.span.key && !is_part_of(other, placed));
    others.any(|other| {
        let began = plus(other.start(), handoff::TOLERANCE) >= end && other.start() > placed.start();
        // Whether a call was made during the transferring span, to consult somebody, and went on after it.
        let consulted = other.start() > placed.start() && other.until(view.now) > plus(end, view.policy.transition);
        let lasted = !other.is_line() && other.until(view.now) > end;
        (began || consulted || lasted)
            && other.start() <= latest
            && !other.is(&[SpanType::Hold, SpanType::PlatformHandoff, SpanType::Web])
    })
}

fn is_part_of(placed: &PlacedSpan, whole: &PlacedSpan) -> bool {
    placed.span.parent.as_ref() == Some(&whole.span.key)
}

/// Transfers that ended at about the same time are one: several spans report it.
fn clusters<'a>(mut spans: Vec<&'a PlacedSpan>, view: &View<'_>) -> Vec<Vec<&'a PlacedSpan>> {
    let end = |placed: &PlacedSpan| placed.until(view.now);
    spans.sort_by_key(|placed| (end(placed), &placed.span.key));
    let mut clusters: Vec<Vec<&PlacedSpan>> = Vec::new();
    let mut seen = BTreeSet::new();
    for placed in spans.into_iter().filter(|placed| seen.insert(&placed.span.key)) {
        match clusters.last_mut() {
            Some(cluster) if cluster.last().is_some_and(|last| plus(end(last), handoff::TOLERANCE) >= end(placed)) => {
                cluster.push(placed);
            }
            _ => clusters.push(vec![placed]),
        }
    }
    clusters
}
