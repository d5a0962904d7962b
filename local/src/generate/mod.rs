//! Generates realistic traffic: the events that a contact centre's Genesys organization would put on the bus.
//!
//! Four values determine a run, which is the same to the byte at any time and on any machine. The generator does not
//! know how attributes are read: the [`ExpectedCounts`] check that.
//!
//! | part | module |
//! |---|---|
//! | start times of conversations | `arrivals` |
//! | the updates of a conversation | `conversation` |
//! | flows and the names of their metrics | `flows` |
//! | other attributes | `ordinary` |
//! | deliveries of an event | `delivery` |
//! | the content of an event | `body` |

use std::collections::BTreeMap;
use std::iter::Peekable;

use chrono::{DateTime, Utc};
use cxtrace_fixtures::genesys::{self, ORGANIZATION, SOURCE_PREFIX};

mod arrivals;
mod body;
mod conversation;
mod delivery;
mod expected;
mod flows;
mod ordinary;
#[cfg(test)]
mod tests;

use arrivals::Arrivals;
use conversation::Conversation;
use delivery::DeliveryKind;
pub use expected::{AttributeKey, ExpectedCounts, ExpectedMetric};

/// A run of generated traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Different seeds give different runs.
    pub seed: u64,
    /// The number of conversations; each makes about ten events.
    pub conversations: u32,
    /// The hours in which they begin, limited to 1 to 8,784. Their last events may come some hours later.
    pub hours: u32,
    /// The start of the first hour.
    pub start: DateTime<Utc>,
}

/// One event as EventBridge delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedEvent {
    /// The whole envelope as JSON, on one line without its end.
    pub json: String,
    /// When Genesys published it: its `detail.timestamp`.
    pub published: DateTime<Utc>,
}

impl Traffic {
    /// The events in order of arrival: the order of publication, except for events that are overtaken, delivered again
    /// or sent again.
    ///
    /// They are generated on demand, and only open conversations are in memory.
    pub fn events(&self) -> impl Iterator<Item = GeneratedEvent> + Send + use<> {
        self.events_from(SOURCE_PREFIX)
    }

    /// [`Self::events`] with another source: `<source_prefix>/<organization>/cxtrace`. A bus accepts the prefix `aws.`
    /// from AWS and its partners only.
    pub fn events_from(&self, source_prefix: &str) -> impl Iterator<Item = GeneratedEvent> + Send + use<> {
        MergedEvents {
            source: genesys::source(source_prefix, ORGANIZATION),
            beginning: self.conversations().peekable(),
            waiting: BTreeMap::new(),
            queued: 0,
        }
    }

    /// The correct counts of all events.
    #[must_use]
    pub fn expected(&self) -> ExpectedCounts {
        let mut expected = ExpectedCounts::default();
        for mut conversation in self.conversations() {
            while conversation.due().is_some() {
                let update = conversation.update();
                for delivery in update.schedule.deliveries {
                    expected.events += 1;
                    expected.redelivered += u64::from(delivery.kind == DeliveryKind::Redelivery);
                    expected.resent += u64::from(delivery.kind == DeliveryKind::Resend);
                }
                for attribute in update.attributes {
                    expected.note(&conversation.id, attribute);
                }
            }
        }
        expected
    }

    /// Every conversation at its start, in order of time.
    fn conversations(&self) -> impl Iterator<Item = Conversation> + Send + use<> {
        let arrivals = Arrivals::new(self.start, self.hours, self.conversations);
        let seed = self.seed;
        (0..self.conversations).map(move |index| Conversation::begin(seed, index, &arrivals))
    }
}

/// Merges the events of all conversations by time.
struct MergedEvents<L: Iterator<Item = Conversation>> {
    source: String,
    beginning: Peekable<L>,
    /// The queued items, by time and then in the order of queueing.
    waiting: BTreeMap<(DateTime<Utc>, u64), Pending>,
    queued: u64,
}

enum Pending {
    Update(Box<Conversation>),
    Arrival(GeneratedEvent),
}

impl<L: Iterator<Item = Conversation>> MergedEvents<L> {
    fn queue(&mut self, at: DateTime<Utc>, next: Pending) {
        self.queued += 1;
        self.waiting.insert((at, self.queued), next);
    }

    fn queue_update(&mut self, conversation: Conversation) {
        if let Some(due) = conversation.due() {
            self.queue(due, Pending::Update(Box::new(conversation)));
        }
    }
}

impl<L: Iterator<Item = Conversation>> Iterator for MergedEvents<L> {
    type Item = GeneratedEvent;

    fn next(&mut self) -> Option<GeneratedEvent> {
        loop {
            // A waiting event must not come before a conversation that begins earlier.
            let first = self.waiting.first_key_value().map(|((at, _), _)| *at);
            let earlier = |conversation: &Conversation| first.is_none_or(|first| conversation.due() <= Some(first));
            if let Some(conversation) = self.beginning.next_if(earlier) {
                self.queue_update(conversation);
                continue;
            }
            match self.waiting.pop_first()?.1 {
                Pending::Arrival(event) => return Some(event),
                Pending::Update(mut conversation) => {
                    let update = conversation.update();
                    for delivery in &update.schedule.deliveries {
                        let json = conversation.render(&update, &delivery.envelope, &self.source);
                        let event = GeneratedEvent { json, published: update.schedule.published };
                        self.queue(delivery.at, Pending::Arrival(event));
                    }
                    self.queue_update(*conversation);
                }
            }
        }
    }
}
