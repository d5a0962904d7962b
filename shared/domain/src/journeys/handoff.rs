//! Hand-offs to a phone number: one system sends a call to a number, another answers a call to it, at about the same
//! time. The two belong together if neither can belong to another: a phone number alone never joins anything.

use chrono::{DateTime, TimeDelta, Utc};

use super::clocks::Clocks;
use super::fact::HandoffAct;
use super::id::Id;
use super::origin::{FactId, Source};
use cxtrace_privacy::Pseudonym;

/// How far apart the two ends may be, after the sources' clocks have been compared.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// More ends than this in one window are too many to tell apart.
pub const MAX_ENDS: usize = 200;

/// One end of a hand-off to one number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HandoffEvent {
    /// When, on the source's clock.
    pub at: DateTime<Utc>,
    /// Whose.
    pub anchor: Id,
    /// Which end.
    pub act: HandoffAct,
    /// The customer's number, where it is known.
    pub customer: Option<Pseudonym>,
    /// Who says so.
    pub source: Source,
    /// In which fact.
    pub fact: FactId,
}

/// What has to be known of a number to judge an end at `at`: every end in this time.
#[must_use]
pub fn window(at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    // Whether a rival of the other end is one depends on its own partner, and so on: five steps of one tolerance each
    // at most. And each clock may be off by as much as is ever believed.
    let reach = TOLERANCE * 5 + Clocks::MAX_OFFSET * 2;
    (at - reach, at + reach)
}

/// The ends that belong together among `events`, those of one number in some window: the one that was left, and the
/// one that was answered.
///
/// First those where both sides tell the same number of the customer's: whoever else called then does not make them
/// doubtful. Then, among the ends that are left over, those where a side does not know it.
#[must_use]
pub fn matches<'a>(events: &'a [HandoffEvent], clocks: &Clocks) -> Vec<(&'a HandoffEvent, &'a HandoffEvent)> {
    if events.len() > MAX_ENDS {
        return Vec::new();
    }
    let all: Vec<_> = events.iter().collect();
    let known = pairs(&all, |left, arrived| is_same_customer(left, arrived) && fit(left, arrived, clocks));
    // The same end may be told twice, once with the number and once without.
    let is_told = |event: &HandoffEvent, of: &HandoffEvent| {
        event.act == of.act && event.anchor == of.anchor && (event.at - of.at).abs() <= TOLERANCE
    };
    let is_known =
        |event: &HandoffEvent| known.iter().any(|(left, arrived)| is_told(event, left) || is_told(event, arrived));
    let rest: Vec<_> = all.into_iter().filter(|event| !is_known(event)).collect();
    let is_unknown = |event: &HandoffEvent| event.customer.is_none();
    let unknown = pairs(&rest, |left, arrived| (is_unknown(left) || is_unknown(arrived)) && fit(left, arrived, clocks));
    known.into_iter().chain(unknown).collect()
}

/// The ends that say how far clocks are apart, whether they are joined or not: both sides tell the same customer's
/// number, within as much as clocks may differ, and no other end could be meant.
#[must_use]
pub fn compared(events: &[HandoffEvent]) -> Vec<(&HandoffEvent, &HandoffEvent)> {
    if events.len() > MAX_ENDS {
        return Vec::new();
    }
    let near = |left: &HandoffEvent, arrived: &HandoffEvent| {
        left.anchor != arrived.anchor && (arrived.at - left.at).abs() <= Clocks::MAX_OFFSET
    };
    let all: Vec<_> = events.iter().collect();
    pairs(&all, |left, arrived| is_same_customer(left, arrived) && near(left, arrived))
}

fn is_same_customer(left: &HandoffEvent, arrived: &HandoffEvent) -> bool {
    left.customer.is_some() && left.customer == arrived.customer
}

/// The ends that fit each other, and nobody else.
fn pairs<'a>(
    events: &[&'a HandoffEvent],
    fit: impl Fn(&HandoffEvent, &HandoffEvent) -> bool,
) -> Vec<(&'a HandoffEvent, &'a HandoffEvent)> {
    let of = |act| events.iter().copied().filter(move |event| event.act == act);
    of(HandoffAct::Left)
        .filter_map(|left| {
            let arrived = only(of(HandoffAct::Arrived).filter(|arrived| fit(left, arrived)))?;
            only(of(HandoffAct::Left).filter(|left| fit(left, arrived)))?;
            Some((left, arrived))
        })
        .collect()
}

/// The only candidate, where several of one anchor are one.
fn only<'a>(mut candidates: impl Iterator<Item = &'a HandoffEvent>) -> Option<&'a HandoffEvent> {
    let mut first = candidates.next()?;
    for candidate in candidates {
        if candidate.anchor != first.anchor {
            return None;
        }
        first = first.min(candidate);
    }
    Some(first)
}

fn fit(left: &HandoffEvent, arrived: &HandoffEvent, clocks: &Clocks) -> bool {
    let apart = clocks.corrected(&arrived.source, arrived.at) - clocks.corrected(&left.source, left.at);
    left.anchor != arrived.anchor && apart.abs() <= TOLERANCE
}
