//! The erasure of what is stored about a person, who is known by a phone number. This file knows neither HTTP nor DynamoDB.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_privacy::Pseudonym;

use super::fact::{Fact, Handoff};
use super::id::{Id, JourneyId};

/// How long an erasure is remembered, so that events that are sent again do not bring anything back. Events wait for at
/// most 13 days in a retry queue, and for 14 days in a dead-letter queue.
pub const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// A request to erase the journeys of a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The number, by its keyed hashes: one for each key.
    pub numbers: Vec<Pseudonym>,
    /// When it is requested. What began later is not erased by an event that arrives later.
    pub at: DateTime<Utc>,
    /// After so many journeys, the rest is left to the next request.
    pub most_journeys: usize,
    /// Whether journeys in which the number is only the contact centre's own are erased, too.
    pub with_centre: bool,
    /// Only counts what would be erased.
    pub is_dry_run: bool,
}

/// How an erasure ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErasureStatus {
    /// Nothing is left: a last read of the table found no mention of the number.
    #[default]
    Complete,
    /// There is more. The same request continues.
    Partial,
    /// In the next journey, the number is not a customer's but the contact centre's own, or only calls were transferred to it. It
    /// was not erased.
    CentresOwn,
}

/// What an erasure has erased. A dry run reports what it would erase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// How it ended.
    pub status: ErasureStatus,
    /// Journeys.
    pub journeys: usize,
    /// Facts of these journeys.
    pub facts: usize,
    /// Items of the table, with the facts.
    pub items: usize,
    /// What the last read still found. 0 when it is complete.
    pub remaining: usize,
    /// Journeys to which a source links more ids than a walk follows. They were erased as they are shown, without what only these
    /// links lead to.
    pub too_large: usize,
}

/// Where it may be noted that something that `fact` names was erased: the linked ids and the customers' numbers. Its
/// anchor is not among them.
pub fn marks(fact: &Fact) -> impl Iterator<Item = JourneyId> {
    let linked = fact.links.iter().map(|link| link.id.journey());
    let mentioned = fact.mentions.iter().map(|mention| mention.phone.hash);
    let customers = fact.handoffs.iter().filter_map(|handoff| handoff.customer.as_ref().map(|customer| customer.hash));
    linked.chain(mentioned.chain(customers).map(JourneyId::of_erased_number))
}

/// `fact` without its links to `ids`, and without the numbers and transfers that name one of `numbers`. `None` if one of these ids
/// stands in another place of it, too: then nothing of it can be kept.
#[must_use]
pub fn without(fact: &Fact, numbers: &[Pseudonym], ids: &BTreeSet<Id>) -> Option<Fact> {
    let mut rest = fact.clone();
    rest.links.retain(|link| !ids.contains(&link.id));
    rest.unconfirmed.retain(|id| !ids.contains(id));
    rest.mentions.retain(|mention| !numbers.contains(&mention.phone.hash));
    rest.handoffs.retain(|handoff| !names(handoff, numbers));
    let holds_id = |text: &str| ids.iter().any(|id| holds(text, id.value()));
    for span in &mut rest.spans {
        span.parent = span.parent.take().filter(|parent| !holds_id(parent.as_str()));
    }
    let text = serde_json::to_string(&rest).unwrap_or_default();
    (!holds_id(&text)).then_some(rest)
}

/// Whether `value` stands in `text` as a whole text, or as a part between colons.
fn holds(text: &str, value: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| c == ':' || c == '"');
    text.match_indices(value)
        .any(|(at, _)| is_edge(text[..at].chars().next_back()) && is_edge(text[at + value.len()..].chars().next()))
}

/// Whether a transfer goes to one of `numbers`, or shows it as the customer's.
fn names(handoff: &Handoff, numbers: &[Pseudonym]) -> bool {
    let customer = handoff.customer.as_ref();
    [Some(&handoff.number), customer].into_iter().flatten().any(|phone| numbers.contains(&phone.hash))
}

/// Whether `fact` belongs to something that was erased at `erased_at`. A fact about something that began later, such as a
/// new call of the same person, does not.
#[must_use]
pub fn is_erased(fact: &Fact, erased_at: DateTime<Utc>) -> bool {
    fact.earliest() <= erased_at
}
