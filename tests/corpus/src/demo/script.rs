//! A scripted scenario: exact times instead of random ones, and realistic ids.

use chrono::{DateTime, TimeDelta, Utc};

use crate::platforms::places::{Flow, HOME};
use crate::platforms::{Conversation, Event, Parent, Session, SpanDocument, System, Talk};
use crate::reading;
use crate::scenarios::Systems;
use cxtrace_fixtures::SeededRng;

/// How far the AI platform's clock is ahead, in milliseconds.
const AI_AHEAD: i64 = 2_600;

/// A script while it runs. Times are seconds after its start.
#[derive(Debug)]
pub(super) struct Script {
    start: DateTime<Utc>,
    pub(super) rng: SeededRng,
    pub(super) systems: Systems,
    events: Vec<Event>,
}

/// A call, and what the SBC knows about it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) genesys: Conversation,
    pub(super) leg: Session,
    pub(super) uui: String,
    caller: &'static str,
    line: &'static str,
    began: DateTime<Utc>,
}

impl Script {
    pub(super) fn new(start: DateTime<Utc>, seed: u64) -> Self {
        let systems = Systems::with_clocks(0, 0, 0, 0, AI_AHEAD, 0);
        Self { start, rng: SeededRng::new(seed, 7), systems, events: Vec::new() }
    }

    /// The time `seconds` after the start, to the millisecond.
    pub(super) fn at(&self, seconds: f64) -> DateTime<Utc> {
        let millis = (seconds * 1_000.0).round() as i64;
        self.start + TimeDelta::milliseconds(millis)
    }

    /// An id of `namespace` that Cxtrace shows unchanged. It conceals ids with long digit runs, which could be phone
    /// numbers.
    pub(super) fn id(&mut self, namespace: &str) -> String {
        let mut ids = std::iter::repeat_with(|| format!("{namespace}:{}", self.rng.uuid()));
        ids.find(|text| reading::id(text).is_some_and(|id| id.to_string() == *text)).unwrap_or_default()
    }

    /// A call comes in.
    pub(super) fn call(&mut self, seconds: f64, caller: &'static str, line: &'static str) -> Call {
        let began = self.at(seconds);
        let mut genesys = Conversation::new(HOME, caller, line, self.rng.fork());
        let leg = genesys.arrive(began + TimeDelta::milliseconds(412));
        let uui = self.rng.hex(32);
        genesys.set(began + TimeDelta::milliseconds(950), [("uui", uui.as_str()), ("Language", "en-GB")]);
        Call { genesys, leg, uui: format!("uui:{uui}"), caller, line, began }
    }

    /// A flow runs and counts each metric at its time. Returns the key of its span.
    pub(super) fn flow(
        &mut self,
        call: &mut Call,
        flow: &Flow,
        (from, to): (f64, f64),
        (exit, transfer): (&str, Option<&str>),
        metrics: &[(f64, &str)],
    ) -> String {
        for (at, metric) in metrics {
            call.genesys.count(self.at(*at), flow, metric);
        }
        call.genesys.flow(flow, self.at(from), self.at(to), exit, transfer)
    }

    /// The flow with this span key calls the backend, which queries its database.
    pub(super) fn ask_backend(
        &mut self,
        call: &mut Call,
        flow: String,
        route: &str,
        (from, to): (f64, f64),
        status: u16,
    ) {
        let trace = self.rng.hex(32);
        let [asked, served, looked_up] = [self.rng.hex(16), self.rng.hex(16), self.rng.hex(16)];
        let parent = format!("00-{trace}-{asked}-01");
        call.genesys.set(self.at(from - 0.02), [("traceparent", parent.as_str())]);
        let [keys, query] = [format!("trace:{trace}"), "SELECT order".to_owned()];
        let (ended, reason) = if status < 400 { ("ok", None) } else { ("error", Some("timeout")) };
        let request = SpanDocument::of(keys.clone(), "backend", &format!("GET {route}"), self.at(from), self.at(to))
            .keyed(&served)
            .within(Parent::Own(flow))
            .with("http.request.method", "GET")
            .with("http.route", route)
            .with("http.response.status_code", status.to_string())
            .ended(ended, reason);
        let share = (to - from) * 0.08;
        let lookup = SpanDocument::of(keys, "backend", &query, self.at(from + share), self.at(to - share))
            .keyed(&looked_up)
            .within(Parent::Own(served))
            .with("db.system.name", "postgresql")
            .with("db.operation.name", "SELECT")
            .ended(ended, reason);
        self.send(self.systems.backend, &lookup);
        self.send(self.systems.backend, &request);
    }

    /// An agent is alerted, answers and talks. Returns the session and when the talk ends.
    pub(super) fn agent(
        &mut self,
        call: &mut Call,
        agent: &str,
        queue: &str,
        answered: f64,
        (alerting, talking, held): (f64, f64, f64),
        disconnect: &'static str,
    ) -> (Session, f64) {
        let for_seconds = |seconds| self.at(seconds) - self.start;
        let talk = Talk {
            alerting: for_seconds(alerting),
            talking: for_seconds(talking),
            held: for_seconds(held),
            disconnect,
        };
        let session = call.genesys.talk(agent, queue, self.at(answered - alerting), talk);
        (session, answered + talking + held)
    }

    /// The call ends. Returns the conversation's id.
    pub(super) fn hang_up(&mut self, mut call: Call, seconds: f64, disconnect: &str, sip: u16) -> String {
        call.genesys.leave(&call.leg, self.at(seconds), disconnect);
        let id = self.id("sip.call_id");
        let fault = sip >= 400;
        // An SBC ends a call without media only when its timer has run out.
        let over = seconds + if fault { 7.6 } else { 0.06 };
        let document = SpanDocument::of(id, "telephony", "inbound trunk", call.began, self.at(over))
            .linked(call.uui.clone())
            .call(call.caller, call.line)
            .with("sip.response.status_code", sip.to_string())
            .with("network.transport", "tls")
            .ended(if fault { "error" } else { "ok" }, fault.then_some("media_timeout"))
            .point("INVITE", call.began)
            .point("answered", call.began + TimeDelta::milliseconds(390))
            .point("BYE", self.at(over - 0.01));
        self.send(self.systems.sbc, &document);
        self.conclude(call.genesys)
    }

    /// Adds the events of a conversation. Returns its id.
    pub(super) fn conclude(&mut self, conversation: Conversation) -> String {
        let id = format!("genesys.conversation:{}", conversation.id);
        self.events.extend(conversation.into_events());
        id
    }

    /// `system` sends `document`.
    pub(super) fn send(&mut self, system: System, document: &SpanDocument) {
        let events = system.send(document, &mut self.rng);
        self.events.extend(events);
    }

    /// All events, in the order of publication.
    pub(super) fn events(mut self) -> Vec<String> {
        self.events.sort_by_key(|event| event.published);
        let mut rng = self.rng;
        self.events.iter().map(|event| event.json(&rng.uuid())).collect()
    }
}
