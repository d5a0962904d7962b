//! Hand-offs to a phone number: one system sends a call to a number, and another answers a call to that number at about
//! the same time. The two belong together if each is the only possible match of the other. A phone number alone never joins anything.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::clocks::Clocks;
use super::fact::HandoffAct;
use super::gathered::EdgeId;
use super::id::Id;
use super::origin::{FactId, Source};
use cxtrace_privacy::Pseudonym;

/// How far apart the two ends may be, after correcting the sources' clocks.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// The maximum number of ends in one window. Of more, only those match that report the same customer's number, if these are not
/// more either.
pub const MAX_ENDS: usize = 200;

/// One end of a hand-off to one number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HandoffEvent {
    /// The time, on the source's clock.
    pub at: DateTime<Utc>,
    /// The anchor of the call.
    pub anchor: Id,
    pub act: HandoffAct,
    /// The customer's number, if it is known.
    pub customer: Option<Pseudonym>,
    pub source: Source,
    pub fact: FactId,
    /// Whether the caller's number was withheld.
    pub is_withheld: bool,
    /// The other ids of the call that the fact proves. Two systems may report one end, each under an id of its own.
    pub same: BTreeSet<Id>,
}

/// The pairs of ids that belong apart, because somebody has retracted what joined them.
pub type Apart = BTreeSet<EdgeId>;

impl HandoffEvent {
    fn ids<'a>(&'a self, apart: &'a Apart) -> impl Iterator<Item = &'a Id> {
        let is_same = |id: &&Id| apart.is_empty() || !apart.contains(&EdgeId::between(&self.anchor, id));
        self.same.iter().filter(is_same).chain([&self.anchor])
    }

    fn is_of_one_call(&self, other: &Self, apart: &Apart) -> bool {
        self.ids(apart).any(|id| other.ids(apart).any(|known| known == id))
    }
}

/// The anchors of the ends that are one call with another end only because a fact says so. If somebody has retracted that, they are
/// not.
#[must_use]
pub fn claimants(events: &[HandoffEvent]) -> BTreeSet<&Id> {
    let nothing = Apart::new();
    let is_claimed = |event: &HandoffEvent, other: &HandoffEvent| {
        event.anchor != other.anchor && event.is_of_one_call(other, &nothing)
    };
    let claimed = events.iter().filter(|event| !event.same.is_empty());
    claimed.filter(|event| events.iter().any(|other| is_claimed(event, other))).map(|event| &event.anchor).collect()
}

/// The time range in which all ends of a number must be known in order to match an end at `at`.
#[must_use]
pub fn window(at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    // A rival of the other end may have its own partner, and so on: at most five steps of one tolerance each. Each
    // clock may also be wrong by the largest accepted offset.
    let reach = TOLERANCE * 5 + Clocks::MAX_OFFSET * 2;
    (at - reach, at + reach)
}

/// The pairs that belong together: the end that sent the call, and the end that answered it. `events` are those of one
/// number in some window.
///
/// First, ends are matched if both sides report the same customer's number: other calls at that time do not make such a
/// match doubtful, so the ends with this number are enough to find it. Then the remaining ends are matched if one side does not
/// know that number.
/// Two ends with withheld numbers never belong together, because nothing shows that they are the same caller.
///
/// Ends under several ids are one call if a fact says so, unless the ids are `apart`.
#[must_use]
pub fn matches<'a>(
    events: &'a [HandoffEvent],
    clocks: &Clocks,
    apart: &Apart,
) -> Vec<(&'a HandoffEvent, &'a HandoffEvent)> {
    if events.len() > MAX_ENDS {
        return Vec::new();
    }
    let all: Vec<_> = events.iter().collect();
    let fit = |left: &HandoffEvent, arrived: &HandoffEvent| fit(left, arrived, clocks, apart);
    let known = pairs(&all, apart, |left, arrived| is_same_customer(left, arrived) && fit(left, arrived));
    // One end may be reported twice, once with the number and once without.
    let is_same = |event: &HandoffEvent, of: &HandoffEvent| {
        event.act == of.act && event.is_of_one_call(of, apart) && (event.at - of.at).abs() <= TOLERANCE
    };
    let is_known =
        |event: &HandoffEvent| known.iter().any(|(left, arrived)| is_same(event, left) || is_same(event, arrived));
    let rest: Vec<_> = all.into_iter().filter(|event| !is_known(event)).collect();
    let is_unknown = |event: &HandoffEvent| event.customer.is_none();
    let unknown = pairs(&rest, apart, |left, arrived| (is_unknown(left) || is_unknown(arrived)) && fit(left, arrived));
    let is_hidden = |event: &HandoffEvent| events.iter().any(|other| other.is_withheld && is_same(other, event));
    let shown = unknown.into_iter().filter(|(left, arrived)| !(is_hidden(left) && is_hidden(arrived)));
    known.into_iter().chain(shown).collect()
}

/// The ends that show the difference of two clocks, whether they are joined or not. Both sides report the same
/// customer's number, their times are within the largest clock offset, and no other end fits.
#[must_use]
pub fn compared<'a>(events: &'a [HandoffEvent], apart: &Apart) -> Vec<(&'a HandoffEvent, &'a HandoffEvent)> {
    if events.len() > MAX_ENDS {
        return Vec::new();
    }
    let near = |left: &HandoffEvent, arrived: &HandoffEvent| {
        !left.is_of_one_call(arrived, apart) && (arrived.at - left.at).abs() <= Clocks::MAX_OFFSET
    };
    let all: Vec<_> = events.iter().collect();
    pairs(&all, apart, |left, arrived| is_same_customer(left, arrived) && near(left, arrived))
}

/// The ends among `events` whose matches may change because an end of `customer`, which is one of them, is new. There are none
/// unless a call was sent to the number.
///
/// Ends of one customer match each other. Another end can match only ends of the other kind without a customer's number, so it
/// does not matter if there are none.
#[must_use]
pub fn touched(mut events: Vec<HandoffEvent>, customer: Option<Pseudonym>) -> Vec<HandoffEvent> {
    let is_there =
        |act, known: bool| events.iter().any(|event| event.act == act && (known || event.customer.is_none()));
    if !is_there(HandoffAct::Left, true) {
        return Vec::new();
    }
    let [unknown_left, unknown_arrived] = [HandoffAct::Left, HandoffAct::Arrived].map(|act| is_there(act, false));
    events.retain(|event| match (event.customer, event.act) {
        (None, _) => true,
        (known, _) if known == customer => true,
        (_, HandoffAct::Left) => unknown_arrived,
        (_, HandoffAct::Arrived) => unknown_left,
    });
    events
}

fn is_same_customer(left: &HandoffEvent, arrived: &HandoffEvent) -> bool {
    left.customer.is_some() && left.customer == arrived.customer
}

/// The ends that fit each other and no others.
fn pairs<'a>(
    events: &[&'a HandoffEvent],
    apart: &Apart,
    fit: impl Fn(&HandoffEvent, &HandoffEvent) -> bool,
) -> Vec<(&'a HandoffEvent, &'a HandoffEvent)> {
    let of = |act| events.iter().copied().filter(move |event| event.act == act);
    of(HandoffAct::Left)
        .filter_map(|left| {
            let arrived = only(of(HandoffAct::Arrived).filter(|arrived| fit(left, arrived)), apart)?;
            only(of(HandoffAct::Left).filter(|left| fit(left, arrived)), apart)?;
            Some((left, arrived))
        })
        .collect()
}

/// The only candidate. Several candidates of one call count as one, even if only a third one shows that they are.
fn only<'a>(candidates: impl Iterator<Item = &'a HandoffEvent>, apart: &Apart) -> Option<&'a HandoffEvent> {
    let mut others: Vec<_> = candidates.collect();
    let mut call = vec![others.pop()?];
    while !others.is_empty() {
        let is_of_it = |candidate: &&HandoffEvent| call.iter().any(|known| known.is_of_one_call(candidate, apart));
        let (mut of_it, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(is_of_it);
        if of_it.is_empty() {
            return None;
        }
        call.append(&mut of_it);
        others = rest;
    }
    call.into_iter().min()
}

fn fit(left: &HandoffEvent, arrived: &HandoffEvent, clocks: &Clocks, apart: &Apart) -> bool {
    let between = clocks.corrected(&arrived.source, arrived.at) - clocks.corrected(&left.source, left.at);
    !left.is_of_one_call(arrived, apart) && between.abs() <= TOLERANCE
}
