//! Where a demo's story is told: exact times instead of chance, and ids that look like any other.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dice::Dice;
use crate::platforms::places::{Flow, HOME};
use crate::platforms::{Conversation, Event, Parent, Session, System, Talk, Told};
use crate::reading;
use crate::stories::scene::World;

/// How far the AI platform's clock is ahead, in milliseconds.
const AI_AHEAD: i64 = 2_600;

/// A stage with its clock.
#[derive(Debug)]
pub(super) struct Stage {
    start: DateTime<Utc>,
    pub(super) dice: Dice,
    pub(super) world: World,
    events: Vec<Event>,
}

/// A call with what the SBC knows of it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) genesys: Conversation,
    pub(super) leg: Session,
    pub(super) uui: String,
    caller: &'static str,
    line: &'static str,
    began: DateTime<Utc>,
}

impl Stage {
    pub(super) fn new(start: DateTime<Utc>, seed: u64) -> Self {
        let world = World::with_clocks(0, 0, 0, 0, AI_AHEAD, 0);
        Self { start, dice: Dice::new(seed, 7), world, events: Vec::new() }
    }

    /// `seconds` after the beginning, to the millisecond.
    pub(super) fn at(&self, seconds: f64) -> DateTime<Utc> {
        let millis = (seconds * 1_000.0).round() as i64;
        self.start + TimeDelta::milliseconds(millis)
    }

    /// An id of `namespace` that is shown as it is. What has too many digits on end could be a phone number, and is
    /// concealed.
    pub(super) fn id(&mut self, namespace: &str) -> String {
        let mut ids = std::iter::repeat_with(|| format!("{namespace}:{}", self.dice.uuid()));
        ids.find(|text| reading::id(text).is_some_and(|id| id.to_string() == *text)).unwrap_or_default()
    }

    /// A call comes in.
    pub(super) fn call(&mut self, seconds: f64, caller: &'static str, line: &'static str) -> Call {
        let began = self.at(seconds);
        let mut genesys = Conversation::new(HOME, caller, line, self.dice.fork());
        let leg = genesys.arrive(began + TimeDelta::milliseconds(412));
        let uui = self.dice.hex(32);
        genesys.set(began + TimeDelta::milliseconds(950), [("uui", uui.as_str()), ("Language", "en-GB")]);
        Call { genesys, leg, uui: format!("uui:{uui}"), caller, line, began }
    }

    /// A flow runs, and counts each metric at its time. Gives back the key of its span.
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

    /// The flow with this key asks the backend, which asks its database.
    pub(super) fn ask_backend(
        &mut self,
        call: &mut Call,
        flow: String,
        route: &str,
        (from, to): (f64, f64),
        status: u16,
    ) {
        let trace = self.dice.hex(32);
        let [asked, served, looked_up] = [self.dice.hex(16), self.dice.hex(16), self.dice.hex(16)];
        let parent = format!("00-{trace}-{asked}-01");
        call.genesys.set(self.at(from - 0.02), [("traceparent", parent.as_str())]);
        let [keys, query] = [format!("trace:{trace}"), "SELECT order".to_owned()];
        let (ended, reason) = if status < 400 { ("ok", None) } else { ("error", Some("timeout")) };
        let request = Told::of(keys.clone(), "backend", &format!("GET {route}"), self.at(from), self.at(to))
            .keyed(&served)
            .within(Parent::Own(flow))
            .with("http.request.method", "GET")
            .with("http.route", route)
            .with("http.response.status_code", status.to_string())
            .ended(ended, reason);
        let share = (to - from) * 0.08;
        let lookup = Told::of(keys, "backend", &query, self.at(from + share), self.at(to - share))
            .keyed(&looked_up)
            .within(Parent::Own(served))
            .with("db.system.name", "postgresql")
            .with("db.operation.name", "SELECT")
            .ended(ended, reason);
        self.tell(self.world.backend, &lookup);
        self.tell(self.world.backend, &request);
    }

    /// An agent is alerted so long before answering, and talks; gives back when it is over.
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

    /// The SBC sees the call end.
    pub(super) fn hang_up(&mut self, mut call: Call, seconds: f64, disconnect: &str, sip: u16) -> String {
        call.genesys.leave(&call.leg, self.at(seconds), disconnect);
        let id = self.id("sip.call_id");
        let fault = sip >= 400;
        let told = Told::of(id, "telephony", "inbound trunk", call.began, self.at(seconds + 0.06))
            .linked(call.uui.clone())
            .call(call.caller, call.line)
            .with("sip.response.status_code", sip.to_string())
            .with("network.transport", "tls")
            .ended(if fault { "error" } else { "ok" }, fault.then_some("media_timeout"))
            .point("INVITE", call.began)
            .point("answered", call.began + TimeDelta::milliseconds(390))
            .point("BYE", self.at(seconds + 0.05));
        self.tell(self.world.sbc, &told);
        self.conclude(call.genesys)
    }

    /// All of a conversation has been told; gives back its id.
    pub(super) fn conclude(&mut self, conversation: Conversation) -> String {
        let id = format!("genesys.conversation:{}", conversation.id);
        self.events.extend(conversation.into_events());
        id
    }

    /// A system tells this.
    pub(super) fn tell(&mut self, system: System, told: &Told) {
        let events = system.tell(told, &mut self.dice);
        self.events.extend(events);
    }

    /// Everything that was told, in the order of publication.
    pub(super) fn events(mut self) -> Vec<String> {
        self.events.sort_by_key(|event| event.published);
        let mut dice = self.dice;
        self.events.iter().map(|event| event.json(&dice.uuid())).collect()
    }
}
