//! One scenario: the events that its systems send, and a call on its way through them.

use chrono::{DateTime, TimeDelta, Utc};

use super::systems::Systems;
use crate::platforms::places::{self, Flow, HOME};
use crate::platforms::{Conversation, Event, Session, SpanDocument, System, Talk};
use cxtrace_fixtures::SeededRng;

/// One scenario while it is generated.
#[derive(Debug)]
pub struct Scenario {
    /// Its random numbers.
    pub rng: SeededRng,
    /// Its systems.
    pub systems: Systems,
    /// The events so far.
    pub events: Vec<Event>,
    /// Every anchor, as `namespace:value`, with its part of the journey.
    pub anchors: Vec<(String, u16)>,
}

/// A call of a customer that has reached Genesys through the SBC.
#[derive(Debug)]
pub struct Call {
    /// The conversation.
    pub genesys: Conversation,
    /// The customer's leg in it.
    pub leg: Session,
    /// The customer's number.
    pub caller: String,
    /// The number that was called.
    pub line: String,
    /// The UUI that the SBC puts into the call's headers.
    pub uui: String,
    /// When the SBC received the call.
    pub began: DateTime<Utc>,
    /// The call's part of the journey.
    pub part: u16,
    /// Whether the UUI has reached Genesys.
    marked: bool,
}

impl Scenario {
    /// A scenario without events.
    #[must_use]
    pub fn new(systems: Systems, rng: SeededRng) -> Self {
        Self { rng, systems, events: Vec::new(), anchors: Vec::new() }
    }

    /// A caller's number: mostly a personal one, sometimes a switchboard's or none.
    pub fn caller(&mut self) -> String {
        match self.rng.below(100) {
            0..8 => "anonymous".to_owned(),
            8..20 => self.rng.pick(&places::SWITCHBOARDS).to_owned(),
            _ => places::customer(&mut self.rng),
        }
    }

    /// `system` sends `document` about part `part` of the journey.
    pub fn send(&mut self, system: System, document: &SpanDocument, part: u16) {
        self.anchors.push((document.id.clone(), part));
        self.events.extend(system.send(document, &mut self.rng));
    }

    /// A call comes in.
    pub fn call(&mut self, at: DateTime<Utc>, caller: &str, line: &str) -> Call {
        let reached = at + self.rng.millis(180, 900);
        let mut genesys = Conversation::new(HOME, caller, line, self.rng.fork());
        let leg = genesys.arrive(reached);
        Call {
            genesys,
            leg,
            caller: caller.to_owned(),
            line: line.to_owned(),
            uui: format!("uui:{}", self.rng.hex(32)),
            began: at,
            part: 0,
            marked: false,
        }
    }

    /// The call ends. The SBC and Genesys send everything about it.
    pub fn hang_up(&mut self, mut call: Call, at: DateTime<Utc>, disconnect: &'static str) {
        call.genesys.leave(&call.leg, at, disconnect);
        let sip = format!("sip.call_id:{}@10.20.{}.{}", self.rng.hex(24), self.rng.below(4), self.rng.between(2, 250));
        let failed = matches!(disconnect, "ERROR" | "TRANSPORT_FAILURE");
        let document = SpanDocument::of(sip, "telephony", "inbound call", call.began, at + self.rng.millis(20, 200))
            .linked(call.uui.clone())
            .call(&call.caller, &call.line)
            .with("sip.response.status_code", if failed { "503" } else { "200" })
            .ended(if failed { "error" } else { "ok" }, failed.then_some("503"));
        let part = if call.marked { call.part } else { self.new_part() };
        self.send(self.systems.sbc, &document, part);
        self.conclude(call.genesys, call.part);
    }

    /// Adds the events of a conversation.
    pub fn conclude(&mut self, conversation: Conversation, part: u16) {
        self.anchors.push((format!("genesys.conversation:{}", conversation.id), part));
        self.events.extend(conversation.into_events());
    }

    /// The number of a new part of the journey.
    pub fn new_part(&self) -> u16 {
        let parts = self.anchors.iter().map(|(_, part)| *part);
        parts.max().map_or(1, |part| part.saturating_add(1)).max(100)
    }

    /// A flow answers. It stores the UUI as an attribute, counts a metric, and sometimes calls a backend. Returns when it
    /// ends.
    pub fn ivr(&mut self, call: &mut Call, flow: &Flow, exit: &str, transfer: Option<&str>) -> DateTime<Utc> {
        let from = call.leg.began() + self.rng.millis(200, 600);
        let to = from + self.rng.seconds(12, 75);
        // In 4 of 1,000 calls, the header is lost between the SBC and Genesys.
        if self.rng.chance(996) {
            call.genesys.set(from + self.rng.millis(300, 900), [("uui", value_of(&call.uui))]);
            call.marked = true;
        }
        let metric = self.rng.pick(&flow.metrics);
        call.genesys.count(from + self.rng.seconds(2, 9), flow, metric);
        if self.rng.chance(450) {
            let asked = from + self.rng.seconds(4, 10);
            self.ask_backend(call, asked);
        }
        call.genesys.flow(flow, from, to, exit, transfer);
        to
    }

    /// The flow calls the backend in a trace that both report.
    pub fn ask_backend(&mut self, call: &mut Call, at: DateTime<Utc>) {
        let trace = self.rng.hex(32);
        let parent = format!("00-{trace}-{}-01", self.rng.hex(16));
        call.genesys.set(at, [("traceparent", parent.as_str())]);
        let slow = self.rng.chance(60);
        let until = at + if slow { self.rng.seconds(3, 12) } else { self.rng.millis(40, 900) };
        let document = SpanDocument::of(format!("trace:{trace}"), "backend", "GET /orders/{id}", at, until)
            .with("http.request.method", "GET")
            .with("http.response.status_code", if slow { "504" } else { "200" })
            .ended(if slow { "error" } else { "ok" }, None);
        self.send(self.systems.backend, &document, call.part);
    }

    /// The customer waits in the queue until `agent` answers. Returns when that is.
    pub fn queue(&mut self, call: &mut Call, queue: &str, from: DateTime<Utc>, agent: &str) -> DateTime<Utc> {
        let to = from + self.rng.seconds(4, 150);
        call.genesys.wait(queue, from, to, "ANSWERED", Some(agent));
        to
    }

    /// An agent talks from `answered` on, and wraps up afterwards. Returns when the talk ends.
    pub fn agent(
        &mut self,
        call: &mut Call,
        agent: &str,
        queue: &str,
        answered: DateTime<Utc>,
        disconnect: &'static str,
    ) -> DateTime<Utc> {
        let alerting = self.rng.seconds(1, 6);
        let held = if self.rng.chance(250) { self.rng.seconds(10, 90) } else { TimeDelta::zero() };
        let talk = Talk { alerting, talking: self.rng.seconds(40, 420), held, disconnect };
        let session = call.genesys.talk(agent, queue, answered - alerting, talk);
        let over = answered - alerting + talk.lasting();
        let after = self.rng.seconds(5, 60);
        let code = self.rng.pick(&places::WRAPUPS);
        call.genesys.wrap_up(&session, agent, over + after, after, code);
        over
    }
}

/// The value of `namespace:value`.
pub(super) fn value_of(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, value)| value)
}
