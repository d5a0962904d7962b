//! One simulated journey: the events of its systems, and its true insights.
//!
//! The simulation decides the truth: a call that is simulated to drop was dropped. No rule of the product is used.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::InsightRule;
use cxtrace_fixtures::SeededRng;
use serde_json::{Value, json};

use crate::platforms::Event;
use crate::platforms::envelope::add;

/// A simulated journey.
#[derive(Debug)]
pub struct Recording {
    pub(super) rng: SeededRng,
    /// The current time of the simulation.
    pub(super) clock: DateTime<Utc>,
    /// The Genesys conversation.
    pub(super) conversation: String,
    events: Vec<Event>,
    truth: BTreeSet<InsightRule>,
    /// When the journey is examined. `None`: after every source has reported.
    seen_at: Option<DateTime<Utc>>,
}

/// A session of a participant.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: String,
    participant: String,
    pub(super) media: &'static str,
    direction: &'static str,
    pub(super) began: DateTime<Utc>,
}

/// The number of the customer, and the number that was called.
const NUMBERS: [&str; 2] = ["tel:+441632960123", "tel:+448081570100"];

impl Recording {
    pub(super) fn new(mut rng: SeededRng, start: DateTime<Utc>) -> Self {
        let conversation = rng.uuid();
        let truth = BTreeSet::new();
        Self { rng, clock: start, conversation, events: Vec::new(), truth, seen_at: None }
    }

    /// Waits for this many seconds.
    pub(super) fn pass(&mut self, least: u32, most: u32) -> TimeDelta {
        let passed = self.rng.seconds(least, most);
        self.clock += passed;
        passed
    }

    /// Adds a true insight.
    pub(super) fn is(&mut self, rule: InsightRule) {
        self.truth.insert(rule);
    }

    /// The journey is examined now, while it goes on.
    pub(super) fn look_now(&mut self) {
        self.seen_at = Some(self.clock);
    }

    /// The true insights.
    #[must_use]
    pub fn truth(&self) -> &BTreeSet<InsightRule> {
        &self.truth
    }

    /// When the journey is examined: long after its end, unless it is examined while it goes on.
    #[must_use]
    pub fn seen_at(&self) -> DateTime<Utc> {
        self.seen_at.unwrap_or(self.clock + TimeDelta::days(60))
    }

    /// The journey's own id.
    #[must_use]
    pub fn anchor(&self) -> String {
        format!("genesys.conversation:{}", self.conversation)
    }

    /// The events, as EventBridge delivers them.
    pub fn deliveries(&mut self) -> Vec<String> {
        let Self { rng, events, .. } = self;
        events.iter().map(|event| event.json(&rng.uuid())).collect()
    }

    /// A session that begins now. A customer has one participant for all sessions.
    pub(super) fn session(&mut self, media: &'static str) -> Session {
        let [id, participant] = [self.rng.uuid(), self.rng.uuid()];
        Session { id, participant, media, direction: "INBOUND", began: self.clock }
    }

    pub(super) fn outbound(&mut self) -> Session {
        Session { direction: "OUTBOUND", ..self.session("VOICE") }
    }

    /// Genesys sends an event about a session, which happened at `at`.
    pub(super) fn genesys(&mut self, topic: &str, session: &Session, at: DateTime<Utc>, more: Value) {
        let [ani, dnis] = NUMBERS;
        let mut body = json!({
            "eventTime": at.timestamp_millis(), "conversationId": self.conversation,
            "participantId": session.participant, "sessionId": session.id, "mediaType": session.media,
            "direction": session.direction, "ani": ani, "dnis": dnis,
        });
        if session.media == "MESSAGE" {
            add(&mut body, json!({"messageType": "WHATSAPP"}));
        }
        add(&mut body, more);
        let published = at + self.rng.millis(150, 900);
        self.events.push(Event {
            by: "genesys",
            published,
            source: "aws.partner/genesys.com/cloud/7c0b5a3e-94d1-4f0e-8a52-1d6be7f0c9a4/cxtrace".to_owned(),
            region: "eu-west-1",
            detail_type: format!("v2.detail.events.conversation.{{id}}.{topic}"),
            detail: json!({"eventBody": body, "timestamp": fixed(published)}),
        });
    }

    /// Another system sends a span of `id`, linked to the conversation, from one time to the other.
    pub(super) fn span(&mut self, source: &'static str, id: &str, span: Value, from: DateTime<Utc>, to: DateTime<Utc>) {
        let link = self.anchor();
        self.span_linked(source, id, &link, span, (from, Some(to)));
    }

    pub(super) fn span_linked(
        &mut self,
        source: &'static str,
        id: &str,
        link: &str,
        mut span: Value,
        (from, to): (DateTime<Utc>, Option<DateTime<Utc>>),
    ) {
        let published = to.unwrap_or(from) + self.rng.millis(200, 2_000);
        add(&mut span, json!({"started_at": fixed(from)}));
        if let Some(to) = to {
            add(&mut span, json!({"ended_at": fixed(to)}));
        }
        self.events.push(Event {
            by: source,
            published,
            source: format!("com.example.{source}"),
            region: "eu-west-1",
            detail_type: "Cxtrace Span".to_owned(),
            detail: json!({
                "source": source, "id": id, "links": [{"id": link, "role": "reference"}],
                "observed_at": fixed(published), "span": span,
            }),
        });
    }
}

fn fixed(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
