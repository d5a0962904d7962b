//! Realistic traffic, made up: what a contact centre's Genesys organization would put on the bus.
//!
//! A run is decided by four values, and is the same to the byte whenever and wherever it is made. It
//! knows nothing of how attributes are read: what it meant, the [`Truth`], is there to judge that.
//!
//! | what it does | module |
//! |---|---|
//! | when conversations begin | `arrivals` |
//! | how one lives | `conversation` |
//! | which flows run in it, and what they call their metrics | `flows` |
//! | what else stands in its attributes | `ordinary` |
//! | what befalls an event on its way | `delivery` |
//! | what an event says | `body` |

use std::collections::BTreeMap;
use std::iter::Peekable;

use chrono::{DateTime, Utc};
use cxtrace_fixtures::genesys::{self, ORGANIZATION, SOURCE_PREFIX};

mod arrivals;
mod body;
mod conversation;
mod delivery;
mod flows;
mod ordinary;
#[cfg(test)]
mod tests;
mod truth;

use arrivals::Arrivals;
use conversation::Conversation;
use delivery::Kind;
pub use truth::{Meaning, Occurrence, Truth};

/// A run of generated traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Another seed gives another run.
    pub seed: u64,
    /// How many conversations there are; each makes about ten events.
    pub conversations: u32,
    /// The hours in which they begin: 1 to 8,784, what is outside being taken as the nearest. Their last
    /// events may come some hours later.
    pub hours: u32,
    /// When the first hour begins.
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
    /// The events as they arrive: in the order of publication, but for those that are overtaken,
    /// delivered again or sent again.
    ///
    /// They are made as they are asked for, and only conversations that are under way are held.
    pub fn events(&self) -> impl Iterator<Item = GeneratedEvent> + Send + use<> {
        self.events_from(SOURCE_PREFIX)
    }

    /// [`Self::events`] from another source: `<source_prefix>/<organization>/cxtrace`. A bus takes events
    /// with the prefix `aws.` from AWS and its partners only.
    pub fn events_from(&self, source_prefix: &str) -> impl Iterator<Item = GeneratedEvent> + Send + use<> {
        Arriving {
            source: genesys::source(source_prefix, ORGANIZATION),
            beginning: self.lives().peekable(),
            waiting: BTreeMap::new(),
            queued: 0,
        }
    }

    /// What a right count of all events comes to.
    #[must_use]
    pub fn expected(&self) -> Truth {
        let mut truth = Truth::default();
        for mut conversation in self.lives() {
            while conversation.due().is_some() {
                let update = conversation.update();
                for delivery in update.passage.deliveries {
                    truth.events += 1;
                    truth.redelivered += u64::from(delivery.kind == Kind::Redelivery);
                    truth.resent += u64::from(delivery.kind == Kind::Resend);
                }
                for meant in update.meant {
                    truth.note(&conversation.id, meant);
                }
            }
        }
        truth
    }

    /// Every conversation at its beginning, by the time of that.
    fn lives(&self) -> impl Iterator<Item = Conversation> + Send + use<> {
        let arrivals = Arrivals::new(self.start, self.hours, self.conversations);
        let seed = self.seed;
        (0..self.conversations).map(move |index| Conversation::begin(seed, index, &arrivals))
    }
}

/// Merges the lives of all conversations by time.
struct Arriving<L: Iterator<Item = Conversation>> {
    source: String,
    beginning: Peekable<L>,
    /// What comes next, by its time and then in the order in which it was queued.
    waiting: BTreeMap<(DateTime<Utc>, u64), Next>,
    queued: u64,
}

enum Next {
    Update(Box<Conversation>),
    Arrival(GeneratedEvent),
}

impl<L: Iterator<Item = Conversation>> Arriving<L> {
    fn queue(&mut self, at: DateTime<Utc>, next: Next) {
        self.queued += 1;
        self.waiting.insert((at, self.queued), next);
    }

    fn queue_update(&mut self, conversation: Conversation) {
        if let Some(due) = conversation.due() {
            self.queue(due, Next::Update(Box::new(conversation)));
        }
    }
}

impl<L: Iterator<Item = Conversation>> Iterator for Arriving<L> {
    type Item = GeneratedEvent;

    fn next(&mut self) -> Option<GeneratedEvent> {
        loop {
            // Nothing that waits may go before a conversation that begins earlier.
            let first = self.waiting.first_key_value().map(|((at, _), _)| *at);
            let earlier = |conversation: &Conversation| first.is_none_or(|first| conversation.due() <= Some(first));
            if let Some(conversation) = self.beginning.next_if(earlier) {
                self.queue_update(conversation);
                continue;
            }
            match self.waiting.pop_first()?.1 {
                Next::Arrival(event) => return Some(event),
                Next::Update(mut conversation) => {
                    let update = conversation.update();
                    for delivery in &update.passage.deliveries {
                        let json = conversation.render(&update, &delivery.envelope, &self.source);
                        let event = GeneratedEvent { json, published: update.passage.published };
                        self.queue(delivery.at, Next::Arrival(event));
                    }
                    self.queue_update(*conversation);
                }
            }
        }
    }
}
