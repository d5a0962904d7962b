//! One conversation's life: who takes part, what flows write into it, and the updates that this makes.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::arrivals::Arrivals;
use super::delivery::Passage;
use super::dice::Dice;
use super::envelope::{Attributes, Body, Communication, Envelope, EventTime};
use super::flows::{Flow, clock_error};
use super::ordinary;
use super::truth::Meant;

/// A conversation between two of its updates.
#[derive(Debug)]
pub(super) struct Conversation {
    /// Its id.
    pub(super) id: String,
    dice: Dice,
    began: DateTime<Utc>,
    /// When the next update is made.
    due: DateTime<Utc>,
    media: &'static str,
    flow: &'static Flow,
    clock_error: TimeDelta,
    external_contacts: Option<Vec<String>>,
    participants: Vec<Participant>,
    /// How many more will join.
    to_join: u64,
    /// How many more updates the latest participant makes.
    left: u64,
}

#[derive(Debug)]
struct Participant {
    id: String,
    communication: Option<(String, Option<&'static str>)>,
    /// Cumulative, and this participant's own.
    attributes: Vec<(String, String)>,
}

/// One update: what makes an event, however often that is delivered.
#[derive(Debug)]
pub(super) struct Update {
    participant: usize,
    event_time: DateTime<Utc>,
    iso: bool,
    correlation: String,
    /// The metric names that are new in it.
    pub(super) meant: Vec<Meant>,
    /// Its way to us.
    pub(super) passage: Passage,
}

/// By weight: half of all conversations are calls.
const MEDIA: [&str; 8] = ["VOICE", "VOICE", "VOICE", "VOICE", "MESSAGE", "MESSAGE", "EMAIL", "CALLBACK"];

impl Conversation {
    /// Conversation number `index` of the run with this seed.
    pub(super) fn begin(seed: u64, index: u32, arrivals: &Arrivals) -> Self {
        let mut dice = Dice::new(seed, index.into());
        let began = arrivals.begin(index, &mut dice);
        let external_contacts = match dice.below(10) {
            0..6 => None,
            6..8 => Some(Vec::new()),
            _ => Some(vec![dice.uuid()]),
        };
        let mut conversation = Self {
            id: dice.uuid(),
            began,
            due: began,
            media: dice.pick(&MEDIA),
            flow: Flow::pick(&mut dice),
            clock_error: clock_error(&mut dice),
            external_contacts,
            participants: Vec::new(),
            to_join: dice.weighted([30, 35, 18, 9, 5, 3].into_iter()) as u64,
            left: 0,
            dice,
        };
        conversation.join();
        conversation
    }

    /// When the next update is made; `None` when the conversation is over.
    pub(super) fn due(&self) -> Option<DateTime<Utc>> {
        (self.left > 0).then_some(self.due)
    }

    /// Makes the next update, and lives on to the one after it.
    pub(super) fn update(&mut self) -> Update {
        let latest = self.participants.len() - 1;
        // An agent's script or an integration may write to one who joined earlier.
        let participant = if self.dice.chance(100) { self.dice.index(latest + 1) } else { latest };
        let counts = self.dice.chance(425);
        // Metrics come last: what this update removes must not be what it sets.
        if !counts || self.dice.chance(300) {
            self.write_ordinary(participant);
        }
        let update = Update {
            participant,
            event_time: self.due,
            iso: self.dice.chance(30),
            correlation: self.dice.uuid(),
            meant: if counts { self.count_metrics(participant) } else { Vec::new() },
            passage: Passage::roll(self.due, &mut self.dice),
        };
        self.live_on();
        update
    }

    /// On to the next update, or to a hand-over to who joins next.
    fn live_on(&mut self) {
        self.due +=
            if self.dice.chance(40) { self.dice.millis(120_000, 900_000) } else { self.dice.millis(300, 45_000) };
        self.left -= 1;
        if self.left == 0 && self.to_join > 0 {
            self.to_join -= 1;
            self.join();
        }
    }

    /// A participant joins, often with a copy of what the one before knew: the same metric attributes
    /// then stand under both.
    fn join(&mut self) {
        let dice = &mut self.dice;
        let attributes = match self.participants.last() {
            Some(before) if dice.chance(400) => before.attributes.clone(),
            _ => Vec::new(),
        };
        if dice.chance(500) {
            self.flow = Flow::pick(dice);
        }
        let communication = match dice.below(100) {
            0..7 => None,
            7..15 => Some((dice.uuid(), None)),
            _ => Some((dice.uuid(), Some(self.media))),
        };
        self.left = dice.between(2, 7);
        let latest = self.participants.len();
        self.participants.push(Participant { id: dice.uuid(), communication, attributes });
        for _ in 0..self.dice.between(2, 6) {
            self.write_ordinary(latest);
        }
    }

    /// The flow sets one metric, or several: a voice flow queues what it sets and sends it at once.
    fn count_metrics(&mut self, participant: usize) -> Vec<Meant> {
        let dice = &mut self.dice;
        let count = if dice.chance(200) { dice.between(2, 5) } else { 1 };
        let queued_for = if count == 1 { (1, 2_000) } else { (1, 180_000) };
        let mut times: Vec<_> =
            (0..count).map(|_| (self.due - dice.millis(queued_for.0, queued_for.1)).max(self.began)).collect();
        times.sort();
        let meant: Vec<_> = times.into_iter().map(|at| self.flow.attribute(at + self.clock_error, dice)).collect();
        for Meant { attribute, .. } in &meant {
            set(&mut self.participants[participant].attributes, attribute, "1".to_owned());
        }
        meant
    }

    /// Something ordinary is set, set again, or, now and then, removed.
    fn write_ordinary(&mut self, participant: usize) {
        let attributes = &mut self.participants[participant].attributes;
        if !attributes.is_empty() && self.dice.chance(80) {
            attributes.remove(self.dice.index(attributes.len()));
        } else {
            let (name, value) = ordinary::attribute(&mut self.dice);
            set(attributes, name, value);
        }
    }

    /// The event that tells of `update`, in the envelope with this id. To be called before the next
    /// update, because the map of attributes lives on.
    pub(super) fn render(&self, update: &Update, envelope: &str, source: &str) -> String {
        let participant = &self.participants[update.participant];
        let text = |format| update.passage.published.to_rfc3339_opts(format, true);
        let body = Body {
            event_time: if update.iso {
                EventTime::Iso(update.event_time.to_rfc3339_opts(SecondsFormat::Millis, true))
            } else {
                EventTime::Millis(update.event_time.timestamp_millis())
            },
            conversation_id: &self.id,
            participant_id: &participant.id,
            attributes: Attributes(&participant.attributes),
            conversation_external_contact_ids: self.external_contacts.as_deref(),
            communications: participant
                .communication
                .as_ref()
                .map(|(id, media_type)| [Communication { id, media_type: *media_type }]),
        };
        let times = (text(SecondsFormat::Secs), text(SecondsFormat::Millis));
        Envelope::new(envelope, source, (&times.0, &times.1), &update.correlation, body).to_string()
    }
}

fn set(attributes: &mut Vec<(String, String)>, name: &str, value: String) {
    match attributes.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => attributes.push((name.to_owned(), value)),
    }
}
