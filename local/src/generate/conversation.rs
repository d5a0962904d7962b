//! One conversation: its participants, the attributes that flows write, and the resulting updates.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::arrivals::Arrivals;
use super::body::{Attributes, Body, Communication, EventTime};
use super::delivery::DeliverySchedule;
use super::expected::GeneratedAttribute;
use super::flows::{Flow, clock_error};
use super::ordinary;
use cxtrace_fixtures::genesys::{ATTRIBUTES_TOPIC, Detail, REGION};
use cxtrace_fixtures::{Envelope, SeededRng};

/// A conversation between two of its updates.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    rng: SeededRng,
    began: DateTime<Utc>,
    /// The time of the next update.
    due: DateTime<Utc>,
    media: &'static str,
    flow: &'static Flow,
    clock_error: TimeDelta,
    external_contacts: Option<Vec<String>>,
    participants: Vec<Participant>,
    /// The number of participants that have not joined yet.
    to_join: u64,
    /// The number of updates that the latest participant still makes.
    left: u64,
}

#[derive(Debug)]
struct Participant {
    id: String,
    communication: Option<(String, Option<&'static str>)>,
    /// All attributes of this participant so far.
    attributes: Vec<(String, String)>,
}

/// One update. It makes one event, however often that event is delivered.
#[derive(Debug)]
pub(super) struct Update {
    participant: usize,
    event_time: DateTime<Utc>,
    iso: bool,
    correlation: String,
    /// The metric names that are new in it.
    pub(super) attributes: Vec<GeneratedAttribute>,
    /// When it is published and delivered.
    pub(super) schedule: DeliverySchedule,
}

/// Chosen by weight: half of all conversations are calls.
const MEDIA: [&str; 8] = ["VOICE", "VOICE", "VOICE", "VOICE", "MESSAGE", "MESSAGE", "EMAIL", "CALLBACK"];

impl Conversation {
    /// Conversation number `index` of the run with this seed.
    pub(super) fn begin(seed: u64, index: u32, arrivals: &Arrivals) -> Self {
        let mut rng = SeededRng::with_plain_key(seed, index.into());
        let began = arrivals.begin(index, &mut rng);
        let external_contacts = match rng.below(10) {
            0..6 => None,
            6..8 => Some(Vec::new()),
            _ => Some(vec![rng.uuid_from_bytes()]),
        };
        let mut conversation = Self {
            id: rng.uuid_from_bytes(),
            began,
            due: began,
            media: rng.pick(&MEDIA),
            flow: Flow::pick(&mut rng),
            clock_error: clock_error(&mut rng),
            external_contacts,
            participants: Vec::new(),
            to_join: rng.weighted([30, 35, 18, 9, 5, 3].into_iter()) as u64,
            left: 0,
            rng,
        };
        conversation.join();
        conversation
    }

    /// The time of the next update; `None` when the conversation is over.
    pub(super) fn due(&self) -> Option<DateTime<Utc>> {
        (self.left > 0).then_some(self.due)
    }

    /// Makes the next update, and schedules the one after it.
    pub(super) fn update(&mut self) -> Update {
        let latest = self.participants.len() - 1;
        // An agent's script or an integration may write to an earlier participant.
        let participant = if self.rng.chance(100) { self.rng.index(latest + 1) } else { latest };
        let counts = self.rng.chance(425);
        // Metrics come last, so that this update does not remove an attribute that it sets.
        if !counts || self.rng.chance(300) {
            self.write_ordinary(participant);
        }
        let update = Update {
            participant,
            event_time: self.due,
            iso: self.rng.chance(30),
            correlation: self.rng.uuid_from_bytes(),
            attributes: if counts { self.count_metrics(participant) } else { Vec::new() },
            schedule: DeliverySchedule::draw(self.due, &mut self.rng),
        };
        self.schedule_next();
        update
    }

    /// Plans the next update, or a hand-over to the next participant.
    fn schedule_next(&mut self) {
        self.due += if self.rng.chance(40) { self.rng.millis(120_000, 900_000) } else { self.rng.millis(300, 45_000) };
        self.left -= 1;
        if self.left == 0 && self.to_join > 0 {
            self.to_join -= 1;
            self.join();
        }
    }

    /// A participant joins, often with a copy of the previous participant's attributes. Then both have the same metric
    /// attributes.
    fn join(&mut self) {
        let rng = &mut self.rng;
        let attributes = match self.participants.last() {
            Some(before) if rng.chance(400) => before.attributes.clone(),
            _ => Vec::new(),
        };
        if rng.chance(500) {
            self.flow = Flow::pick(rng);
        }
        let communication = match rng.below(100) {
            0..7 => None,
            7..15 => Some((rng.uuid_from_bytes(), None)),
            _ => Some((rng.uuid_from_bytes(), Some(self.media))),
        };
        self.left = rng.between(2, 7);
        let latest = self.participants.len();
        self.participants.push(Participant { id: rng.uuid_from_bytes(), communication, attributes });
        for _ in 0..self.rng.between(2, 6) {
            self.write_ordinary(latest);
        }
    }

    /// The flow sets one metric or several: a voice flow collects them and sends them at once.
    fn count_metrics(&mut self, participant: usize) -> Vec<GeneratedAttribute> {
        let rng = &mut self.rng;
        let count = if rng.chance(200) { rng.between(2, 5) } else { 1 };
        let queued_for = if count == 1 { (1, 2_000) } else { (1, 180_000) };
        let mut times: Vec<_> =
            (0..count).map(|_| (self.due - rng.millis(queued_for.0, queued_for.1)).max(self.began)).collect();
        times.sort();
        let generated: Vec<_> = times.into_iter().map(|at| self.flow.attribute(at + self.clock_error, rng)).collect();
        for GeneratedAttribute { name, .. } in &generated {
            set(&mut self.participants[participant].attributes, name, "1".to_owned());
        }
        generated
    }

    /// An ordinary attribute is set, set again, or sometimes removed.
    fn write_ordinary(&mut self, participant: usize) {
        let attributes = &mut self.participants[participant].attributes;
        if !attributes.is_empty() && self.rng.chance(80) {
            attributes.remove(self.rng.index(attributes.len()));
        } else {
            let (name, value) = ordinary::attribute(&mut self.rng);
            set(attributes, name, value);
        }
    }

    /// The event of `update`, in the envelope with this id. Call it before the next update, which changes the
    /// attributes.
    pub(super) fn render(&self, update: &Update, envelope: &str, source: &str) -> String {
        let participant = &self.participants[update.participant];
        let published = update.schedule.published;
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
        let detail = Detail::new(ATTRIBUTES_TOPIC, &self.id, &update.correlation, published, body);
        Envelope::new(envelope, ATTRIBUTES_TOPIC, source, REGION, published, detail).json()
    }
}

fn set(attributes: &mut Vec<(String, String)>, name: &str, value: String) {
    match attributes.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => attributes.push((name.to_owned(), value)),
    }
}
